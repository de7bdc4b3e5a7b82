"""The jobs, put together: their store, and what runs them on this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.api.job_codec import spec_of
from service.jobs.engine import LocalEngine
from service.jobs.jobs import Jobs
from service.jobs.recovery import sweeping
from service.jobs.runner import Execution
from service.jobs.storage.connect import opened
from service.jobs.storage.database import Database
from service.jobs.storage.store import Store, StoreLimits
from service.jobs.wakeups import Bell
from service.pool.interface import Count, FitPool, uncounted
from service.pool.pool import Pool, PoolLimits
from service.pool.scheduling import JOB_NICENESS
from service.settings import Settings


@asynccontextmanager
async def jobs_on_this_machine(settings: Settings, count: Count) -> AsyncIterator[Jobs]:
    """Open the jobs, which run on workers of this process.

    Raises StoreUnopenedError.
    """
    bell = Bell()
    async with (
        opened(settings.database_url, bell) as database,
        job_pool(settings, count) as pool,
        jobs_in(database, settings, bell, pool) as jobs,
    ):
        yield jobs


@asynccontextmanager
async def jobs_in(
    database: Database, settings: Settings, bell: Bell, pool: FitPool
) -> AsyncIterator[Jobs]:
    """Open the jobs of an open database, which this pool runs."""
    kept = Store(database, store_limits(settings), bell)
    async with (
        LocalEngine(Execution(kept, pool, bell, spec_of).run, settings.job_workers) as engine,
        sweeping(kept, engine),
    ):
        yield Jobs(kept, engine, bell, pool)


def store_limits(settings: Settings) -> StoreLimits:
    """Return the limits of the store."""
    return StoreLimits(
        waiting=settings.max_waiting_jobs,
        per_owner=settings.max_jobs_per_key,
        kept=settings.max_kept_jobs,
        kept_seconds=settings.job_kept_seconds,
    )


def job_pool(settings: Settings, count: Count = uncounted) -> Pool:
    """Return the pool of workers that run jobs. Each job is given to one that is idle or soon will
    be.
    """
    limits = PoolLimits(
        workers=settings.job_workers,
        waiting=settings.job_workers,
        wait_seconds=settings.max_wait_seconds,
        worker_bytes=settings.max_worker_bytes,
        wall_clock_seconds=2 * settings.max_job_seconds,
        niceness=JOB_NICENESS,
    )
    return Pool(limits, count)
