"""The client for asyncio code, over aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import StreamWriter
from yarl import URL

from . import _protocol as protocol
from ._attempts import Attempts
from ._endpoint import Endpoint
from ._errors import CroniumError
from ._version import VERSION


class AsyncCronium:
    """This execution's runtime API for asyncio. Use `async with AsyncCronium() as cronium`, or `close()` it."""

    def __init__(self) -> None:
        self._endpoint = Endpoint()
        self._session: aiohttp.ClientSession | None = None

    async def input(self) -> Any:
        """The input of this execution; None if it has none."""
        return (await self._send(protocol.INPUT)).data()

    async def stream_input(self) -> AsyncIterator[Any]:
        """The input of this execution as one piece; nothing if it has none."""
        data = await self.input()
        if data is not None:
            yield data

    async def output(self, data: Any) -> None:
        """Sets the output of this execution, any JSON value; the last one counts."""
        (await self._send(protocol.output(data))).data()

    async def stream_output(self, pieces: AsyncIterable[Any] | Iterable[Any]) -> None:
        """Sets the output of this execution to the list of all pieces, when the last one is there."""
        if isinstance(pieces, AsyncIterable):
            await self.output([piece async for piece in pieces])
        else:
            await self.output(list(pieces))

    async def get_variable(self, key: str) -> Any:
        """The value of one of the user's variables; None if there is none."""
        return (await self._send(protocol.get_variable(key))).value()

    async def set_variable(self, key: str, value: Any) -> None:
        """Sets one of the user's variables, any JSON value; other executions of the user see it."""
        (await self._send(protocol.set_variable(key, value))).data()

    async def variable_exists(self, key: str) -> bool:
        """Whether one of the user's variables is there and not None."""
        return await self.get_variable(key) is not None

    async def delete_variable(self, key: str) -> None:
        """Deletes one of the user's variables; there is nothing wrong if there is none."""
        (await self._send(protocol.delete_variable(key))).data()

    async def increment_variable(self, key: str, by: int = 1) -> int:
        """Adds to one of the user's variables in one step, whoever else does; a missing one is 0. The new value."""
        return (await self._send(protocol.increment_variable(key, by))).integer()

    async def append_variable(self, key: str, value: Any, separator: str = "") -> str:
        """Appends a string, or JSON text, to one of the user's variables in one step. The new value.

        There is no separator before the first one.
        """
        return (await self._send(protocol.append_variable(key, value, separator))).text()

    async def set_condition(self, condition: bool) -> None:
        """Sets the condition by which a workflow goes on after this execution."""
        (await self._send(protocol.set_condition(condition))).data()

    async def event(self) -> dict[str, Any]:
        """What started this execution: ids, event, user, start time; {} if nothing is known."""
        return (await self._send(protocol.EVENT)).data() or {}

    async def execute_tool_action(self, tool: str, action: str, params: dict[str, Any]) -> Any:
        """Has one of the user's tools do something. What the tool answers."""
        return (await self._send(protocol.tool_action(tool, action, params))).data()

    async def send_email(self, to: str | Iterable[str], subject: str, body: str, **options: Any) -> Any:
        """Sends an email. Commas separate addresses; options: cc, bcc, html, and what else the tool takes."""
        return (await self._send(protocol.email(to, subject, body, options))).data()

    async def send_slack_message(self, channel: str, text: str, **options: Any) -> Any:
        """Sends a message to Slack; options: username, icon_emoji, icon_url, and what else the tool takes."""
        return (await self._send(protocol.slack(channel, text, options))).data()

    async def send_discord_message(self, channel_id: str, content: str, **options: Any) -> Any:
        """Sends a message to Discord; options: embeds, and what else the tool takes."""
        return (await self._send(protocol.discord(channel_id, content, options))).data()

    async def info(self) -> dict[str, Any]:
        """A self check that raises nothing and shows no token: version, api, execution, ok, problem (None if ok)."""
        endpoint = self._endpoint
        found = {"version": VERSION, "api": endpoint.address, "execution": endpoint.execution}
        try:
            (await self._send(protocol.EVENT)).data()
            return {**found, "ok": True, "problem": None}
        except CroniumError as error:
            return {**found, "ok": False, "problem": str(error)}

    async def close(self) -> None:
        """Closes the connections; a later call opens new ones."""
        session, self._session = self._session, None
        if session:
            await session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _send(self, call: protocol.Call) -> protocol.Answer:
        attempts = Attempts(call)
        while True:
            try:
                answer = await self._exchange(call, attempts.begin())
                pause = attempts.pause_after_answer(answer)
                if pause is None:
                    return answer
            except aiohttp.ClientConnectorCertificateError as error:
                raise CroniumError(f"runtime API's certificate is not trusted: {error}") from error
            except (aiohttp.ClientError, OSError) as error:
                pause = attempts.pause_after_failure(error, not isinstance(error, aiohttp.ClientConnectorError))
            await asyncio.sleep(pause)

    async def _exchange(self, call: protocol.Call, seconds: float) -> protocol.Answer:
        if self._session is None:
            # The environment's proxies are not for the runtime API: they would be shown the token.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
            # Calls are repeated as the contract says, not by aiohttp too; its own tests turn that off in the same way.
            self._session._retry_connection = False
        scheme = "https" if self._endpoint.secure else "http"
        url = f"{scheme}://{self._endpoint.authority}{self._endpoint.path(call.path)}"
        async with self._session.request(
            call.method,
            URL(url, encoded=True),
            data=None if call.body is None else _Body(call.body),
            headers=call.headers(self._endpoint),
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=seconds),
        ) as response:
            return protocol.Answer(response.status, response.headers.get("Retry-After"), await response.read())


class _Body(aiohttp.BytesPayload):  # type: ignore[misc, unused-ignore]  # without aiohttp it has no type
    """A body that waits for no one to read it.

    If the answer comes first, aiohttp forgets what waits for the body to be sent; if the connection breaks after that,
    asyncio says on standard error that nobody looked at the failure.
    """

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Makes the transport take all of it at once; it is in memory anyway."""
        if isinstance(writer, StreamWriter) and writer.transport and self.size is not None:
            writer.transport.set_write_buffer_limits(high=self.size + 2**16)
        await super().write(writer)
