"""The workers of a simulated machine. Their answers are those of real workers."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from functools import cache
from math import inf
from typing import Any
from unittest.mock import patch

from orjson import dumps, loads

from service.descent.questions.asked import Asked
from service.pool.frames import EventBytes, Reply, ReplyKind
from service.pool.interface import (
    FitPool,
    Load,
    QueueFullError,
    RejectedError,
    Streamed,
)
from service.worker.main import reply_parts
from tests.simulation.clock import true_time
from tests.simulation.site import Site

EVENT_NUMBERS = 12
"""The maximum number of numbers in an event: small, so that small fits have several events."""
WARM_SECONDS = 1.0
"""The time after which the workers of a machine are ready, in seconds."""
STALL_SECONDS = 12.0
"""The time for which a worker stalls, in seconds: longer than a lease."""


class SimulatedWorkers(FitPool):
    """A pool whose answers take virtual time, and whose workers can stall or be lost."""

    def __init__(self, kind: str, site: Site) -> None:
        self.replaced = {"died": 0, "killed": 0}
        self._kind = kind
        self._random = site.random
        self._trouble = site.trouble
        self._warm_at = true_time() + self._random.random() * WARM_SECONDS

    @property
    def ready(self) -> bool:
        return true_time() >= self._warm_at

    @property
    def kind(self) -> str | None:
        return self._kind if self.ready else None

    @property
    def load(self) -> Load:
        return Load(workers=1, warm=1, busy=0, waiting_limit=4, waiting=0)

    def full_for(self, client: str) -> bool:  # noqa: ARG002 - its name
        return False

    async def pieces(self, question: Asked, cost: float, client: str = "") -> list[bytes]:  # noqa: ARG002 - their names
        _, reply = computed(question)
        await self._work()
        return [answered(reply)]

    async def batches(
        self,
        spec: Streamed,
        cost: float,  # noqa: ARG002 - its name
        client: str = "",  # noqa: ARG002 - its name
    ) -> AsyncGenerator[Sequence[EventBytes], None]:
        events, reply = computed(spec)
        after = spec.after
        while events:
            await self._work()
            if self._random.random() < self._trouble.lost_workers:
                await asyncio.sleep(WARM_SECONDS)
                events, reply = computed(replace(spec, after=after))
            count = self._random.randint(1, 3)
            batch, events = events[:count], events[count:]
            after = batch[-1].last
            if events:
                yield batch
            else:
                yield [*batch, EventBytes.done(after, answered(reply))]
                return
        await self._work()
        yield [EventBytes.done(-1 if after is None else after, answered(reply))]

    async def _work(self) -> None:
        """Take the time of a part of an answer. Raises QueueFullError."""
        await asyncio.sleep(self._random.expovariate(1 / self._trouble.event_seconds))
        if self._random.random() < self._trouble.stalls:
            await asyncio.sleep(STALL_SECONDS)
        if self._random.random() < self._trouble.refusals:
            raise QueueFullError


def answered(reply: Reply) -> bytes:
    """Return the answer in a reply. Raises RejectedError."""
    if reply.kind is ReplyKind.REJECTED:
        raise RejectedError(reply.payload.decode())
    assert reply.kind is ReplyKind.ANSWER
    return reply.payload


@cache
def computed(asked: Asked) -> tuple[Sequence[EventBytes], Reply]:
    """Return the events and the reply of a real worker. They are the same each time."""
    events: list[EventBytes] = []
    with (
        patch("service.worker.answers.EVENT_NUMBERS", EVENT_NUMBERS),
        patch("service.worker.answers.COALESCE_SECONDS", inf),
    ):
        *_, reply = reply_parts(asked, events.append)
    assert reply is not None
    return events, Reply(reply.kind, _timeless(reply))


def _timeless(reply: Reply) -> bytes:
    """Return the payload of a reply without the time that its answer took."""
    if reply.kind is not ReplyKind.ANSWER:
        return reply.payload
    content: dict[str, Any] = loads(reply.payload)
    return dumps(content | {"elapsed_ms": 0.0})
