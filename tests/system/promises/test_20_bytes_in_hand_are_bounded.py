"""500 clients ask for the largest answers and read nothing or a kilobyte a second, 500 send the
largest bodies slowly, and both at once. Others read large answers as fast as they can, or leave the
results and the events of jobs unread.
"""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from service.server import TRIM_SECONDS
from tests.support.kernel import peak_bytes, resident_bytes
from tests.support.raw import post
from tests.support.server import PATIENCE_SECONDS, address, serving, until
from tests.system.promises.listeners import many_files

pytestmark = pytest.mark.long

CLIENTS = 500
SECONDS = 15
"""The time for which each load lasts: longer than a body may take."""
BODY_BYTES = 4 * 1024 * 1024
MORE = 150 * 1024 * 1024
MEGABYTE = 1024 * 1024
LARGEST = {
    "synthetic": {},
    "seed": 1,
    "model": {"kind": "mlp", "hidden": [64, 64, 64, 64]},
    "lr": 1e-4,
    "steps": 155,
    "include": ["params"],
}
"""A fit whose answer has 2,000,000 numbers, which are 40 MB."""
ASK = post("/fit", json.dumps(LARGEST).encode())
SEND = (
    b"POST /fit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n" % BODY_BYTES
)
READERS = 8
UNREAD = 20
"""The number of clients that leave the result or the events of a job unread."""
LIVE_SECONDS = 0.1
REFUSALS = {"too_many_answers", "too_many_uploads", "queue_full", "request_timeout"}


async def ask_and_hardly_read(url: str, bytes_each_second: int, request: bytes = ASK) -> str:
    """Ask for a large answer, read so much of it, and return the code of a problem, or `ok`."""
    reader, writer = await asyncio.open_connection(*address(url), limit=1024)
    try:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            return await problem_of(head, reader)
        ended = time.monotonic() + SECONDS
        while time.monotonic() < ended:
            await asyncio.sleep(1)
            if bytes_each_second:
                await reader.read(bytes_each_second)
    except (ConnectionError, asyncio.IncompleteReadError):
        return "closed"
    finally:
        writer.transport.abort()
    return "ok"


async def send_slowly(url: str) -> str:
    """Send a body at 10 kB a second, and return the code of the problem that ends it."""
    reader, writer = await asyncio.open_connection(*address(url))
    head = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
    try:
        writer.write(SEND)
        while not head.done():
            writer.write(bytes(10_000))
            await asyncio.wait({head}, timeout=1)
        return await problem_of(head.result(), reader)
    except (ConnectionError, asyncio.IncompleteReadError):
        return "closed"
    finally:
        writer.transport.abort()


async def problem_of(head: bytes, reader: asyncio.StreamReader) -> str:
    """Return the code of a problem, which has a time to retry if it is 503."""
    assert (b"503" in head[:12]) == (b"\r\nretry-after: " in head.lower())
    return str(json.loads(await reader.read(4096))["code"])


async def loaded(url: str, kinds: list[str]) -> list[str]:
    """Return how the requests of these kinds of clients ended."""

    async def one(kind: str, number: int) -> str:
        await asyncio.sleep(2 * number / CLIENTS)
        if kind == "bodies":
            return await send_slowly(url)
        return await ask_and_hardly_read(url, 1024 * (number % 2))

    return await asyncio.gather(*(one(kind, number) for kind in kinds for number in range(CLIENTS)))


