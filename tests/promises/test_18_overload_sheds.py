"""Five times as many fits as can be made, for a minute: as many as ever are made, the others are told so at once."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import quantiles

import httpx
import pytest

from tests.server import serving

pytestmark = pytest.mark.long

FIT = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 300, "solver": "loop", "record_every": 300}
"""Some 60 ms of a worker."""
PEAK_SECONDS = 6
SECONDS = 60
TIMES = 5


@dataclass
class Seen:
    """How a load ended."""

    good: int = 0
    timeouts: int = 0
    refusals: list[float] = field(default_factory=list)
    """How long each took."""
    codes: set[str] = field(default_factory=set)

    async def ask(self, client: httpx.AsyncClient) -> None:
        """One fit."""
        began = time.perf_counter()
        try:
            answer = await client.post("/fit", json=FIT)
        except httpx.TimeoutException:
            self.timeouts += 1
            return
        if answer.status_code == 200:
            self.good += 1
            return
        self.refusals.append(time.perf_counter() - began)
        self.codes.add(answer.json()["code"])
        assert answer.headers["Retry-After"]


def client_of(url: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.AsyncClient(base_url=url, timeout=15, limits=limits)


async def peak(url: str) -> float:
    """Fits a second, where as many ask as are served without a wait."""
    seen, ended = Seen(), time.monotonic() + PEAK_SECONDS

    async def ask_again(client: httpx.AsyncClient) -> None:
        while time.monotonic() < ended:
            await seen.ask(client)

    async with client_of(url) as client:
        await asyncio.gather(*(ask_again(client) for _ in range(6)))
    assert not seen.refusals
    return seen.good / PEAK_SECONDS


async def overload(url: str, rate: float) -> Seen:
    """So many fits a second are asked for, whatever becomes of those before."""
    seen, began = Seen(), time.monotonic()
    async with client_of(url) as client, asyncio.TaskGroup() as asked:
        for i in range(int(rate * SECONDS)):
            await asyncio.sleep(max(0.0, began + i / rate - time.monotonic()))
            asked.create_task(seen.ask(client))
    return seen


def test_overload_is_told_at_once_and_costs_nobody_a_fit(tell: Callable[[str], None]) -> None:
    with serving("--workers", "2") as server:
        asyncio.run(peak(server.url))
        best = asyncio.run(peak(server.url))
        seen = asyncio.run(overload(server.url, TIMES * best))

    goodput = seen.good / SECONDS
    median, p99 = (quantiles(seen.refusals, n=100)[at] for at in (49, 98))
    tell(f"{TIMES} times {best:.0f} fits a second asked for: {goodput / best:.2f} of them made, {len(seen.refusals)} refused")
    tell(f"refusals after {1000 * median:.1f} ms (median), {1000 * p99:.1f} ms (p99); {seen.timeouts} timeouts")
    assert seen.codes == {"queue_full"}
    assert seen.timeouts == 0
    assert goodput >= 0.9 * best
    assert median < 0.02
