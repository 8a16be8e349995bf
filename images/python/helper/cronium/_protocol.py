"""The runtime API's calls without input or output: what is sent, and what an answer means."""

from __future__ import annotations

from ._endpoint import Endpoint, segment
from ._errors import CroniumAPIError, CroniumError
from ._json import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class Call:
    """One request. One that is idempotent may be sent again when nobody knows whether it arrived."""

    def __init__(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        idempotent: bool = True,
        missing_is_none: bool = False,
    ) -> None:
        self.method = method
        self.path = path
        self.body = None if body is None else encode(body)
        self.idempotent = idempotent
        self.missing_is_none = missing_is_none

    def headers(self, endpoint: Endpoint) -> dict[str, str]:
        sent = {"Authorization": f"Bearer {endpoint.token}", "Accept": "application/json"}
        return sent if self.body is None else sent | {"Content-Type": "application/json"}


class Answer:
    """An HTTP answer; `retry_after` is the header of that name."""

    def __init__(self, status: int, retry_after: str | None, body: bytes) -> None:
        self.status = status
        self.retry_after = retry_after
        self.body = body

    def data(self) -> Any:
        """The `data` of a success, None if it has none. Raises CroniumError for what is no success."""
        if self.status == 404:
            return None
        try:
            value = decode(self.body)
        except ValueError as error:
            raise CroniumError(f"runtime API sent what cannot be read: {error}: {self._excerpt()}") from error
        if not isinstance(value, dict):
            raise CroniumError(f"runtime API sent no JSON object: {self._excerpt()}")
        if value.get("success") is False:
            raise CroniumAPIError(self.status, self.message() or "the call failed")
        return value.get("data")

    def value(self) -> Any:
        """The value of the variable in `data`, None if there is none."""
        data = self.data()
        return data.get("value") if isinstance(data, dict) else None

    def integer(self) -> int:
        """The value of the variable in `data`, which is an integer."""
        value = self.value()
        if not isinstance(value, int):
            raise CroniumError(f"runtime API sent no integer: {self._excerpt()}")
        return value

    def text(self) -> str:
        """The value of the variable in `data`, which is a string."""
        value = self.value()
        if not isinstance(value, str):
            raise CroniumError(f"runtime API sent no string: {self._excerpt()}")
        return value

    def message(self) -> str | None:
        """What an error's JSON says; None if it is not the runtime API's."""
        try:
            value = decode(self.body)
        except ValueError:
            return None
        texts = [value.get("message"), value.get("error")] if isinstance(value, dict) else []
        return next((text for text in texts if text and isinstance(text, str)), None)

    def refusal(self) -> CroniumAPIError:
        return CroniumAPIError(self.status, self.message() or self._excerpt())

    def _excerpt(self) -> str:
        return self.body[:200].decode(errors="replace").strip() or "an empty answer"


INPUT = Call("GET", "input")
EVENT = Call("GET", "context")


def output(data: Any) -> Call:
    return Call("POST", "output", {"data": data})


def get_variable(key: str) -> Call:
    return Call("GET", _variable(key), missing_is_none=True)


def set_variable(key: str, value: Any) -> Call:
    return Call("PUT", _variable(key), {"value": value})


def delete_variable(key: str) -> Call:
    return Call("DELETE", _variable(key), missing_is_none=True)


def increment_variable(key: str, by: int) -> Call:
    if not isinstance(by, int) or isinstance(by, bool):
        raise CroniumError(f"a variable is incremented by an integer, not {by!r}")
    return Call("POST", f"{_variable(key)}/increment", {"by": by}, idempotent=False)


def append_variable(key: str, value: Any, separator: str) -> Call:
    if not isinstance(separator, str):
        raise CroniumError(f"a separator is a string, not {separator!r}")
    return Call("POST", f"{_variable(key)}/append", {"value": value, "separator": separator}, idempotent=False)


def set_condition(condition: bool) -> Call:
    if not isinstance(condition, bool):
        raise CroniumError(f"a condition is True or False, not {condition!r}")
    return Call("POST", "condition", {"condition": condition})


def tool_action(tool: str, action: str, params: dict[str, Any]) -> Call:
    # The known service reads params, the known helpers send config.
    body = {"tool": tool, "action": action, "params": params, "config": params}
    return Call("POST", "/tool-actions/execute", body, idempotent=False)


def email(to: str | Iterable[str], subject: str, body: str, options: dict[str, Any]) -> Call:
    lists = {name: _addresses(options[name]) for name in ("cc", "bcc") if options.get(name) is not None}
    return _message("email", {"to": _addresses(to), "subject": subject, "body": body, **options, **lists})


def slack(channel: str, text: str, options: dict[str, Any]) -> Call:
    return _message("slack", {"channel": channel, "text": text, **options})


def discord(channel_id: str, content: str, options: dict[str, Any]) -> Call:
    return _message("discord", {"channelId": channel_id, "content": content, **options})


def _message(tool: str, params: dict[str, Any]) -> Call:
    return tool_action(tool, "send_message", {name: value for name, value in params.items() if value is not None})


def _addresses(given: str | Iterable[str]) -> list[str]:
    """Addresses, one by one: commas in what is given separate them."""
    parts = (part.strip() for text in ([given] if isinstance(given, str) else given) for part in text.split(","))
    return [part for part in parts if part]


def _variable(key: str) -> str:
    if not isinstance(key, str) or not key:
        raise CroniumError(f"a variable's key is a string that is not empty, not {key!r}")
    return f"variables/{segment(key)}"
