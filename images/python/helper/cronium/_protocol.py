"""The runtime API's protocol without input or output: addresses, calls, what answers mean, when to try again."""

import os
import random
import time
from dataclasses import dataclass
from typing import Any

from ._errors import CroniumAPIError, CroniumError, CroniumTimeoutError
from ._json import decode, encode

ATTEMPTS = 3
ATTEMPT_SECONDS = 30.0
DEADLINE_SECONDS = 120.0
"""One deadline over all attempts of a call and the pauses between them."""
PAUSE_SECONDS = (1.0, 2.0)


@dataclass(frozen=True)
class Endpoint:
    """The runtime API as this execution sees it."""

    secure: bool
    host: str
    port: int | None
    prefix: str
    execution_id: str
    token: str

    @staticmethod
    def from_environment() -> "Endpoint":
        """Raises CroniumError that names the variable that is missing or wrong."""
        from urllib.parse import quote, urlsplit

        token = _variable("CRONIUM_EXECUTION_TOKEN")
        identity = _variable("CRONIUM_EXECUTION_ID")
        if not token.isascii() or not token.isprintable():
            raise CroniumError("CRONIUM_EXECUTION_TOKEN has characters that no token has")
        address = os.environ.get("CRONIUM_RUNTIME_API") or "http://localhost:8081"
        try:
            url = urlsplit(address)
            host, port = url.hostname, url.port
        except ValueError as error:
            raise CroniumError(f"CRONIUM_RUNTIME_API is no address: {address}: {error}") from error
        if url.scheme not in ("http", "https") or not host or url.query or url.fragment or url.username is not None:
            raise CroniumError(f"CRONIUM_RUNTIME_API has to be http(s)://HOST[:PORT][/PATH]; it is {address}")
        if identity == token:
            identity = _claimed_id(token)
        path = f"{url.path.rstrip('/')}/executions/{quote(identity, safe='')}"
        return Endpoint(url.scheme == "https", host, port, path, identity, token)

    def __repr__(self) -> str:
        return f"Endpoint({self.host}, {self.execution_id})"


@dataclass(frozen=True)
class Call:
    """One request. `body` is JSON text; an idempotent call may be sent again when nobody knows whether it arrived."""

    method: str
    path: str
    body: bytes | None = None
    idempotent: bool = True


@dataclass(frozen=True)
class Answer:
    status: int
    retry_after: str | None
    body: bytes


INPUT = Call("GET", "/input")
EVENT = Call("GET", "/context")


def output(data: Any) -> Call:
    return Call("POST", "/output", encode({"data": data}))


def get_variable(key: str) -> Call:
    return Call("GET", _variable_path(key))


def set_variable(key: str, value: Any) -> Call:
    return Call("PUT", _variable_path(key), encode({"value": value}))


def set_condition(condition: bool) -> Call:
    if not isinstance(condition, bool):
        raise CroniumError(f"a condition is True or False, not {condition!r}")
    return Call("POST", "/condition", encode({"condition": condition}))


def headers(endpoint: Endpoint, call: Call) -> dict[str, str]:
    sent = {"Authorization": f"Bearer {endpoint.token}", "Accept": "application/json"}
    return sent | {"Content-Type": "application/json"} if call.body is not None else sent


def data_of(answer: Answer) -> Any:
    """The `data` of a successful answer, None if it has none."""
    return _object_of(answer).get("data")


def event_of(answer: Answer) -> dict[str, Any]:
    return data_of(answer) or {}


def variable_of(answer: Answer | None) -> Any:
    value = None if answer is None else data_of(answer)
    return value.get("value") if isinstance(value, dict) else None


class Attempts:
    """Decides, attempt by attempt, whether a call is over, and else how long to wait before the next attempt."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._number = 0
        self._deadline = time.monotonic() + DEADLINE_SECONDS

    def begin(self) -> float:
        """Starts an attempt and says how many seconds it may take."""
        self._number += 1
        return min(ATTEMPT_SECONDS, max(0.001, self._deadline - time.monotonic()))

    def pause_after_answer(self, answer: Answer, missing_is_none: bool = False) -> float | None:
        """None if the answer is good; seconds to wait if another attempt follows. Raises CroniumAPIError otherwise."""
        if 200 <= answer.status < 300:
            return None
        if missing_is_none and answer.status == 404 and _message(answer):
            return None
        if answer.status == 429:
            pause = self._pause(_seconds(answer.retry_after))
        elif answer.status >= 500 and self._call.idempotent:
            pause = self._pause(None)
        else:
            pause = None
        if pause is None:
            raise CroniumAPIError(answer.status, _message(answer) or _excerpt(answer))
        return pause

    def pause_after_failure(self, error: Exception, reached: bool) -> float:
        """Seconds to wait after an attempt without an answer; `reached`: the request may have arrived.

        Raises CroniumTimeoutError when no attempt is left.
        """
        pause = self._pause(None) if self._call.idempotent or not reached else None
        if pause is None:
            what = f"{self._call.method} {self._call.path}"
            reason = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
            tries = f"{self._number} attempt{'s' if self._number > 1 else ''}"
            raise CroniumTimeoutError(f"runtime API cannot be reached ({what}, {tries}): {reason}") from error
        return pause

    def _pause(self, wanted: float | None) -> float | None:
        if self._number >= ATTEMPTS:
            return None
        pause = PAUSE_SECONDS[self._number - 1] * random.uniform(0.75, 1.25) if wanted is None else wanted
        return pause if time.monotonic() + pause < self._deadline else None


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise CroniumError(f"{name} is not set: the runtime API can be used only from a Cronium job")
    return value


def _claimed_id(token: str) -> str:
    """The execution that a token names; the token itself if it cannot be read: the runtime API takes that too."""
    from base64 import urlsafe_b64decode

    try:
        claims = decode(urlsafe_b64decode(token.split(".")[1] + "=="))
        return claims["executionId"] or token
    except (ValueError, LookupError, TypeError):
        return token


def _variable_path(key: str) -> str:
    from urllib.parse import quote

    if not isinstance(key, str) or not key:
        raise CroniumError(f"a variable's key is a string that is not empty, not {key!r}")
    try:
        name = quote(key, safe="")
    except UnicodeEncodeError as error:
        raise CroniumError(f"the key {key!r} is not valid unicode") from error
    # A path may not have segments of only dots: they are taken as steps, not names.
    return f"/variables/{name.replace('.', '%2E') if key in ('.', '..') else name}"


def _object_of(answer: Answer) -> dict[str, Any]:
    try:
        value = decode(answer.body)
    except ValueError as error:
        raise CroniumError(f"runtime API sent what cannot be read: {error}: {_excerpt(answer)}") from error
    if not isinstance(value, dict):
        raise CroniumError(f"runtime API sent no JSON object: {_excerpt(answer)}")
    if value.get("success") is False:
        raise CroniumAPIError(answer.status, _message(answer) or "the call failed")
    return value


def _message(answer: Answer) -> str | None:
    """What an error's JSON says; None if it is not the runtime API's."""
    try:
        value = decode(answer.body)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    text = value.get("message") or value.get("error")
    return text if isinstance(text, str) else None


def _excerpt(answer: Answer) -> str:
    return answer.body[:200].decode(errors="replace").strip() or "an empty answer"


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After as seconds from now: a number or a date."""
    if not retry_after:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None
