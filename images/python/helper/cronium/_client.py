"""The client for ordinary code."""

from __future__ import annotations

import time

from . import _protocol as protocol
from ._attempts import Attempts
from ._endpoint import Endpoint, address
from ._errors import CroniumError
from ._version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class Cronium:
    """This execution's runtime API. Raises CroniumError when the environment lacks what a job has."""

    def __init__(self) -> None:
        self._known: Endpoint | None = Endpoint()

    def input(self) -> Any:
        """The input of this execution; None if it has none."""
        return self._send(protocol.INPUT).data()

    def output(self, data: Any) -> None:
        """Sets the output of this execution, any JSON value; the last one counts."""
        self._send(protocol.output(data)).data()

    def get_variable(self, key: str) -> Any:
        """The value of one of the user's variables; None if there is none."""
        return self._send(protocol.get_variable(key)).value()

    def set_variable(self, key: str, value: Any) -> None:
        """Sets one of the user's variables, any JSON value; other executions of the user see it."""
        self._send(protocol.set_variable(key, value)).data()

    def variable_exists(self, key: str) -> bool:
        """Whether one of the user's variables is there and not None."""
        return self.get_variable(key) is not None

    def delete_variable(self, key: str) -> None:
        """Deletes one of the user's variables; there is nothing wrong if there is none."""
        self._send(protocol.delete_variable(key)).data()

    def increment_variable(self, key: str, by: int = 1) -> int:
        """Adds to one of the user's variables in one step, whoever else does; a missing one is 0. The new value."""
        return self._send(protocol.increment_variable(key, by)).integer()

    def append_variable(self, key: str, value: Any, separator: str = "") -> str:
        """Appends a string, or JSON text, to one of the user's variables in one step. The new value.

        There is no separator before the first one.
        """
        return self._send(protocol.append_variable(key, value, separator)).text()

    def set_condition(self, condition: bool) -> None:
        """Sets the condition by which a workflow goes on after this execution."""
        self._send(protocol.set_condition(condition)).data()

    def event(self) -> dict[str, Any]:
        """What started this execution: ids, event, user, start time; {} if nothing is known."""
        return self._send(protocol.EVENT).data() or {}

    def execute_tool_action(self, tool: str, action: str, params: dict[str, Any]) -> Any:
        """Has one of the user's tools do something. What the tool answers."""
        return self._send(protocol.tool_action(tool, action, params)).data()

    def send_email(self, to: str | Iterable[str], subject: str, body: str, **options: Any) -> Any:
        """Sends an email. Commas separate addresses; options: cc, bcc, html, and what else the tool takes."""
        return self._send(protocol.email(to, subject, body, options)).data()

    def send_slack_message(self, channel: str, text: str, **options: Any) -> Any:
        """Sends a message to Slack; options: username, icon_emoji, icon_url, and what else the tool takes."""
        return self._send(protocol.slack(channel, text, options)).data()

    def send_discord_message(self, channel_id: str, content: str, **options: Any) -> Any:
        """Sends a message to Discord; options: embeds, and what else the tool takes."""
        return self._send(protocol.discord(channel_id, content, options)).data()

    def info(self) -> dict[str, Any]:
        """A self check that raises nothing and shows no token: version, api, execution, ok, problem (None if ok)."""
        found: dict[str, Any] = {"version": VERSION, "api": address(), "execution": None, "ok": False, "problem": None}
        try:
            found["execution"] = self._endpoint().execution
            self._send(protocol.EVENT).data()
            return {**found, "ok": True}
        except CroniumError as error:
            return {**found, "problem": str(error)}

    def _endpoint(self) -> Endpoint:
        if self._known is None:
            self._known = Endpoint()
        return self._known

    def _send(self, call: protocol.Call) -> protocol.Answer:
        from ._exchange import Exchange

        endpoint = self._endpoint()
        attempts = Attempts(call)
        while True:
            exchange = Exchange(endpoint, attempts.begin())
            try:
                answer = exchange.run(call)
                pause = attempts.pause_after_answer(answer)
                if pause is None:
                    return answer
            except OSError as error:
                if type(error).__name__ == "SSLCertVerificationError":
                    raise CroniumError(f"runtime API's certificate is not trusted: {error}") from error
                pause = attempts.pause_after_failure(error, exchange.reached)
            time.sleep(pause)


class LazyCronium(Cronium):
    """A client that reads the environment at its first call, so that making one never fails."""

    def __init__(self) -> None:
        self._known = None
