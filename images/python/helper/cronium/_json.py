"""JSON that gives back exactly what went in: what Python or JSON cannot hold is an error, never another value."""

from __future__ import annotations

import json

from ._errors import CroniumError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def encode(value: Any) -> bytes:
    """The UTF-8 JSON text of a value. Raises CroniumError for NaN, infinities and what JSON has no form for."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise CroniumError(f"the value cannot be sent as JSON: {error}") from error
    try:
        return text.encode()
    except UnicodeEncodeError:
        # A surrogate on its own has no UTF-8 form; JSON's escape can hold it.
        return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def decode(text: bytes) -> Any:
    """The value of a UTF-8 JSON text; integers of any size, -0 as a float: no int holds it. Raises ValueError."""
    integer = _integer if b"-0" in text else int
    try:
        return json.loads(text.decode(), parse_float=_number, parse_int=integer, parse_constant=_constant)
    except RecursionError as error:
        raise ValueError(str(error)) from error


def _integer(literal: str) -> float:
    return -0.0 if literal == "-0" else int(literal)


def _number(literal: str) -> float:
    number = float(literal)
    if number in (float("inf"), float("-inf")) or (number == 0 and literal.lower().split("e")[0].strip("-0.")):
        raise ValueError(f"the number {literal} does not fit into a float")
    return number


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
