"""The jobs as a client sees them: fits that outlive their request, and their events and results."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from io import BytesIO

from orjson import dumps, loads

from service.descent.answers.stored import built, in_answer, needs_log
from service.descent.questions.asked import StoredAnswer
from service.jobs.bell import Ring, wait
from service.jobs.engine import Engine
from service.jobs.errors import DamagedJobError, StoreError
from service.jobs.job import Counted, Created, Failure, LogPart
from service.jobs.kinds import QuestionKind
from service.jobs.storage import commands, queries
from service.jobs.storage.store import Store
from service.jobs.submission import Submission
from service.pool.frames import PART_BYTES, EventBytes
from service.pool.interface import FitPool
from service.settings import Settings

READ_EVENTS = 32
"""The maximum number of events that a reader takes from the log at once."""
LOOK_SECONDS = 2.0
"""The time between two reads of the store if the bell does not ring, in seconds."""
LARGE_RESULTS = 1
"""The maximum number of large results that are read or built at once. While a worker builds one,
its events and its answer are both in memory.
"""
LARGE_BYTES = 1024 * 1024
"""The size in bytes above which a result is large. To build a smaller one takes at most 10 ms."""
MakeRoom = Callable[[int], Awaitable[None]]
"""A function that waits until there is room for a number of bytes. It may raise an error."""
Build = Callable[[StoredAnswer], Awaitable[list[bytes]]]
"""A function that builds a large answer, and returns it in pieces. It may raise an error."""
FRESH_SECONDS = 5.0
"""The age up to which a count is reused, in seconds."""
COUNT_SECONDS = 0.5
"""The timeout of a count, in seconds."""


async def unlimited(_size: int) -> None:
    """Return, because the bytes of this reader are not counted."""


async def build_here(stored: StoredAnswer) -> list[bytes]:
    """Build an answer in this process. A large one would keep its event loop from others."""
    return [built(stored)]


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
        self,
        submission: Submission,
        *,
        client: str = "",
        small: bool = False,
        upload: str | None = None,
    ) -> Created:
        """Create a job, or return the one that the same key created from the same request. A job is
        small if its fit is: it may run together with others. Clients take turns. `upload` is the ID
        under which the file of the job has arrived.
        """
        crowding = self._crowds(client)
        created = await self.store.write(
            commands.create, submission, self._settings, crowding=crowding, upload=upload
        )
        await self._engine.submit(
            created.job.id, client=client, earlier=created.earlier, small=small
        )
        return created

    async def check(self, key: str | None, *, owner: str, client: str, size: int) -> None:
        """Check that a client could create a job of this size in bytes now, before its file
        arrives.
        """
        crowding = self._crowds(client)
        await self.store.read(
            commands.check, self._settings, key=key, owner=owner, size=size, crowding=crowding
        )

    def _crowds(self, client: str) -> bool:
        """Return whether a client has as many waiting jobs as one client may have."""
        return self._engine.waiting(client) >= self._settings.waiting_jobs_per_client

    async def replayed(self, key: str, digest: str, *, owner: str = "") -> Created | None:
        """Return the job that the same key created from the same request, or None."""
        return await self.store.read(commands.replayed, key, digest=digest, owner=owner)

    async def follow(
        self, job_id: str, after: int | None, make_room: MakeRoom = unlimited, *, owner: str = ""
    ) -> AsyncGenerator[EventBytes | Failure, None]:
        """Return every event after the step `after`, or all events for None, while the job runs and
        afterwards. The last item is the event `done`, or the failure if the job has no result.
        There is room for a large last event before it is read.
        """
        ring, part = await self._look(job_id, owner, after)
        return self._follow(ring, part, job_id, owner, after, make_room)

    async def _follow(
        self,
        ring: Ring,
        part: LogPart,
        job_id: str,
        owner: str,
        after: int | None,
        make_room: MakeRoom,
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
                        ended = await self.store.read(queries.ended, job_id, owner=owner)
                        assert not isinstance(ended, Failure)  # a failure is small
                        await make_room(ended.ending_bytes)
                        async with self._large_results:
                            ending = await self._ending(job_id, owner)
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
        self,
        job_id: str,
        make_room: MakeRoom = unlimited,
        build: Build = build_here,
        *,
        owner: str = "",
        fields: frozenset[str] | None = None,
    ) -> list[bytes] | Failure:
        """Return the answer to the question, as a request would have had it, or only these
        top-level members of it, in pieces, or the failure if the job has no result.

        There is room for the answer before it is read. Large answers are built one by one.
        """
        ended = await self.store.read(queries.ended, job_id, owner=owner)
        if isinstance(ended, Failure):
            return ended
        size = ended.ending_bytes + ended.log_bytes
        await make_room(size)
        if size <= LARGE_BYTES:
            return await build_here(await self._stored(job_id, ended.question, owner, fields))
        async with self._large_results:
            return await build(await self._stored(job_id, ended.question, owner, fields))

    async def _stored(
        self, job_id: str, kind: QuestionKind, owner: str, fields: frozenset[str] | None
    ) -> StoredAnswer:
        ending = await self._ending(job_id, owner)
        log = []
        if needs_log(kind, fields):
            log = [in_answer(kind, event.body) async for event in self._logged(job_id, owner)]
        return StoredAnswer(kind, log, in_parts(ending), fields)

    async def _ending(self, job_id: str, owner: str) -> bytes:
        """Return the last event of a job that has succeeded. It is read in pieces, each in a
        transaction of its own, as it may have 50 MB.
        """
        piece, digest = await self.store.read(queries.first_piece, job_id, owner=owner)
        body, number = BytesIO(), 0
        body.write(piece)
        while len(piece) == queries.PIECE_BYTES:
            number += 1
            piece = await self.store.read(queries.piece, job_id, number=number, owner=owner)
            body.write(piece)
        return await asyncio.to_thread(queries.checked, job_id, body.getvalue(), digest)

    async def _logged(self, job_id: str, owner: str) -> AsyncGenerator[EventBytes, None]:
        """Yield the events of a log."""
        after = None
        while events := (await self._read(job_id, owner, after)).events:
            for event in events:
                yield event
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


def in_parts(ending: bytes) -> list[memoryview]:
    """Return a last event in parts, of which the connection to a worker copies one at most."""
    view = memoryview(ending)
    return [view[at : at + PART_BYTES] for at in range(0, len(view), PART_BYTES)]


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
