"""The jobs as a client sees them: fits that outlive their request."""

import asyncio
from collections.abc import AsyncGenerator

from service.jobs.counts import Census
from service.jobs.engine import Engine
from service.jobs.job import Created, Failure, Submission
from service.jobs.log_reader import Following
from service.jobs.result import result
from service.jobs.storage.store import Store
from service.jobs.wakeups import Bell
from service.pool.frames import EventBytes
from service.pool.interface import FitPool

RESULTS = 2
"""The maximum number of results that are built at once. Each can take 100 MB of memory."""


class Jobs:
    """The store of jobs, the engine that runs them, and the readers of their events.

    Every method may raise one of StoreError. `pool` has the workers that run jobs in this process.
    In a cluster it does not exist.
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
        """Create a job, or return the one that the same key created from the same request."""
        created = await self.store.create(submission)
        await self._engine.submit(created.job.id)
        return created

    def follow(
        self, job_id: str, after: int | None, *, owner: str = ""
    ) -> AsyncGenerator[EventBytes | Failure, None]:
        """Return an iterator of the events after the step `after`, or of all events for None.

        The last item is the event `done`, or the failure if the job has no result.
        """
        return self._following.follow(job_id, after, owner=owner)

    async def result(self, job_id: str, *, owner: str = "") -> bytes | Failure:
        """Return the response that POST /fit would have sent, or the failure if the job has no
        result.
        """
        async with self._results:
            return await result(self.store, job_id, owner=owner)
