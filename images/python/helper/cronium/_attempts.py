"""When a call is tried again, and how long its attempts may take."""

from __future__ import annotations

import time

from ._errors import CroniumTimeoutError
from ._protocol import Answer, Call

ATTEMPTS = 3
ATTEMPT_SECONDS = 30.0
DEADLINE_SECONDS = 120.0
"""One deadline over all attempts of a call and the pauses between them."""
PAUSE_SECONDS = (1.0, 2.0)


class Attempts:
    """Decides, attempt by attempt, whether a call is over, and else how long to wait before the next attempt."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._number = 0
        self._deadline = time.monotonic() + DEADLINE_SECONDS

    def begin(self) -> float:
        """Starts an attempt and says how many seconds it may take."""
        self._number += 1
        return min(ATTEMPT_SECONDS, max(0.001, self._deadline - time.monotonic()))

    def pause_after_answer(self, answer: Answer) -> float | None:
        """None if the answer is good; seconds to wait if another attempt follows. Raises CroniumAPIError otherwise."""
        if 200 <= answer.status < 300:
            return None
        if self._call.missing_is_none and answer.status == 404 and answer.message():
            return None
        pause = None
        # 429 means that nothing was done, whatever the call.
        if answer.status == 429 or (answer.status >= 500 and self._call.idempotent):
            pause = self._pause(_seconds(answer.retry_after))
        if pause is None:
            raise answer.refusal()
        return pause

    def pause_after_failure(self, error: Exception, reached: bool) -> float:
        """Seconds to wait after an attempt without an answer; `reached`: the request may have arrived.

        Raises CroniumTimeoutError when no attempt is left.
        """
        pause = self._pause(None) if self._call.idempotent or not reached else None
        if pause is None:
            what = f"{self._call.method} {self._call.path}"
            reason = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
            tries = f"{self._number} attempt{'s' if self._number > 1 else ''}"
            raise CroniumTimeoutError(f"runtime API cannot be reached ({what}, {tries}): {reason}") from error
        return pause

    def _pause(self, wanted: float | None) -> float | None:
        if self._number >= ATTEMPTS:
            return None
        if wanted is None:
            import random

            wanted = PAUSE_SECONDS[self._number - 1] * random.uniform(0.75, 1.25)
        return wanted if time.monotonic() + wanted < self._deadline else None


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After as seconds from now: a number or a date."""
    if not retry_after:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None
