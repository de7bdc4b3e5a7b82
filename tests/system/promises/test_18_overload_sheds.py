"""For a minute clients ask for five times as many fits as the service can make. It makes as many as
before, and refuses the others at once.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles

import pytest
import uvloop

from tests.support.server import address, serving
from tests.system.promises.loads import FIT, Client

pytestmark = pytest.mark.long

SECONDS = 60
TURNS = 6
"""The minute is cut into parts, and the best rate is measured between them: shared cores change
their speed from one minute to the next.
"""
PEAK_SECONDS = 3
AT_ONCE = 6
"""Fits that keep two workers busy and do not wait for long."""
TIMES = 5
TIMEOUT = 15


@dataclass
class Seen:
    """How a load ended."""

    good: int = 0
    timeouts: int = 0
    seconds: float = 0
    """Seconds until everything was answered."""
    refusals: list[float] = field(default_factory=list)
    """Seconds that each refusal took."""
    codes: set[str] = field(default_factory=set)

    async def ask(self, client: Client) -> None:
        """Ask for one fit and note how it ended."""
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

    @contextmanager
    def by(self, url: str) -> Iterator[Client]:
        """Yield a client and note how long it asks."""
        client, began = Client(*address(url), FIT), time.monotonic()
        yield client
        self.seconds += time.monotonic() - began
        client.close()

    @property
    def rate(self) -> float:
        """Fits per second."""
        return self.good / self.seconds


async def ask_what_is_served(url: str, seen: Seen) -> None:
    """Ask for as many fits as can be made, repeatedly."""
    with seen.by(url) as client:
        ended = time.monotonic() + PEAK_SECONDS

        async def ask_again() -> None:
            while time.monotonic() < ended:
                await seen.ask(client)

        await asyncio.gather(*(ask_again() for _ in range(AT_ONCE)))


async def ask_too_much(url: str, rate: float, seen: Seen) -> None:
    """Ask for fits at a fixed rate, without waiting for answers."""
    with seen.by(url) as client:
        began = time.monotonic()
        async with asyncio.TaskGroup() as asked:
            for i in range(int(rate * SECONDS / TURNS)):
                await asyncio.sleep(max(0.0, began + i / rate - time.monotonic()))
                asked.create_task(seen.ask(client))


async def in_turn(url: str) -> tuple[Seen, Seen]:
    """Return how it ends when clients ask for what can be made, and for more."""
    await ask_what_is_served(url, Seen())
    best, seen = Seen(), Seen()
    for _ in range(TURNS):
        await ask_what_is_served(url, best)
        await ask_too_much(url, TIMES * best.rate, seen)
    return best, seen


def test_overload_is_refused_at_once_and_costs_no_fit(tell: Callable[[str], None]) -> None:
    with serving("--workers", "2") as server:
        best, seen = uvloop.run(in_turn(server.url))

    median, p99 = (quantiles(seen.refusals, n=100)[at] for at in (49, 98))
    tell(
        f"{TIMES} times {best.rate:.0f} fits a second asked for: {seen.rate / best.rate:.2f} of "
        f"them made, {len(seen.refusals)} refused"
    )
    tell(
        f"refusals after {1000 * median:.1f} ms (median), {1000 * p99:.1f} ms (p99); "
        f"{seen.timeouts} timeouts"
    )
    assert not best.refusals
    assert seen.codes == {"queue_full"}
    assert seen.timeouts == 0
    assert seen.rate >= 0.9 * best.rate
    assert p99 < 0.02
