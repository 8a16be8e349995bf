"""Cronium's runtime API for Python jobs.

    import cronium

    n = cronium.input()["n"]
    cronium.set_variable("last", n)
    cronium.output({"n": n + 1})

`Cronium` is the client, `AsyncCronium` the one for asyncio, `cronium.cronium` a client that reads the environment at
its first call; the module's functions are its methods. Every error is a CroniumError.
"""

from ._client import Cronium, LazyCronium
from ._errors import CroniumAPIError, CroniumError, CroniumTimeoutError
from ._version import VERSION as __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._async_client import AsyncCronium

__all__ = [
    "AsyncCronium",
    "Cronium",
    "CroniumAPIError",
    "CroniumError",
    "CroniumTimeoutError",
    "__version__",
    "append_variable",
    "cronium",
    "delete_variable",
    "event",
    "execute_tool_action",
    "get_variable",
    "increment_variable",
    "info",
    "input",
    "output",
    "send_discord_message",
    "send_email",
    "send_slack_message",
    "set_condition",
    "set_variable",
    "variable_exists",
]

cronium: Cronium = LazyCronium()

input = cronium.input
output = cronium.output
get_variable = cronium.get_variable
set_variable = cronium.set_variable
variable_exists = cronium.variable_exists
delete_variable = cronium.delete_variable
increment_variable = cronium.increment_variable
append_variable = cronium.append_variable
set_condition = cronium.set_condition
event = cronium.event
execute_tool_action = cronium.execute_tool_action
send_email = cronium.send_email
send_slack_message = cronium.send_slack_message
send_discord_message = cronium.send_discord_message
info = cronium.info


def __getattr__(name: str) -> object:
    # aiohttp takes longer to load than most jobs' calls: it is loaded for those who ask for it.
    if name == "AsyncCronium":
        from ._async_client import AsyncCronium

        return AsyncCronium
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
