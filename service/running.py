"""The workers and the jobs, put together for a process that serves and for a worker machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from math import inf
from pathlib import Path
from tempfile import gettempdir

from service.background import in_background
from service.jobs.engine import Engine, LocalEngine, recover
from service.jobs.jobs import Jobs
from service.jobs.runner import Execution
from service.jobs.storage.store import Store, opened
from service.pool.interface import Count, FitPool
from service.pool.pool import Pool, PoolLimits
from service.pool.scheduling import JOB_NICENESS
from service.settings import Settings
from service.signals import ending_signals

LIFE = Path(gettempdir()) / "coaster-worker"
"""The health-check file of a worker machine, fresh while workers are warm and the store answers."""
LIFE_SECONDS = 3
SPARE = 1
"""The number of further workers for the long fits of a second client, and of slots and workers for
its large jobs.
"""
RESERVED = 1
"""The number of workers of each pool that compute only short fits, and of slots for small jobs."""
WALL_CLOCK_TIMES = 3
"""The wall-clock limit of a fit, compared with its maximum predicted cost: on a single core, a fit
shares it with a spare worker and a reserved one.
"""


def fit_limits(settings: Settings) -> PoolLimits:
    """Return the limits of the pool of workers that answer requests."""
    return PoolLimits(
        workers=settings.workers,
        waiting=settings.waiting,
        wait_seconds=settings.max_wait_seconds,
        worker_bytes=settings.max_worker_bytes,
        wall_clock_seconds=WALL_CLOCK_TIMES * settings.max_fit_seconds,
        spare=SPARE,
        reserved=RESERVED,
    )


def job_limits(settings: Settings) -> PoolLimits:
    """Return the limits of the pool of workers that run jobs. The engine bounds the clients."""
    return replace(
        fit_limits(settings),
        workers=settings.job_workers,
        spare=0,
        waiting=settings.job_workers,  # each job is given to a worker that will be idle soon
        wall_clock_seconds=inf,
        cpu_seconds=2 * settings.max_job_seconds,
        niceness=JOB_NICENESS,
    )


@asynccontextmanager
async def opened_jobs(settings: Settings, count: Count) -> AsyncIterator[Jobs]:
    """Open the jobs, which run on workers of this process or, in a cluster, on every machine with
    `python -m service worker`. Raises StoreUnopenedError.
    """
    async with opened(settings.database_url) as store:
        if settings.in_a_cluster:
            async with _cluster(store, settings) as engine:
                yield Jobs(store, engine, settings)
        else:
            limits = replace(job_limits(settings), workers=settings.job_workers + SPARE)
            pool = Pool(limits, count)
            async with pool, jobs_in(store, settings, pool) as jobs:
                yield jobs


@asynccontextmanager
async def jobs_in(store: Store, settings: Settings, pool: FitPool) -> AsyncIterator[Jobs]:
    """Open the jobs of an open store, which this pool runs."""
    engine = LocalEngine()
    async with in_background(
        engine.work(Execution(store, pool).run, settings.job_workers, RESERVED, SPARE),
        recover(store, engine, settings),
    ):
        yield Jobs(store, engine, settings, pool)


async def run_jobs(settings: Settings) -> None:
    """Run the jobs of a cluster, until a signal stops the process. Then running jobs are released
    for other machines. Raises StoreUnopenedError.
    """
    working = asyncio.current_task()
    assert working is not None
    for each in ending_signals():
        asyncio.get_running_loop().add_signal_handler(each, working.cancel)
    with suppress(asyncio.CancelledError):
        async with (
            opened(settings.database_url) as store,
            Pool(job_limits(settings)) as pool,
            _cluster(store, settings) as engine,
            in_background(_show_life(pool, store)),
        ):
            await engine.work(Execution(store, pool).run, settings.job_workers, RESERVED)


@asynccontextmanager
async def _cluster(store: Store, settings: Settings) -> AsyncIterator[Engine]:
    """Open the engine of a cluster, and recover its forgotten jobs."""
    # Only a cluster needs Procrastinate, which takes half a second to import.
    from service.jobs.cluster import cluster_engine  # noqa: PLC0415

    async with (
        cluster_engine(settings.database_url) as engine,
        in_background(recover(store, engine, settings)),
    ):
        yield engine


async def _show_life(pool: Pool, store: Store) -> None:
    """Keep the file LIFE fresh, and remove it at the end."""
    try:
        while True:
            if pool.ready and await store.reachable():
                LIFE.touch()
            await asyncio.sleep(LIFE_SECONDS)
    finally:
        LIFE.unlink(missing_ok=True)
