import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.promises.listeners import Listener, all_answered, connected, many_files
from tests.promises.processes import resident_bytes, sockets
from tests.server import Server, serving

JOB = {
    "synthetic": {},
    "seed": 42,
    "lr": 1e-5,
    "solver": "loop",
    "steps": 390_000,
    "record_every": 5000,
}
"""Runs for most of a minute, and tells an event or two a second."""
WARM = 100
"""Streams that are opened and left before: what they all share is there then."""
AT_ONCE = 100
"""Clients that come together."""
WATCH_SECONDS = 3
KILOBYTES_EACH = 30
CLEAN_SECONDS = 2


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Iterator[Server]:
    """With places for a quarter more than the streams of the test, and time for connections that
    ask later.
    """
    streams = str(places(request.node.callspec.params["count"]))
    settings = {
        "COASTER_MAX_STREAMS": streams,
        "COASTER_MAX_CONNECTIONS": "8000",
        "COASTER_MAX_HEAD_SECONDS": "120",
    }
    with many_files(10_000), serving("--workers", "1", ready=True, **settings) as started:
        yield started


def places(count: int) -> int:
    return count * 5 // 4


@dataclass
class Seen:
    """What a crowd of clients cost, and what they were told; seconds until the last connection was
    gone.
    """

    kilobytes_each: float
    contents: list[bytes]
    logged: bytes
    seconds_to_clean: float
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
        before, waiting = await warm(service, path), sockets(service.pid)
        async with connected(service.url, count) as listeners:
            for first in range(0, count, AT_ONCE):
                await asked(listeners[first : first + AT_ONCE], path)
            await asyncio.sleep(WATCH_SECONDS)
            kilobytes = (resident_bytes(service.pid) - before) / 1000 / count
            assert sockets(service.pid) == waiting + count
            leave(listeners, hasty, path)
            seconds = await seconds_until(lambda: sockets(service.pid) == waiting - len(hasty))
            await asyncio.sleep(max(0.0, CLEAN_SECONDS - seconds))
            for first in range(0, len(later), AT_ONCE):
                await asked(later[first : first + AT_ONCE], path)
            contents = [listener.content for listener in listeners]
            logged = await longest(later[0], max(map(len, contents)))
            return Seen(
                kilobytes,
                contents,
                logged,
                seconds,
                sum(listener.status == 200 for listener in later),
            )


def job(service: Server) -> str:
    """The path of the events of a new job."""
    return (
        str(httpx.post(service.url + "/jobs", json=JOB).raise_for_status().headers["location"])
        + "/events"
    )


async def warm(service: Server, path: str) -> int:
    """The memory of the service, in bytes, when some streams were open before."""
    async with connected(service.url, WARM) as listeners:
        await asked(listeners, path)
        await asyncio.sleep(WATCH_SECONDS)
    await asyncio.sleep(1)
    return resident_bytes(service.pid)


async def asked(listeners: list[Listener], path: str) -> None:
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
    """Seconds, at most some more than are promised."""
    began = time.monotonic()
    while not done() and time.monotonic() - began < 3 * CLEAN_SECONDS:
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def longest(listener: Listener, length: int) -> bytes:
    """The log as it is told now, as far as anybody was told of it."""
    async with asyncio.timeout(30):
        while len(content := listener.content) < length:
            await asyncio.sleep(0.2)
        return content


@pytest.mark.parametrize(
    "count",
    [pytest.param(200, marks=pytest.mark.quick), pytest.param(2000, marks=pytest.mark.long)],
)
def test_a_crowd_of_streams_is_small_is_told_the_same_and_leaves_nothing(
    service: Server, count: int, tell: Callable[[str], None]
) -> None:
    seen = asyncio.run(crowd(service, count))

    told = f"{min(map(len, seen.contents))} to {max(map(len, seen.contents))} bytes told"
    tell(
        f"{count} streams: {seen.kilobytes_each:.1f} kB each, clean after "
        f"{seen.seconds_to_clean:.2f} s, {told}"
    )
    assert all(seen.contents)
    assert all(seen.logged.startswith(content) for content in seen.contents)
    assert seen.seconds_to_clean <= CLEAN_SECONDS
    assert seen.accepted_afterwards == places(count)
    assert seen.kilobytes_each <= KILOBYTES_EACH
