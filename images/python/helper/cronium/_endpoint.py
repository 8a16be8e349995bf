"""Where this execution's runtime API is, and how names become parts of its addresses."""

from __future__ import annotations

import os
import re

from ._errors import CroniumError
from ._json import decode

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ADDRESS = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[^\s/:?#@\[\]\\]+)(?::([0-9]{1,5}))?(/[^\s?#]*)?", re.ASCII)


class Endpoint:
    """The runtime API as this execution sees it. Raises CroniumError that names what of the environment is wrong."""

    def __init__(self) -> None:
        self.token = _variable("CRONIUM_EXECUTION_TOKEN")
        execution = _variable("CRONIUM_EXECUTION_ID")
        if not self.token.isascii() or not self.token.isprintable():
            raise CroniumError("CRONIUM_EXECUTION_TOKEN has characters that no token has")
        self.address = address()
        found = _ADDRESS.fullmatch(self.address)
        if not found or int(found[3] or 1) not in range(1, 65536):
            raise CroniumError(f"CRONIUM_RUNTIME_API has to be http(s)://HOST[:PORT][/PATH]; it is {self.address}")
        self.secure = found[1] == "https"
        self.host = found[2].strip("[]")
        self.port = int(found[3] or (443 if self.secure else 80))
        self.authority = found[2] + (f":{found[3]}" if found[3] else "")
        self.prefix = (found[4] or "").rstrip("/")
        # The known orchestrator puts the token where the id belongs: the id then is a claim of it.
        self.execution = _claimed_id(execution) if execution == self.token else execution

    def path(self, path: str) -> str:
        """A call's path, of the execution unless it begins with a slash, as a request has it."""
        return self.prefix + (path if path.startswith("/") else f"/executions/{segment(self.execution)}/{path}")


def address() -> str:
    return os.environ.get("CRONIUM_RUNTIME_API") or "http://localhost:8081"


def segment(text: str) -> str:
    """A text as one segment of a path. Raises CroniumError if it is no valid unicode."""
    try:
        escaped = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in text.encode())
    except UnicodeEncodeError as error:
        raise CroniumError(f"{text!r} is not valid unicode") from error
    # Segments of only dots are taken as steps, not names.
    return escaped.replace(".", "%2E") if text in (".", "..") else escaped


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
        return str(claims["executionId"] or token)
    except (ValueError, LookupError, TypeError):
        return token
