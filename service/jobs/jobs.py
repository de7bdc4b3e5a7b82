"""The jobs as a client sees them: fits that outlive their request."""

import asyncio

from orjson import dumps, loads

from service.jobs.counts import JobCounts
from service.jobs.engine import Engine
from service.jobs.job import Created, Failure, Submission
from service.jobs.log_reader import LogReader
from service.jobs.storage.store import Store
from service.jobs.wakeups import Bell
from service.pool.interface import FitPool

RESULTS = 2
"""The maximum number of results that are built at once. Each can take 100 MB of memory."""
RESULT_ROWS = 16
"""The number of events that are read from the log at once for a result. Other requests are served
in between.
"""


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
        self.counts = JobCounts(store.counted)
        self.follow = LogReader(store, bell).follow
        self._engine = engine
        self._results = asyncio.Semaphore(RESULTS)

    async def create(self, submission: Submission) -> Created:
        """Create a job, or return the one that the same key created from the same request."""
        created = await self.store.create(submission)
        await self._engine.submit(created.job.id)
        return created

    async def result(self, job_id: str, *, owner: str = "") -> bytes | Failure:
        """Return the response that POST /fit would have sent, or the failure if the job has no
        result.
        """
        async with self._results:
            ending = await self.store.ending(job_id, owner=owner)
            if isinstance(ending, Failure):
                return ending
            losses = await self._losses(job_id, owner)
            return dumps({"losses": losses} | loads(ending)["result"])

    async def _losses(self, job_id: str, owner: str) -> list[float]:
        """Return the losses of the whole log."""
        losses: list[float] = []
        after = -1
        while rows := (
            await self.store.read(job_id, after=after, limit=RESULT_ROWS, owner=owner)
        ).rows:
            losses += [loss for row in rows for loss in loads(row.body)["loss"]]
            after = rows[-1].last
        return losses
