"""The answering of claimed jobs, whose logs are continued to their ends."""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from service.descent.questions.fit import FitSpec, StreamSpec
from service.descent.questions.series import SeriesQuestion, SeriesSpec, SeriesStream
from service.descent.questions.setting import converted
from service.descent.questions.sweep import SweepSpec
from service.descent.questions.table import File
from service.jobs.bell import wait
from service.jobs.claim import Claim, Part
from service.jobs.engine import RunJob
from service.jobs.errors import LostClaimError, NotFinishedError, UnknownJobError
from service.jobs.files import StoredFile
from service.jobs.job import Failure
from service.jobs.kinds import JobQuestion
from service.jobs.parts import PartFailedError, points_in, split, summed
from service.jobs.reading import counted, merged, question_of_file, reduced
from service.jobs.storage import claims, queries, space, splitting
from service.jobs.storage.queries import BEFORE_LOG
from service.jobs.storage.schema import PARTS_OWNER
from service.jobs.storage.store import Store, insistently
from service.pool.frames import EventBytes
from service.pool.interface import FitPool, Streamed

PAUSE_SECONDS = 1.0
"""The time between two looks at a part that another process runs, in seconds."""
BEFORE_FIT = -2
"""The number of the event of the last part of a file: the log of a fit begins with -1."""
Adopt = Callable[[Part, bytes], Awaitable[None]]
"""A function that adopts a part that has ended, which has this last event, into its job."""


