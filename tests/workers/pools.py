"""A warm pool for a test, fits to give it, and what there is to see of it."""

import asyncio
import os
from collections.abc import Awaitable, Callable

from service.descent.parts import Synthetic
from service.descent.spec import FitSpec
from service.workers.pool import Pool, PoolLimits

QUICK = FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=10)
SLOW = FitSpec(
    synthetic=Synthetic(), seed=42, lr=1e-5, steps=1_000_000, record_every=1_000_000, solver="loop"
)
SECOND = FitSpec(
    synthetic=Synthetic(), seed=42, lr=1e-5, steps=10_000, record_every=10_000, solver="loop"
)
SMALL, LARGE = 0.0006, 5.0


def with_pool(test: Callable[[Pool], Awaitable[None]], **given: float) -> None:
    """Runs a test with a warm pool; what it leaves is ended."""

    async def run() -> None:
        usual = {"workers": 1, "waiting": 4, "wait_seconds": 5.0, "wall_clock_seconds": 30.0}
        limits = PoolLimits(**usual | given)  # type: ignore[arg-type]
        async with asyncio.timeout(60), Pool(limits) as pool:
            await until(lambda: pool.ready)
            await test(pool)

    asyncio.run(run())


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.01)


def pids(pool: Pool) -> list[int]:
    return [worker._process.pid for worker in pool._workers if worker._process.pid]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def busy(pool: Pool, fits: int) -> None:
    await until(lambda: sum(bool(worker.fits) for worker in pool._workers) == fits)


async def begun(pool: Pool, spec: FitSpec, cost: float) -> asyncio.Task[bytes]:
    """A fit that a worker is at."""
    fit = asyncio.create_task(pool.answer(spec, cost))
    await busy(pool, 1)
    return fit
