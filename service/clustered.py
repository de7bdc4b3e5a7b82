"""The jobs of a cluster, put together for a replica of the API and for a machine that runs jobs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import gettempdir

from service.api.job_codec import spec_of
from service.jobs.background import in_background
from service.jobs.cluster import ClusterEngine
from service.jobs.jobs import Jobs
from service.jobs.recovery import sweeping
from service.jobs.runner import Execution
from service.jobs.storage.connect import opened
from service.jobs.storage.store import Store
from service.jobs.wakeups import Bell
from service.pool.pool import Pool
from service.running import job_pool, store_limits
from service.settings import Settings

LIFE = Path(gettempdir()) / "coaster-worker"
"""The health-check file of a worker machine.

It is fresh while the workers are warm and the database answers.
"""
LIFE_SECONDS = 3


@asynccontextmanager
async def jobs_on_a_cluster(settings: Settings) -> AsyncIterator[Jobs]:
    """Open the jobs, which run on every machine with `python -m service worker`.

    Raises StoreUnopenedError.
    """
    bell = Bell()
    async with (
        opened_store(settings, bell) as kept,
        ClusterEngine(settings.database_url) as engine,
        sweeping(kept, engine),
    ):
        yield Jobs(kept, engine, bell)


async def work_in_a_cluster(settings: Settings) -> None:
    """Run the jobs of a cluster on this machine, until it is cancelled.

    Raises StoreUnopenedError.
    """
    bell = Bell()
    async with (
        opened_store(settings, bell) as kept,
        job_pool(settings) as pool,
        ClusterEngine(settings.database_url) as engine,
        sweeping(kept, engine),
        showing_life(pool, kept),
    ):
        await engine.work(Execution(kept, pool, bell, spec_of).run, settings.job_workers)


@asynccontextmanager
async def opened_store(settings: Settings, bell: Bell) -> AsyncIterator[Store]:
    """Open the store that every machine of the cluster shares.

    Raises StoreUnopenedError.
    """
    async with opened(settings.database_url, bell) as database:
        yield Store(database, store_limits(settings), bell)


@asynccontextmanager
async def showing_life(pool: Pool, kept: Store) -> AsyncIterator[None]:
    """Keep the file LIFE fresh while the workers are warm and the database answers.

    The file is removed at the end.
    """
    try:
        async with in_background(_show_life(pool, kept)):
            yield
    finally:
        LIFE.unlink(missing_ok=True)


async def _show_life(pool: Pool, kept: Store) -> None:
    while True:
        if pool.ready and await kept.reachable():
            LIFE.touch()
        await asyncio.sleep(LIFE_SECONDS)
