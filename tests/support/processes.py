"""A warm pool of real workers for a test, fits to give it, and what there is to see of it."""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from multiprocessing import active_children
from pathlib import Path

from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Synthetic
from service.pool.interface import FitPool
from service.pool.pool import Pool, PoolLimits
from tests.support.server import PATIENCE_SECONDS

QUICK = FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=10)
SLOW = FitSpec(
    synthetic=Synthetic(), seed=42, lr=1e-5, steps=1_000_000, record_every=1_000_000, solver="loop"
)
SECOND = FitSpec(
    synthetic=Synthetic(), seed=42, lr=1e-5, steps=10_000, record_every=10_000, solver="loop"
)
SMALL, LARGE = 0.0006, 5.0
"""Predicted CPU seconds of a fit that travels with others, and of one that travels alone."""


def with_pool(test: Callable[[Pool], Awaitable[None]], **given: float) -> None:
    """Run a test with a warm pool, and end what it leaves.

    Fits may wait and run for as long as the test may take, unless it says otherwise.
    """

    async def run() -> None:
        usual = {
            "workers": 1,
            "waiting": 4,
            "wait_seconds": PATIENCE_SECONDS,
            "wall_clock_seconds": PATIENCE_SECONDS,
        }
        limits = PoolLimits(**usual | given)  # type: ignore[arg-type]  # whole numbers stay whole
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            async with Pool(limits) as pool:
                await until(lambda: pool.ready)
                await test(pool)
            await until(lambda: not pids())

    asyncio.run(run())


async def until(holds: Callable[[], bool]) -> None:
    """Wait until a condition holds; fail after a time that only guards against waiting for ever."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


def pids() -> list[int]:
    """Return the ids of the workers that this process has."""
    return sorted(child.pid for child in active_children() if child.pid is not None)


def send_workers(signal: int) -> None:
    """Send a signal to the workers. One of an earlier service may end at the same moment."""
    for pid in pids():
        with suppress(ProcessLookupError):
            os.kill(pid, signal)


def asleep(pid: int) -> bool:
    """Return whether a process waits for something other than a processor."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


def parent_of(pid: int) -> int:
    """Return the id of the process that started another one."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def data_bytes(pid: int) -> tuple[int, int]:
    """Return how much memory a process may have: its own limit, and the most it may set."""
    limits = Path(f"/proc/{pid}/limits").read_text()
    found = re.search(r"^Max data size +(\d+) +(\d+) +bytes", limits, re.MULTILINE)
    assert found
    return int(found[1]), int(found[2])


async def busy(pool: FitPool, workers: int) -> None:
    """Wait until this many workers of a pool are at work."""
    await until(lambda: pool.load.busy == workers)


async def begun(pool: Pool, spec: FitSpec, cost: float) -> asyncio.Task[bytes]:
    """A fit that a worker is at."""
    fit = asyncio.create_task(pool.answer(spec, cost))
    await busy(pool, 1)
    return fit
