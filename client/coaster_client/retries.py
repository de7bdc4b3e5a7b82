"""The decision whether and when a request is sent again, without a clock that waits."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from coaster_client.calls import Call, Lost, Response

T = TypeVar("T")

FIRST_SECONDS, LONGEST_SECONDS = 0.5, 8.0
"""The longest pause before the second attempt. It doubles with each attempt, up to the other."""


@dataclass(frozen=True)
class Retries:
    """The limits of the attempts that a call may take: their number, and their time in seconds."""

    attempts: int = 10
    seconds: float = 120.0


RETRIES = Retries()
"""The default. Ten attempts outlast a restart of the service."""


class Attempts:
    """The attempts of one call.

    A pause is random between 0 and a time that doubles with each attempt (full jitter), and follows
    the seconds of Retry-After if the service names them.
    """

    def __init__(
        self,
        retries: Retries,
        chance: Callable[[], float] = random.random,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._retries = retries
        self._chance = chance
        self._now = now
        self.begin()

    def begin(self) -> None:
        """Forget earlier attempts, because the service has answered."""
        self._made = 0
        self._deadline = self._now() + self._retries.seconds

    def pause(self, call: Call[Any], outcome: Response | Lost) -> float | None:
        """Return the seconds to wait before the next attempt, or None if the outcome is final."""
        if isinstance(outcome, Response) and outcome.status not in call.retried:
            return None
        self._made += 1
        longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** (self._made - 1))
        seconds: float = _retry_after(outcome) + self._chance() * longest
        if self._made >= self._retries.attempts or self._now() + seconds > self._deadline:
            return None
        return seconds

    def result(self, call: Call[T], outcome: Response | Lost) -> T:
        """Return the value of the last answer. Raises UnreachableError or ProblemError."""
        done = call.done_before if self._made else frozenset()
        if isinstance(outcome, Response) and outcome.status in done:
            return call.read(outcome.body)
        return call.result(outcome)


def _retry_after(outcome: Response | Lost) -> float:
    """Return the seconds in Retry-After, or 0 if there are none. Dates are ignored."""
    if isinstance(outcome, Lost):
        return 0.0
    try:
        return max(0.0, float(outcome.headers.get("retry-after", 0)))
    except ValueError:
        return 0.0
