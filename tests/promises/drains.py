"""A service told to end while all kinds of clients are connected."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.promises.listeners import Listener, connected
from tests.promises.processes import alive
from tests.promises.systems import Part
from tests.server import LONG, descendants
from tests.streams import Event, sse

MORE = b"retry: 1000\n\n"
"""How the stream of a job ends where there is more."""
CLEAN_SECONDS = 2
"""Python's own servants see that their service has ended, and end."""
STREAM = LONG | {"record_every": 1}

Body = dict[str, Any]


@dataclass
class Drain:
    """How a service ended, and what was told: by streams of fits, by streams of a job, and instead
    of fits.
    """

    code: int
    seconds: float
    left: list[int]
    streams: list[Listener]
    followers: list[Listener]
    fits: list[Listener]


async def drained(
    part: Part, url: str, job: str, *, streams: int, followers: int, fits: Sequence[Body] = ()
) -> Drain:
    """Tells it to end when all clients have begun to be served."""
    async with (
        connected(url, streams) as streaming,
        connected(url, followers) as following,
        connected(url, len(fits)) as fitting,
    ):
        for each in following:
            each.ask(job + "/events")
        for each in streaming:
            each.post("/fit/stream", STREAM)
        for each, fit in zip(fitting, fits, strict=True):
            each.post("/fit", fit)
        await until(
            lambda: all(b"event: steps" in each.received for each in [*streaming, *following])
        )
        await asyncio.sleep(0.5)
        code, seconds, left = await asyncio.to_thread(ended, part)
        async with asyncio.timeout(5):
            await asyncio.gather(
                *(each.ended.wait() for each in [*streaming, *following, *fitting])
            )
        return Drain(code, seconds, left, streaming, following, fitting)


def ended(part: Part) -> tuple[int, float, list[int]]:
    """The code of a process that is told to end, the seconds it took, and those of its processes
    that live on.
    """
    processes = descendants(part.pid)
    began = time.monotonic()
    code = part.stop()
    seconds = time.monotonic() - began
    while (
        left := [process for process in processes if alive(process)]
    ) and time.monotonic() - began < seconds + CLEAN_SECONDS:
        time.sleep(0.05)
    return code, seconds, left


async def until(true: Callable[[], bool], *, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.05)


async def rest_of(url: str, job: str, told: Sequence[bytes]) -> list[list[float]]:
    """All losses that readers are told, who come back for what comes behind what they were told."""
    async with connected(url, len(told)) as listeners:
        for listener, content in zip(listeners, told, strict=True):
            listener.ask(job + "/events", after=last_id(content))
        await until(lambda: all(b"event: done" in listener.received for listener in listeners))
        await asyncio.sleep(0.2)
        return [
            losses(content + listener.content)
            for listener, content in zip(listeners, told, strict=True)
        ]


def last_id(content: bytes) -> int | None:
    """Where a reader who comes back goes on."""
    return max((event.id for event in sse(content) if event.id is not None), default=None)


def losses(content: bytes) -> list[float]:
    """Of the events of a whole job."""
    events: list[Event] = sse(content)
    assert [event.content["type"] for event in events].count("done") == 1
    assert events[-1].content["type"] == "done"
    return [
        loss
        for event in events
        if event.content["type"] == "steps"
        for loss in event.content["loss"]
    ]
