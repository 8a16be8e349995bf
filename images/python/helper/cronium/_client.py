"""The client for ordinary code, over the standard library's HTTP client."""

import io
import socket
import time
from contextlib import suppress
from functools import cached_property
from typing import Any

from . import _protocol as protocol
from ._errors import CroniumError


class Cronium:
    """This execution's runtime API. Raises CroniumError when the environment lacks what a job has."""

    def __init__(self) -> None:
        self._endpoint = protocol.Endpoint.from_environment()

    def input(self) -> Any:
        """The input of this execution; None if it has none."""
        return protocol.data_of(self._send(protocol.INPUT))

    def output(self, data: Any) -> None:
        """Sets the output of this execution, any JSON value; the last one counts."""
        self._send(protocol.output(data))

    def get_variable(self, key: str) -> Any:
        """The value of one of the user's variables; None if there is none."""
        return protocol.variable_of(self._find(protocol.get_variable(key)))

    def set_variable(self, key: str, value: Any) -> None:
        """Sets one of the user's variables, any JSON value; other executions of the user see it."""
        self._send(protocol.set_variable(key, value))

    def set_condition(self, condition: bool) -> None:
        """Sets the condition by which a workflow goes on after this execution."""
        self._send(protocol.set_condition(condition))

    def event(self) -> dict[str, Any]:
        """What started this execution: ids, event, user, start time; {} if nothing is known."""
        return protocol.event_of(self._send(protocol.EVENT))

    def _send(self, call: protocol.Call) -> protocol.Answer:
        return self._attempt(call, missing_is_none=False)

    def _find(self, call: protocol.Call) -> protocol.Answer | None:
        answer = self._attempt(call, missing_is_none=True)
        return None if answer.status == 404 else answer

    def _attempt(self, call: protocol.Call, missing_is_none: bool) -> protocol.Answer:
        import http.client

        endpoint = self._endpoint
        attempts = protocol.Attempts(call)
        while True:
            exchange = _Exchange(endpoint, attempts.begin())
            try:
                answer = exchange.run(call)
                pause = attempts.pause_after_answer(answer, missing_is_none)
                if pause is None:
                    return answer
            except (OSError, http.client.HTTPException) as error:
                if type(error).__name__ == "SSLCertVerificationError":
                    raise CroniumError(f"runtime API's certificate is not trusted: {error}") from error
                pause = attempts.pause_after_failure(error, exchange.connected)
            time.sleep(pause)


class LazyCronium(Cronium):
    """A client that reads the environment at its first call, so that making one never fails."""

    def __init__(self) -> None:
        pass

    @cached_property
    def _endpoint(self) -> protocol.Endpoint:  # type: ignore[override]
        return protocol.Endpoint.from_environment()


class _Exchange:
    """One request and its answer over a connection of its own, in a given time."""

    def __init__(self, endpoint: protocol.Endpoint, seconds: float) -> None:
        self._endpoint = endpoint
        self._deadline = time.monotonic() + seconds
        self.connected = False

    def run(self, call: protocol.Call) -> protocol.Answer:
        import http.client

        kind = http.client.HTTPSConnection if self._endpoint.secure else http.client.HTTPConnection
        connection = kind(self._endpoint.host, self._endpoint.port, timeout=self._remaining())
        try:
            connection.connect()
            self.connected = True
            connection.sock = _TimedSocket(connection.sock, self._remaining)
            path = self._endpoint.prefix + call.path
            # A server that refuses a large body answers before it has read all of it: the answer is what counts.
            with suppress(BrokenPipeError):
                connection.request(call.method, path, call.body, protocol.headers(self._endpoint, call))
            response = connection.getresponse()
            return protocol.Answer(response.status, response.getheader("Retry-After"), response.read())
        finally:
            connection.close()

    def _remaining(self) -> float:
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class _TimedSocket:
    """A socket whose deadline holds for the whole exchange: a socket's own timeout starts anew with every packet."""

    def __init__(self, inner: socket.socket, remaining: Any) -> None:
        self._inner = inner
        self._remaining = remaining

    def sendall(self, data: bytes) -> None:
        self._inner.settimeout(self._remaining())
        self._inner.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._inner, self._remaining))

    def close(self) -> None:
        self._inner.close()


class _TimedReader(io.RawIOBase):
    def __init__(self, inner: socket.socket, remaining: Any) -> None:
        self._inner = inner
        self._remaining = remaining

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._inner.settimeout(self._remaining())
        return self._inner.recv_into(buffer)