async def unread(url: str, path: str) -> list[str]:
    """Return how the requests of clients ended that ask for this path and read nothing."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    return await asyncio.gather(*(ask_and_hardly_read(url, 0, request) for _ in range(UNREAD)))


async def read_all(url: str) -> list[int]:
    """Return the sizes of the answers that some clients read, each as fast as it can."""
    return await asyncio.gather(*(read_answer(url) for _ in range(READERS)))


async def read_answer(url: str) -> int:
    """Return the size of a large answer that a client reads. It retries while there is no room."""
    while True:
        reader, writer = await asyncio.open_connection(*address(url))
        writer.write(ASK)
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 200"):
            left = size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            while left:
                left -= len(await reader.read(1024 * 1024))
        writer.close()
        if head.startswith(b"HTTP/1.1 200"):
            return size
        await asyncio.sleep(1)


async def alongside(call: str, url: str) -> tuple[Any, list[float]]:
    """Return what a call in another process returns, as here it would disturb the clock, and how
    long /livez took meanwhile.
    """
    command = (
        f"import asyncio, json; from {__name__} import *; print(json.dumps(asyncio.run({call})))"
    )
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", command, stdout=PIPE)
    ending = asyncio.create_task(other.communicate())
    seconds: list[float] = []
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as client:
        while not ending.done():
            began = time.perf_counter()
            (await client.get("/livez")).raise_for_status()
            seconds.append(time.perf_counter() - began)
            await asyncio.sleep(0.02)
    return json.loads(ending.result()[0]), seconds


def p99(seconds: list[float]) -> float:
    """Return the time that a hundredth of all exceeds."""
    return sorted(seconds)[int(0.99 * len(seconds))]


@pytest.mark.parametrize("kinds", [["answers"], ["bodies"], ["answers", "bodies"]], ids="+".join)
def test_memory_is_bounded_whatever_is_unread_or_on_its_way(
    kinds: list[str], tell: Callable[[str], None]
) -> None:
    with many_files(3 * CLIENTS), serving("--workers", "2") as server:
        small = {"synthetic": {}, "seed": 42}
        httpx.post(server.url + "/fit", json=small, timeout=PATIENCE_SECONDS).raise_for_status()
        idle, workers = resident_bytes(server.pid), server.workers()

        call = f"loaded({server.url!r}, {kinds!r})"
        endings, seconds = asyncio.run(alongside(call, server.url))

        most, after = peak_bytes(server.pid), server.workers()
        answer = httpx.post(server.url + "/fit", json=small, timeout=PATIENCE_SECONDS)

    tell(
        f"{CLIENTS} {' and '.join(kinds)}: {idle / MEGABYTE:.0f} MB idle, at most "
        f"{most / MEGABYTE:.0f} MB, /livez {1000 * p99(seconds):.0f} ms (p99); "
        f"{dict(Counter(endings))}"
    )
    assert most <= idle + MORE
    assert p99(seconds) < LIVE_SECONDS
    assert set(endings) <= REFUSALS | {"ok"}
    assert bool({"request_timeout", "too_many_uploads"} & set(endings)) == ("bodies" in kinds)
    assert ("ok" in endings) == ("answers" in kinds)
    assert answer.status_code == 200
    assert after  # whichever worker computed for a client that left was replaced
    assert len(after) == len(workers)


def test_health_checks_are_answered_while_clients_read_large_answers(
    tell: Callable[[str], None],
) -> None:
    with serving("--workers", "2") as server:
        idle = resident_bytes(server.pid)
        sizes, seconds = asyncio.run(alongside(f"read_all({server.url!r})", server.url))
        most = peak_bytes(server.pid)

    tell(
        f"{READERS} clients read {max(sizes) / 1e6:.0f} MB each: at most "
        f"{most / MEGABYTE:.0f} MB, /livez {1000 * p99(seconds):.0f} ms (p99)"
    )
    assert min(sizes) > 40_000_000
    assert p99(seconds) < LIVE_SECONDS
    assert most <= idle + MORE


@pytest.mark.parametrize("what", ["result", "events?after=154"])
def test_memory_is_bounded_while_the_answers_of_a_job_are_unread(
    what: str, tell: Callable[[str], None]
) -> None:
    with serving("--workers", "2") as server, httpx.Client(base_url=server.url) as client:
        client.post("/fit", json={"synthetic": {}, "seed": 42}).raise_for_status()
        idle = resident_bytes(server.pid)
        path = client.post("/jobs", json=LARGEST).headers["location"]
        until(lambda: bool(client.get(path).json()["status"] == "succeeded"))
        time.sleep(TRIM_SECONDS + 1)  # by then the file is synced, and unused memory given back

        call = f"unread({server.url!r}, {path + '/' + what!r})"
        endings, seconds = asyncio.run(alongside(call, server.url))

        most = peak_bytes(server.pid)
        whole = client.get(path + "/result", timeout=PATIENCE_SECONDS)

    tell(
        f"{UNREAD} times the {what} of a job, {len(whole.content) / 1e6:.0f} MB: "
        f"{idle / MEGABYTE:.0f} MB idle, at most {most / MEGABYTE:.0f} MB, "
        f"/livez {1000 * p99(seconds):.0f} ms (p99); {dict(Counter(endings))}"
    )
    assert most <= idle + MORE
    assert p99(seconds) < LIVE_SECONDS
    assert set(endings) <= REFUSALS | {"ok"}
    assert "ok" in endings
    assert len(whole.content) > 40_000_000
