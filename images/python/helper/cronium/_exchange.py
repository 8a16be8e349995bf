"""One request and its answer over a connection of its own, in a given time.

http.client takes three times as long to load as most jobs' calls take.
"""

from __future__ import annotations

import io
import socket
import time
from contextlib import suppress

from ._endpoint import Endpoint
from ._protocol import Answer, Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Buffer
    from typing import TypeAlias

    Reader: TypeAlias = io.BufferedReader["_Incoming"]

_MAX_LINE = 64 * 1024
_MAX_HEADERS = 200


class Exchange:
    """Raises OSError for what went wrong; `reached` then says whether the request may have arrived."""

    def __init__(self, endpoint: Endpoint, seconds: float) -> None:
        self._endpoint = endpoint
        self._deadline = time.monotonic() + seconds
        self.reached = False

    def run(self, call: Call) -> Answer:
        with self._connected() as connection:
            self.reached = True
            # A server that refuses a large body answers before it has read all of it: the answer is what counts.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.settimeout(self._remaining())
                connection.sendall(self._request(call))
            with io.BufferedReader(_Incoming(connection, self), 64 * 1024) as reader:
                return _answer(reader)

    def _connected(self) -> socket.socket:
        endpoint = self._endpoint
        connection = socket.create_connection((endpoint.host, endpoint.port), self._remaining())
        if not endpoint.secure:
            return connection
        import ssl

        try:
            return ssl.create_default_context().wrap_socket(connection, server_hostname=endpoint.host)
        except BaseException:
            connection.close()
            raise

    def _request(self, call: Call) -> bytes:
        headers = {"Host": self._endpoint.authority, "Connection": "close", **call.headers(self._endpoint)}
        if call.method != "GET":
            headers["Content-Length"] = str(len(call.body or b""))
        lines = [f"{call.method} {self._endpoint.path(call.path)} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + (call.body or b"")

    def _remaining(self) -> float:
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class _Incoming(io.RawIOBase):
    """What comes in, until the exchange's deadline: a socket's own timeout starts anew with every packet."""

    def __init__(self, connection: socket.socket, exchange: Exchange) -> None:
        self._connection = connection
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        self._connection.settimeout(self._exchange._remaining())
        return self._connection.recv_into(buffer)


def _answer(reader: Reader) -> Answer:
    status = 100
    while 100 <= status < 200:
        version, status_text, *_ = (*_line(reader).split(" ", 2), "", "")
        if not version.startswith("HTTP/1.") or not status_text.isdigit():
            raise ConnectionError("what answers is no HTTP/1.1 server")
        status = int(status_text)
        headers = _headers(reader)
    return Answer(status, headers.get("retry-after"), _body(reader, headers, status))


def _headers(reader: Reader) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(_MAX_HEADERS):
        line = _line(reader)
        if not line:
            return headers
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    raise ConnectionError("the answer has too many headers")


def _body(reader: Reader, headers: dict[str, str], status: int) -> bytes:
    length = headers.get("content-length")
    if status in (204, 304):
        return b""
    if "transfer-encoding" in headers:
        return b"".join(_chunks(reader))
    return reader.read() if length is None else _exactly(reader, _number(length, 10))


def _chunks(reader: Reader) -> list[bytes]:
    chunks = []
    while size := _number(_line(reader).split(";")[0], 16):
        chunks.append(_exactly(reader, size))
        _line(reader)
    _headers(reader)
    return chunks


def _exactly(reader: Reader, size: int) -> bytes:
    data = reader.read(size)
    if len(data) < size:
        raise ConnectionError("the answer broke off")
    return data


def _line(reader: Reader) -> str:
    line = reader.readline(_MAX_LINE)
    if not line.endswith(b"\n"):
        raise ConnectionError("the answer broke off" if len(line) < _MAX_LINE else "the answer has too long a header")
    return line.decode("latin-1").rstrip("\r\n")


def _number(text: str, base: int) -> int:
    try:
        return int(text, base)
    except ValueError:
        raise ConnectionError("the answer does not say how long it is") from None
