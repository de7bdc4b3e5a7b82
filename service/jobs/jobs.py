"""The jobs as a client sees them: fits that outlive their request, and their events and results."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import nullcontext
from functools import partial
from typing import Any

from orjson import dumps, loads

from service.descent.questions.excerpt import only
from service.jobs.bell import Ring, wait
from service.jobs.engine import Engine
from service.jobs.errors import DamagedJobError, StoreError
from service.jobs.job import Counted, Created, Failure, LogPart, Submission
from service.jobs.rows import joined
from service.jobs.storage import commands, queries
from service.jobs.storage.store import Store
from service.pool.frames import EventBytes
from service.pool.interface import FitPool
from service.settings import Settings

READ_EVENTS = 32
"""The maximum number of events that a reader takes from the log at once."""
LOOK_SECONDS = 2.0
"""The time between two reads of the store if the bell does not ring, in seconds."""
LARGE_RESULTS = 1
"""The maximum number of large results that are built or read at once. One of 40 MB of JSON takes
200 MB of memory while it is built.
"""
FRESH_SECONDS = 5.0
"""The age up to which a count is reused, in seconds."""
COUNT_SECONDS = 0.5
"""The timeout of a count, in seconds."""


class Jobs:
    """The store of jobs, the engine that runs them, and the readers of their events. Every method
    may raise one of StoreError. A cluster has no `pool` of workers that run jobs in this process.
    """

    def __init__(
        self, store: Store, engine: Engine, settings: Settings, pool: FitPool | None = None
    ) -> None:
        self.store = store
        self.pool = pool
        self._engine = engine
        self._settings = settings
        self._looks: dict[tuple[str, str, int | None], tuple[Ring, asyncio.Task[LogPart]]] = {}
        self._large_results = asyncio.Semaphore(LARGE_RESULTS)
        self._counted: Counted | None = None
        self._fresh_until = 0.0

    async def create(
        self, submission: Submission, *, client: str = "", small: bool = False
    ) -> Created:
        """Create a job, or return the one that the same key created from the same request. A job is
        small if its fit is: it may run together with others. Clients take turns.
        """
        crowding = self._engine.waiting(client) >= self._settings.waiting_jobs_per_client
        created = await self.store.write(
            commands.create, submission, self._settings, crowding=crowding
        )
        await self._engine.submit(
            created.job.id, client=client, earlier=created.earlier, small=small
        )
        return created

    async def follow(
        self, job_id: str, after: int | None, *, owner: str = ""
    ) -> AsyncGenerator[EventBytes | Failure, None]:
        """Return every event after the step `after`, or all events for None, while the job runs and
        afterwards. The last item is the event `done`, or the failure if the job has no result.
        """
        ring, part = await self._look(job_id, owner, after)
        return self._follow(ring, part, job_id, owner, after)

    async def _follow(
        self, ring: Ring, part: LogPart, job_id: str, owner: str, after: int | None
    ) -> AsyncGenerator[EventBytes | Failure, None]:
        """Yield the events. If one of them is damaged, the last item is the failure that says so: a
        reader that connects again would not get further.
        """
        known = after
        try:
            while True:
                job, events, ending = part.job, deque(part.events), part.ending
                del part  # a slow reader does not keep the events that it has taken
                at_end = not events or events[-1].last == job.position
                if not events and not job.final:
                    await wait(ring, LOOK_SECONDS)
                    if (end := ring.log_end) and end.after == after:
                        for event in end.events:
                            yield event
                        return
                while events:
                    after = events[0].last
                    yield beyond(events.popleft(), known, every=job.record_every)
                    known = None  # the reader has no step of later events
                if job.final and at_end:
                    if ending is None:
                        async with self._large_results:
                            ending = await self.store.read(queries.ending, job_id, owner=owner)
                    if isinstance(ending, Failure):
                        yield ending
                    else:
                        yield EventBytes("done", job.position or 0, ending)
                    return
                ring, part = await self._look(job_id, owner, after)
        except DamagedJobError as error:
            yield Failure(error.code, str(error.__doc__))

    async def _look(self, job_id: str, owner: str, after: int | None) -> tuple[Ring, LogPart]:
        """Return a part of the log, and the ring for changes that it does not show. Readers that
        want the same part at the same time share one query.
        """
        key = job_id, owner, after
        if key not in self._looks:
            ring = self.store.bell.next_ring(job_id)
            look = asyncio.create_task(self._read(job_id, owner, after))
            look.add_done_callback(partial(self._looked, key))
            self._looks[key] = ring, look
        ring, look = self._looks[key]
        return ring, await asyncio.shield(look)

    def _looked(self, key: tuple[str, str, int | None], look: asyncio.Task[LogPart]) -> None:
        self._looks.pop(key)
        if not look.cancelled():
            look.exception()  # retrieved in case every reader has left

    async def _read(self, job_id: str, owner: str, after: int | None) -> LogPart:
        return await self.store.read(
            queries.log_part, job_id, after=after, limit=READ_EVENTS, owner=owner
        )

    async def result(
        self, job_id: str, *, owner: str = "", fields: frozenset[str] | None = None
    ) -> bytes | Failure:
        """Return the answer to the question, as a request would have had it, or only these
        top-level members of it, or the failure if the job has no result.
        """
        job = await self.store.read(queries.find, job_id, owner=owner)
        ending = (await self._read(job_id, owner, job.position)).ending  # None if it is large
        large = ending is None or job.question == "series"
        async with self._large_results if large else nullcontext():
            if ending is None:
                ending = await self.store.read(queries.ending, job_id, owner=owner)
            if isinstance(ending, Failure):
                return ending
            result = loads(ending)["result"]
            del ending  # it can have 40 MB
            if job.question == "fit" and (fields is None or "losses" in fields):
                steps = self._logged(job_id, owner, after=-1)
                losses = [loss async for block in steps for loss in block["loss"]]
                result = {"losses": losses} | result
            if job.question == "series":
                rows = self._logged(job_id, owner)
                result = joined([block async for block in rows], result)
            return dumps(only(result, fields))

    async def _logged(
        self, job_id: str, owner: str, *, after: int | None = None
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the content of each event after this step or row."""
        while events := (await self._read(job_id, owner, after)).events:
            for event in events:
                yield loads(event.body)
            after = events[-1].last

    async def counted(self) -> Counted | None:
        """Return a recent count of the jobs, or None if the database failed or took too long.
        During a new count, other callers get the previous one.
        """
        now = asyncio.get_running_loop().time()
        if now >= self._fresh_until:
            self._fresh_until = now + FRESH_SECONDS
            try:
                async with asyncio.timeout(COUNT_SECONDS):
                    self._counted = await self.store.read(queries.counted)
            except (StoreError, TimeoutError):
                self._counted = None
        return self._counted


def beyond(event: EventBytes, after: int | None, *, every: int) -> EventBytes:
    """Return an event without the steps up to `after`. A block of rows stays whole."""
    if after is None or event.type != "steps":
        return event
    columns = loads(event.body)
    if after < columns["first"]:
        return event
    known = (after - columns["first"]) // every + 1
    columns["first"] = min(columns["first"] + known * every, event.last)
    rest = {name: _rest(column, known) for name, column in columns.items()}
    return EventBytes(event.type, event.last, dumps(rest))


def _rest(column: object, known: int) -> object:
    """Return a column, or a column for each coefficient, without its first entries."""
    if isinstance(column, list):
        return column[known:]
    if isinstance(column, dict):
        return {name: values[known:] for name, values in column.items()}
    return column
