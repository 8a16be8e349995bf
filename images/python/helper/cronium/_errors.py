"""The errors of the helper, one family."""


class CroniumError(Exception):
    """Anything the helper raises: a missing variable of the environment, a value that is not JSON, a broken answer."""


class CroniumAPIError(CroniumError):
    """The runtime API refused a call. `status_code` is its HTTP status, `message` what it said."""

    def __init__(self, status_code: int, message: str) -> None:
        super().__init__(f"runtime API answered {status_code}: {message}")
        self.status_code = status_code
        self.message = message


class CroniumTimeoutError(CroniumError):
    """The runtime API did not answer in time, refused the connection, or cannot be reached."""
