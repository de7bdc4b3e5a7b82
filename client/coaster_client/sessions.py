"""Sessions: calls that are sent again, and streams that are opened again, until they succeed."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

from coaster_client.calls import Call
from coaster_client.events import E, Reading
from coaster_client.fits import Fit
from coaster_client.retries import Attempts, Retries

if TYPE_CHECKING:
    from coaster_client.transport import Transport

T = TypeVar("T")


class Session:
    """The connections of a client for threads, and the limits of its attempts."""

    def __init__(self, transport: "Transport", retries: Retries) -> None:
        self._transport = transport
        self._retries = retries

    def send(self, call: Call[T]) -> T:
        """Send a call, again if it fails for a reason that may pass, and return its value.

        Raises UnreachableError or ProblemError.
        """
        attempts = Attempts(self._retries)
        outcome = self._transport.send(call)
        while (pause := attempts.pause(call, outcome)) is not None:
            time.sleep(pause)
            outcome = self._transport.send(call)
        return attempts.result(call, outcome)

    def follow(self, call: Call[E], *, resumes: bool, after: int | None = None) -> Iterator[E]:
        """Yield the events of a stream, which is opened again if it breaks off and may continue.

        Raises UnreachableError or ProblemError.
        """
        reading = Reading(call, Attempts(self._retries), resumes=resumes, after=after)
        while not reading.ended:
            with closing(self._transport.stream(reading.call())) as parts:
                for part in parts:
                    yield from reading.receive(part)
            time.sleep(reading.pause())

    def fit(self, raw: dict[str, Any], points: dict[str, Any] | None = None) -> Fit:
        """Return the result of a fit, which draws itself in this session."""
        return Fit(raw, points, self.send)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()
