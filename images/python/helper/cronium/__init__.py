"""Cronium's runtime API for Python jobs.

    import cronium

    n = cronium.input()["n"]
    cronium.set_variable("last", n)
    cronium.output({"n": n + 1})

`Cronium` is the client, `AsyncCronium` the one for asyncio, `cronium.cronium` a client that reads the environment at
its first call; the module's functions are its methods. Every error is a CroniumError.
"""

from typing import TYPE_CHECKING, Any

from ._client import Cronium, LazyCronium
from ._errors import CroniumAPIError, CroniumError, CroniumTimeoutError

if TYPE_CHECKING:
    from ._async_client import AsyncCronium

__version__ = "0.1.0"
__all__ = [
    "AsyncCronium",
    "Cronium",
    "CroniumAPIError",
    "CroniumError",
    "CroniumTimeoutError",
    "cronium",
    "event",
    "get_variable",
    "input",
    "output",
    "set_condition",
    "set_variable",
]

cronium: Cronium = LazyCronium()

input = cronium.input
output = cronium.output
get_variable = cronium.get_variable
set_variable = cronium.set_variable
set_condition = cronium.set_condition
event = cronium.event


def __getattr__(name: str) -> Any:
    # aiohttp takes longer to load than most jobs' calls: it is loaded for those who ask for it.
    if name == "AsyncCronium":
        from ._async_client import AsyncCronium

        return AsyncCronium
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
