"""While one client sends the worst that it can, other clients do not notice."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from statistics import quantiles

import httpx
import pytest

from tests.support.server import Server, serving

pytestmark = pytest.mark.long

SECONDS = 6
"""The duration of each kind of misuse."""
EVERY = 0.02
JSON = {"Content-Type": "application/json"}
SMALL = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
LARGE = {
    "data": {"t": [i / 7 for i in range(50_000)], "y": [i % 11 for i in range(50_000)]},
    "scale": "standardize",
    "at": list(range(10_000)),
    "steps": 9_999,
    "include": ["params"],
}
NONSENSE = (
    ('{"data": {"t": [' + ",".join(['"x"'] * 250_000) + '], "y": [1]}}').encode(),
    ("{" + ",".join(f'"k{i}":1' for i in range(80_000)) + "}").encode(),
    ('{"data": {"t": [' + ",".join(['"xxxxxx"'] * 99_000) + '], "y": [1]}}').encode(),
    ("{" + ",".join(f'"{"k" * 190}{i}":1' for i in range(4_900)) + "}").encode(),
)
"""A megabyte each: more than the service reads, and as much as it reads."""


async def a_large_body(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1_000_000

    with suppress(httpx.HTTPError):  # disconnected while it was sending
        await client.post("/fit", content=pieces(), headers=JSON)


async def bad_items(client: httpx.AsyncClient) -> None:
    for body in NONSENSE:
        assert (await client.post("/fit", content=body, headers=JSON)).status_code == 422


async def the_largest_fit(client: httpx.AsyncClient) -> None:
    assert (await client.post("/fit", json=LARGE)).status_code in {200, 503}


async def single_bytes(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(500_000):
            yield b" "

    with suppress(httpx.HTTPError):  # disconnected because it was slow
        await client.post("/fit", content=pieces(), headers=JSON)


MISUSES: dict[str, Callable[[httpx.AsyncClient], Awaitable[None]]] = {
    "a body of 100 MB": a_large_body,
    "1 MB of bad items": bad_items,
    "the largest legal fits": the_largest_fit,
    "500,000 chunks of a byte": single_bytes,
}


async def misuse(url: str, kind: str) -> None:
    """Repeat one kind of misuse; this runs in a process of its own."""
    ended = time.monotonic() + SECONDS
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        while time.monotonic() < ended:
            await MISUSES[kind](client)


async def seconds(
    url: str, ask: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]], every: float
) -> list[float]:
    """Ask at a fixed rate, without waiting for answers, and return how long each answer takes."""
    taken: list[float] = []

    async def one(client: httpx.AsyncClient) -> None:
        began = time.perf_counter()
        (await ask(client)).raise_for_status()
        taken.append(time.perf_counter() - began)

    ended = time.monotonic() + SECONDS
    async with httpx.AsyncClient(base_url=url, timeout=10) as client, asyncio.TaskGroup() as group:
        while time.monotonic() < ended:
            group.create_task(one(client))
            await asyncio.sleep(every)
    return taken


async def others(url: str) -> tuple[list[float], list[float]]:
    """Return how long answers to /livez take, and small fits."""
    return await asyncio.gather(
        seconds(url, lambda client: client.get("/livez"), EVERY),
        seconds(url, lambda client: client.post("/fit", json=SMALL), 0.25),
    )


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--workers", "2") as started:
        yield started


@pytest.mark.parametrize("kind", MISUSES)
def test_others_do_not_feel_it(server: Server, kind: str, tell: Callable[[str], None]) -> None:
    livez, fits = asyncio.run(others_beside(server.url, kind))

    p99 = quantiles(livez, n=100)[98]
    tell(
        f"{kind}: livez p99 {1000 * p99:.0f} ms, at most {1000 * max(livez):.0f} ms; a small fit "
        f"at most {1000 * max(fits):.0f} ms"
    )
    assert len(livez) > 0.8 * SECONDS / EVERY
    assert p99 < 0.1
    assert max(livez) < 0.25
    assert max(fits) < 2


async def others_beside(url: str, kind: str) -> tuple[list[float], list[float]]:
    """Measure while another process misuses the service: here it would disturb the clocks."""
    command = (
        f"import asyncio; from {__name__} import misuse; "
        f"asyncio.run(misuse({json.dumps(url)}, {json.dumps(kind)}))"
    )
    bad = await asyncio.create_subprocess_exec(sys.executable, "-c", command)
    measured = await others(url)
    assert await bad.wait() == 0
    return measured
