"""Five times as many fits as can be made, for a minute: as many as ever are made, the others are told so at once."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import mean, quantiles

import pytest

from tests.promises.listeners import address
from tests.promises.loads import FIT, Client
from tests.server import serving

pytestmark = pytest.mark.long

PEAK_SECONDS = 6
SECONDS = 60
TIMES = 5
TIMEOUT = 15


@dataclass
class Seen:
    """How a load ended."""

    good: int = 0
    timeouts: int = 0
    refusals: list[float] = field(default_factory=list)
    """How long each took."""
    codes: set[str] = field(default_factory=set)

    async def ask(self, client: Client) -> None:
        """One fit."""
        try:
            async with asyncio.timeout(TIMEOUT):
                answer = await client.ask()
        except TimeoutError:
            self.timeouts += 1
            return
        if answer.status == 200:
            self.good += 1
            return
        self.refusals.append(answer.seconds)
        self.codes.add(json.loads(answer.body)["code"])
        assert b"\r\nretry-after: " in answer.head.lower()


async def peak(url: str) -> float:
    """Fits a second, where as many ask as are served without a wait."""
    seen, client, ended = Seen(), Client(*address(url), FIT), time.monotonic() + PEAK_SECONDS

    async def ask_again() -> None:
        while time.monotonic() < ended:
            await seen.ask(client)

    await asyncio.gather(*(ask_again() for _ in range(6)))
    client.close()
    assert not seen.refusals
    return seen.good / PEAK_SECONDS


async def overload(url: str, rate: float) -> Seen:
    """So many fits a second are asked for, whatever becomes of those before."""
    seen, client, began = Seen(), Client(*address(url), FIT), time.monotonic()
    async with asyncio.TaskGroup() as asked:
        for i in range(int(rate * SECONDS)):
            await asyncio.sleep(max(0.0, began + i / rate - time.monotonic()))
            asked.create_task(seen.ask(client))
    client.close()
    return seen


def test_overload_is_told_at_once_and_costs_nobody_a_fit(tell: Callable[[str], None]) -> None:
    with serving("--workers", "2") as server:
        asyncio.run(peak(server.url))
        before = asyncio.run(peak(server.url))
        seen = asyncio.run(overload(server.url, TIMES * before))
        best = mean([before, asyncio.run(peak(server.url))])  # shared cores are faster at one minute than at the next

    goodput = seen.good / SECONDS
    median, p99 = (quantiles(seen.refusals, n=100)[at] for at in (49, 98))
    tell(f"{TIMES} times {before:.0f} fits a second asked for: {goodput / best:.2f} of its best made, {len(seen.refusals)} refused")
    tell(f"refusals after {1000 * median:.1f} ms (median), {1000 * p99:.1f} ms (p99); {seen.timeouts} timeouts")
    assert seen.codes == {"queue_full"}
    assert seen.timeouts == 0
    assert goodput >= 0.9 * best
    assert p99 < 0.02
