"""The jobs as a client sees them: fits that outlive their request."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from orjson import dumps, loads

from service.jobs.engine import Engine
from service.jobs.errors import StoreError
from service.jobs.job import Counted, Created, Failure, Submission
from service.jobs.log_reader import LogReader
from service.jobs.storage import commands, queries
from service.jobs.storage.store import Store
from service.pool.interface import FitPool
from service.settings import Settings

RESULTS = 2
"""The maximum number of results that are built at once. Each can take 100 MB of memory."""
RESULT_EVENTS = 16
"""The number of events that a result reads from the log at once, between other requests."""
FRESH_SECONDS = 5.0
"""The age up to which a count is reused, in seconds."""
COUNT_SECONDS = 0.5
"""The timeout of a count, in seconds."""


class JobCounts:
    """A cache of the number of jobs, so that frequent callers do not load the database.

    During a new count, other callers get the previous one.
    """

    def __init__(self, count: Callable[[], Awaitable[Counted]]) -> None:
        self._count = count
        self._latest: Counted | None = None
        self._until = 0.0

    async def latest(self) -> Counted | None:
        """Return the latest count, or None if the database failed or took too long."""
        now = asyncio.get_running_loop().time()
        if now >= self._until:
            self._until = now + FRESH_SECONDS
            try:
                async with asyncio.timeout(COUNT_SECONDS):
                    self._latest = await self._count()
            except (StoreError, TimeoutError):
                self._latest = None
        return self._latest


class Jobs:
    """The store of jobs, the engine that runs them, and the readers of their events.

    Every method may raise one of StoreError. `pool` has the workers that run jobs in this process.
    In a cluster it does not exist.
    """

    def __init__(
        self, store: Store, engine: Engine, settings: Settings, pool: FitPool | None = None
    ) -> None:
        self.store = store
        self.pool = pool
        self.counts = JobCounts(partial(store.read, queries.counted))
        self.follow = LogReader(store).follow
        self._engine = engine
        self._settings = settings
        self._results = asyncio.Semaphore(RESULTS)

    async def create(self, submission: Submission) -> Created:
        """Create a job, or return the one that the same key created from the same request."""
        created = await self.store.write(commands.create, submission, self._settings)
        await self._engine.submit(created.job.id)
        return created

    async def result(self, job_id: str, *, owner: str = "") -> bytes | Failure:
        """Return the response that POST /fit would have sent, or the failure if the job has no
        result.
        """
        async with self._results:
            ending = await self.store.read(queries.ending, job_id, owner=owner)
            if isinstance(ending, Failure):
                return ending
            losses = await self._losses(job_id, owner)
            return dumps({"losses": losses} | loads(ending)["result"])

    async def _losses(self, job_id: str, owner: str) -> list[float]:
        """Return the losses of the whole log."""
        losses: list[float] = []
        after = -1
        while True:
            part = await self.store.read(
                queries.log_part, job_id, after=after, limit=RESULT_EVENTS, owner=owner
            )
            if not part.events:
                return losses
            losses += [loss for event in part.events for loss in loads(event.body)["loss"]]
            after = part.events[-1].last
