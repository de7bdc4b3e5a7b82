"""Sessions for tasks of asyncio. They do what `Session` does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, TypeVar

from coaster_client.calls import Call
from coaster_client.events import E, Reading
from coaster_client.fits import AsyncFit
from coaster_client.retries import Attempts, Retries
from coaster_client.transport import AsyncTransport

T = TypeVar("T")


class AsyncSession:
    """The connections of a client for tasks, and the limits of its attempts."""

    def __init__(self, transport: AsyncTransport, retries: Retries) -> None:
        self._transport = transport
        self._retries = retries

    async def send(self, call: Call[T]) -> T:
        """Send a call, like `Session.send`."""
        attempts = Attempts(self._retries)
        outcome = await self._transport.send(call)
        while (pause := attempts.pause(call, outcome)) is not None:
            await asyncio.sleep(pause)
            outcome = await self._transport.send(call)
        return attempts.result(call, outcome)

    async def follow(
        self, call: Call[E], *, resumes: bool, after: int | None = None
    ) -> AsyncIterator[E]:
        """Yield the events of a stream, like `Session.follow`."""
        reading = Reading(call, Attempts(self._retries), resumes=resumes, after=after)
        while not reading.ended:
            async with aclosing(self._transport.stream(reading.call())) as parts:
                async for part in parts:
                    for event in reading.receive(part):
                        yield event
            await asyncio.sleep(reading.pause())

    def fit(self, raw: dict[str, Any], points: dict[str, Any] | None = None) -> AsyncFit:
        """Return the result of a fit, which draws itself in this session."""
        return AsyncFit(raw, points, self.send)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()
