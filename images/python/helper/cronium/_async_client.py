"""The client for asyncio code, over aiohttp."""

import asyncio
from typing import Any, Self

import aiohttp
from yarl import URL

from . import _protocol as protocol
from ._errors import CroniumError


class AsyncCronium:
    """This execution's runtime API for asyncio. Use `async with AsyncCronium() as cronium`, or `close()` it."""

    def __init__(self) -> None:
        self._endpoint = protocol.Endpoint.from_environment()
        self._session: aiohttp.ClientSession | None = None

    async def input(self) -> Any:
        """The input of this execution; None if it has none."""
        return protocol.data_of(await self._send(protocol.INPUT))

    async def output(self, data: Any) -> None:
        """Sets the output of this execution, any JSON value; the last one counts."""
        await self._send(protocol.output(data))

    async def get_variable(self, key: str) -> Any:
        """The value of one of the user's variables; None if there is none."""
        return protocol.variable_of(await self._find(protocol.get_variable(key)))

    async def set_variable(self, key: str, value: Any) -> None:
        """Sets one of the user's variables, any JSON value; other executions of the user see it."""
        await self._send(protocol.set_variable(key, value))

    async def set_condition(self, condition: bool) -> None:
        """Sets the condition by which a workflow goes on after this execution."""
        await self._send(protocol.set_condition(condition))

    async def event(self) -> dict[str, Any]:
        """What started this execution: ids, event, user, start time; {} if nothing is known."""
        return protocol.event_of(await self._send(protocol.EVENT))

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
        return await self._attempt(call, missing_is_none=False)

    async def _find(self, call: protocol.Call) -> protocol.Answer | None:
        answer = await self._attempt(call, missing_is_none=True)
        return None if answer.status == 404 else answer

    async def _attempt(self, call: protocol.Call, missing_is_none: bool) -> protocol.Answer:
        attempts = protocol.Attempts(call)
        while True:
            try:
                answer = await self._exchange(call, attempts.begin())
                pause = attempts.pause_after_answer(answer, missing_is_none)
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
        async with self._session.request(
            call.method,
            self._url(call),
            data=call.body,
            headers=protocol.headers(self._endpoint, call),
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=seconds),
        ) as response:
            return protocol.Answer(response.status, response.headers.get("Retry-After"), await response.read())

    def _url(self, call: protocol.Call) -> URL:
        endpoint = self._endpoint
        host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        port = f":{endpoint.port}" if endpoint.port else ""
        return URL(f"{'https' if endpoint.secure else 'http'}://{host}{port}{endpoint.prefix}{call.path}", encoded=True)
