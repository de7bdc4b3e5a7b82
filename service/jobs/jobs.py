"""Fits that outlive a request, as a client sees them."""

import asyncio
from collections.abc import AsyncGenerator

from service.jobs.bell import Bell
from service.jobs.counts import Census
from service.jobs.engine import Engine
from service.jobs.job import Created, Failure, Submission
from service.jobs.log_reader import Following
from service.jobs.result import result
from service.jobs.storage.store import Store
from service.pool.frames import Told
from service.pool.interface import FitPool

RESULTS = 2
"""That are put together at once: each may take a hundred megabytes meanwhile."""


class Jobs:
    """What is stored, what runs it, and those who watch. Whatever it does may raise one of
    StoreError.

    `pool` has the workers that run jobs in this process: none in a cluster.
    """

    def __init__(
        self, store: Store, engine: Engine, bell: Bell, pool: FitPool | None = None
    ) -> None:
        self.store = store
        self.pool = pool
        self.census = Census(store.counted)
        self._engine = engine
        self._following = Following(store, bell)
        self._results = asyncio.Semaphore(RESULTS)

    async def create(self, submission: Submission) -> Created:
        """A new job, or the one that was made of the same request by the same key."""
        created = await self.store.create(submission)
        await self._engine.submit(created.job.id)
        return created

    def follow(
        self, job_id: str, after: int | None, *, owner: str = ""
    ) -> AsyncGenerator[Told | Failure, None]:
        """Every event beyond the step `after`, all for None; last `done` or why there is none."""
        return self._following.follow(job_id, after, owner=owner)

    async def result(self, job_id: str, *, owner: str = "") -> bytes | Failure:
        """The answer that POST /fit would have given, or why there is none."""
        async with self._results:
            return await result(self.store, job_id, owner=owner)
