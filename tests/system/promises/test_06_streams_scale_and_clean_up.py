import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.support.kernel import resident_bytes, settled_sockets, sockets
from tests.support.server import PATIENCE_SECONDS, Server, serving
from tests.system.promises.listeners import Listener, all_answered, connected, many_files

JOB = {
    "synthetic": {},
    "seed": 42,
    "lr": 1e-5,
    "solver": "loop",
    "steps": 370_000,
    "record_every": 5000,
}
"""A job that runs for most of a minute and sends an event or two a second."""
WARM = 100
"""Streams that are opened and left first: what all streams share exists afterwards."""
AT_ONCE = 100
"""Clients that come together."""
EVENTS = 3
"""Events of steps that a stream sends before its memory is looked at."""
KILOBYTES_EACH = 30
CLEAN_SECONDS = 2


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A service with places for a quarter more than the streams of the test.

    Connections may wait long before they ask.
    """
    settings = {
        "COASTER_MAX_STREAMS": str(places(request.node.callspec.params["count"])),
        "COASTER_MAX_CONNECTIONS": "8000",
        "COASTER_MAX_HEAD_SECONDS": "120",
    }
    with many_files(10_000), serving("--workers", "1", ready=True, **settings) as started:
        yield started


def places(count: int) -> int:
    return count * 5 // 4


@dataclass
class Seen:
    """What a crowd of clients cost, and what each received."""

    kilobytes_each: float
    contents: list[bytes]
    logged: bytes
    seconds_to_clean: float
    """Until the last connection was gone."""
    accepted_afterwards: int


async def crowd(service: Server, count: int) -> Seen:
    """Clients of one running job: half leave politely, half reset, and a quarter more reset before
    the first byte of their answer.
    """
    path = job(service)
    async with (
        connected(service.url, count // 4) as hasty,
        connected(service.url, places(count)) as later,
    ):
        waiting = await asyncio.to_thread(settled_sockets, service.pid)
        before = await warm(service, path, waiting)
        async with connected(service.url, count) as listeners:
            await asked(listeners, path)
            kilobytes = (resident_bytes(service.pid) - before) / 1000 / count
            assert sockets(service.pid) == waiting + count
            leave(listeners, hasty, path)
            seconds = await seconds_until(lambda: sockets(service.pid) == waiting - len(hasty))
            contents = [listener.content for listener in listeners]
            for first in range(0, len(later), AT_ONCE):
                await answered(later[first : first + AT_ONCE], path)
            logged = await longest(later[0], max(map(len, contents)))
            accepted = sum(listener.status == 200 for listener in later)
            return Seen(kilobytes, contents, logged, seconds, accepted)


def job(service: Server) -> str:
    """Return the path of the events of a new job."""
    made = httpx.post(service.url + "/jobs", json=JOB, timeout=PATIENCE_SECONDS).raise_for_status()
    return f"{made.headers['location']}/events"


async def warm(service: Server, path: str, waiting: int) -> int:
    """Return the memory of the service after some streams were open and are gone, in bytes.

    `waiting` is how many sockets remain.
    """
    async with connected(service.url, WARM) as listeners:
        await asked(listeners, path)
    await seconds_until(lambda: sockets(service.pid) == waiting)
    return resident_bytes(service.pid)


async def asked(listeners: list[Listener], path: str) -> None:
    """Ask for a stream on each connection and wait until each has sent some events."""
    for first in range(0, len(listeners), AT_ONCE):
        await answered(listeners[first : first + AT_ONCE], path)
    await seconds_until(
        lambda: all(each.received.count(b"event: steps") >= EVENTS for each in listeners)
    )


async def answered(listeners: list[Listener], path: str) -> None:
    for listener in listeners:
        listener.ask(path)
    await all_answered(listeners)


def leave(listeners: list[Listener], hasty: list[Listener], path: str) -> None:
    for number, listener in enumerate(listeners):
        listener.leave() if number % 2 else listener.reset()
    for listener in hasty:
        listener.ask(path)
        listener.reset()


async def seconds_until(done: Callable[[], bool]) -> float:
    """Return the seconds until something holds."""
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not done():
            await asyncio.sleep(0.05)
    return time.monotonic() - began


async def longest(listener: Listener, length: int) -> bytes:
    """Return the log of the job as it is sent now, once it is as long as anybody received."""
    await seconds_until(lambda: len(listener.content) >= length)
    return listener.content


@pytest.mark.parametrize(
    "count",
    [pytest.param(200, marks=pytest.mark.quick), pytest.param(2000, marks=pytest.mark.long)],
)
def test_a_crowd_of_streams_is_small_receives_the_same_and_leaves_nothing(
    service: Server, count: int, tell: Callable[[str], None], *, timed: bool
) -> None:
    seen = asyncio.run(crowd(service, count))

    lengths = f"{min(map(len, seen.contents))} to {max(map(len, seen.contents))} bytes received"
    tell(
        f"{count} streams: {seen.kilobytes_each:.1f} kB each, clean after "
        f"{seen.seconds_to_clean:.2f} s, {lengths}"
    )
    assert all(seen.contents)
    assert all(seen.logged.startswith(content) for content in seen.contents)
    assert seen.accepted_afterwards == places(count)
    assert seen.kilobytes_each <= KILOBYTES_EACH
    if timed:
        assert seen.seconds_to_clean <= CLEAN_SECONDS
