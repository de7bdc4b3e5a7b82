"""A service that receives SIGTERM while all kinds of clients are connected."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.kernel import alive
from tests.support.server import LONG, PATIENCE_SECONDS, descendants, until
from tests.support.streams import Event, sse
from tests.system.promises.listeners import Listener, connected
from tests.system.promises.systems import Part

MORE = b"retry: 1000\n\n"
"""How the stream of a job ends if there is more."""
CLEAN_SECONDS = 2
"""Python's own helper processes notice the end of the service within this time, and end."""
LAST_CHUNK = b"0\r\n\r\n"
STREAM = LONG | {"steps": 45_000, "record_every": 1}

Body = dict[str, Any]


@dataclass(frozen=True)
class Ending:
    """The exit code of a process, the seconds until its end, and those until all the processes that
    it started had ended, too.
    """

    code: int
    seconds: float
    clean_seconds: float


@dataclass(frozen=True)
class Drain:
    """How a service ended, and what the clients of fits and jobs received."""

    ending: Ending
    streams: list[Listener]
    followers: list[Listener]
    fits: list[Listener]


async def drained(
    part: Part, url: str, job: str, *, streams: int, followers: int, fits: Sequence[Body] = ()
) -> Drain:
    """End a service once all clients have begun to be served."""
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
        await eventually(
            lambda: all(b"event: steps" in each.received for each in [*streaming, *following])
        )
        if fits:
            await asyncio.sleep(0.5)  # the long forms: whole fits give no sign that they have begun
        ending = await asyncio.to_thread(ended, part)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(
                *(each.ended.wait() for each in [*streaming, *following, *fitting])
            )
        return Drain(ending, streaming, following, fitting)


def ended(part: Part) -> Ending:
    """End a process and wait until all that it started have ended."""
    processes = descendants(part.pid)
    began = time.monotonic()
    code = part.stop()
    stopped = time.monotonic()
    until(lambda: not any(alive(process) for process in processes))
    return Ending(code, stopped - began, time.monotonic() - stopped)


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait until a condition holds, while the event loop goes on."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():
            await asyncio.sleep(0.05)


async def rest_of(url: str, job: str, received: Sequence[bytes]) -> list[list[float]]:
    """Return all losses of readers who come back for the events after those they received."""
    async with connected(url, len(received)) as listeners:
        for listener, content in zip(listeners, received, strict=True):
            listener.ask(job + "/events", after=last_id(content))
        await eventually(lambda: all(each.received.endswith(LAST_CHUNK) for each in listeners))
        return [
            losses(content + listener.content)
            for listener, content in zip(listeners, received, strict=True)
        ]


def last_id(content: bytes) -> int | None:
    """Return the id after which a reader continues."""
    return max((event.id for event in sse(content) if event.id is not None), default=None)


def losses(content: bytes) -> list[float]:
    """Return the losses of the events of a whole job."""
    events: list[Event] = sse(content)
    assert [event.content["type"] for event in events].count("done") == 1
    assert events[-1].content["type"] == "done"
    return [
        loss
        for event in events
        if event.content["type"] == "steps"
        for loss in event.content["loss"]
    ]