@dataclass(frozen=True)
class Answering:
    """The answering of a claimed job. `run` runs a part of it, if no other process does."""

    store: Store
    pool: FitPool
    claim: Claim
    run: RunJob

    async def finish(self) -> None:
        """Continue the log to its end.

        Raises PoolError, PartFailedError, DamagedJobError or LostClaimError.
        """
        file, rows = self.claim.file, self.claim.rows
        if self.claim.question == "series":
            await self._answer_series(file)
        elif file and rows is not None:
            factor = await reduced(self.store, self.pool, self.claim, file, rows)
            await self._end(None, factor)
        else:
            await self._answer_one(file)

    async def _answer_one(self, file: StoredFile | None) -> None:
        """Log the steps of a fit, or end the job with the answer to a sweep, which has no log."""
        position = self.claim.position
        question: JobQuestion | SeriesQuestion
        if file is None:
            question = self.claim.spec()
        elif file.in_parts:
            pieces = [range(part.first, part.stop) for part in file.parts]
            endings = await self._run_parts(pieces, self._adopt_factor)
            question = await merged(self.pool, self.claim, file, endings)
            position = max(BEFORE_FIT, BEFORE_FIT if position is None else position)
        else:
            question = await question_of_file(self.store, self.claim, file)
        if isinstance(question, SweepSpec):
            seconds = file.max_seconds if file else question.seconds
            await self._end(position, await self.pool.answer(question, seconds))
            return
        assert isinstance(question, FitSpec)
        stream = _streamed(question, position, None)
        await self._log(stream, position, file.max_seconds if file else stream.seconds)

    async def _answer_series(self, file: StoredFile | None) -> None:
        """Log the rows of series: in parts if they take long, or those of a part."""
        question = await self._series(file)
        if self.claim.rows is None:
            rows = await self._rows_of_parts(question, file)
            if len(rows) > 1:
                del question  # each part reads the points again
                endings = await self._run_parts(rows, self._adopt_rows)
                finish = partial(self.store.change, claims.finish, self.claim, summed(endings))
                await insistently(finish)
                return
        stream = _streamed(question, self.claim.position, self.claim.rows)
        await self._log(stream, self.claim.position, stream.seconds)

    async def _series(self, file: StoredFile | None) -> SeriesQuestion:
        """Return the question about series."""
        if file is None:
            spec = self.claim.spec()
            assert isinstance(spec, SeriesSpec)
            return spec.question()
        question = await question_of_file(self.store, self.claim, file)
        assert isinstance(question, SeriesQuestion)
        return question

    async def _rows_of_parts(
        self, question: SeriesQuestion, file: StoredFile | None
    ) -> Sequence[range]:
        """Return the rows of the parts of series. Those of a file are counted before."""
        if not isinstance(question.points, File):
            return split(len(question.points), question.seconds, file)
        count, seconds = await counted(self.pool, question)
        assert file
        needed = file.size + space.for_numbers(count * question.choices.numbers_of_each)
        store_count = partial(
            self.store.change, splitting.count, self.claim, series=count, needed=needed
        )
        await insistently(store_count)
        return split(count, seconds, file)

    async def _log(self, stream: Streamed, position: int | None, seconds: float) -> None:
        """Log the events of a stream, which is predicted to take these CPU seconds, after this
        position.
        """
        async with aclosing(self.pool.batches(stream, seconds)) as batches:
            async for batch in batches:
                await insistently(partial(self._keep, position, batch))
                position = batch[-1].last

    async def _end(self, position: int | None, answer: bytes) -> None:
        """End the job with this answer, after this position."""
        await insistently(partial(self._keep, position, [EventBytes.done(0, answer)]))

    async def _run_parts(self, rows: Sequence[range], adopt: Adopt) -> Sequence[bytes]:
        """Run the parts of the job that no other machine runs, and collect the parts of all
        machines in order. Return their last events. Raises PartFailedError.
        """
        split_once = partial(self.store.change_silently, splitting.split, self.claim, rows)
        parts = await insistently(split_once)
        position = BEFORE_LOG if self.claim.position is None else self.claim.position
        waiting = deque(part for part in parts if part.last > position)
        for part in [*waiting]:
            await self.run(part.id)
            await self._adopt_ended(waiting, adopt)
        while waiting:
            ring = self.store.bell.next_ring(waiting[0].id)
            await self.run(waiting[0].id)  # its machine may be lost
            await self._adopt_ended(waiting, adopt)
            if waiting:
                await wait(ring, PAUSE_SECONDS)
        return [ending for part in parts if (ending := await self._ending(part))]

    async def _adopt_ended(self, waiting: deque[Part], adopt: Adopt) -> None:
        """Adopt the first parts that have ended into their job."""
        while waiting and (ending := await self._ending(waiting[0])):
            await adopt(waiting[0], ending)
            waiting.popleft()

    async def _adopt_rows(self, part: Part, _ending: bytes) -> None:
        """Move the log of a part of series into that of their job."""
        await insistently(partial(self.store.change, splitting.adopt, self.claim, part))

    async def _adopt_factor(self, part: Part, ending: bytes) -> None:
        """Log that a part of a file was read."""
        log_reading = splitting.log_reading
        points = points_in(ending)
        await insistently(partial(self.store.change, log_reading, self.claim, part, points=points))

    async def _ending(self, part: Part) -> bytes | None:
        """Return the last event of a part, or None if it has not ended. Raises PartFailedError, or
        LostClaimError if the job was cancelled, and its parts with it.
        """
        read = partial(self.store.read, queries.ending, part.id, owner=PARTS_OWNER)
        try:
            ending = await insistently(read)
        except NotFinishedError:
            return None
        except UnknownJobError:
            raise LostClaimError from None
        if isinstance(ending, Failure):
            raise PartFailedError(ending)
        return ending

    async def _keep(self, position: int | None, batch: Sequence[EventBytes]) -> None:
        """Store the next events in one transaction. If `done` is the last one, the job ends."""
        if batch[-1].type != "done":
            await self.store.change(claims.append, self.claim, after=position, events=batch)
            return
        *events, done = batch
        await self.store.change(claims.finish, self.claim, done.body, after=position, events=events)


def _streamed(
    question: FitSpec | SeriesQuestion, position: int | None, rows: range | None
) -> Streamed:
    """Return the stream of what comes after this position of the log."""
    if isinstance(question, FitSpec):
        begun = position is not None and position >= -1
        return converted(question, StreamSpec, after=position if begun else None)
    return SeriesStream(
        choices=question.choices,
        points=question.points,
        max_seconds=question.max_seconds,
        after=position,
        rows=rows,
    )
