"""The execution of jobs on the workers of this process."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from functools import partial
from math import inf
from uuid import uuid4

from service.descent.questions.fit import FitSpec, StreamSpec
from service.descent.questions.series import SeriesSpec, SeriesStream
from service.descent.questions.setting import converted
from service.descent.questions.sweep import SweepSpec
from service.jobs.bell import wait
from service.jobs.claim import Claim, Part
from service.jobs.errors import (
    DamagedJobError,
    LostClaimError,
    NotFinishedError,
    StoreError,
    StoreUnavailableError,
    UnknownJobError,
)
from service.jobs.job import Failure
from service.jobs.parts import PartFailedError, points_in, split, summed
from service.jobs.reading import merged, question_of_file, reduced
from service.jobs.storage import claims, queries, splitting
from service.jobs.storage.queries import BEFORE_LOG
from service.jobs.storage.schema import PARTS_OWNER
from service.jobs.storage.store import RETRY_SECONDS, Store, insistently
from service.pool.frames import EventBytes
from service.pool.interface import (
    FailedError,
    FitPool,
    FitTimeoutError,
    InvalidError,
    PoolError,
    RejectedError,
    Streamed,
    WorkerLostError,
    WorkerStoppedError,
)

log = logging.getLogger(__name__)

TOUCH_SECONDS = 1.0
"""The time between two renewals of a lease, in seconds: several times shorter than a lease."""
HEARD_SECONDS = 0.03
"""The delay between a ring and the renewal of the lease, in seconds, because most rings are for
events of this process, and several come together. A cancellation takes effect after this time.
"""
FINAL = (WorkerLostError, FitTimeoutError, RejectedError, InvalidError, FailedError)
"""The errors that end a job. Other errors of the pool release the job."""
BEFORE_FIT = -2
"""The number of the event of the last part of a file: the log of a fit begins with -1."""
Adopt = Callable[[Claim, Part, bytes], Awaitable[None]]
"""A function that adopts a part that has ended, which has this last event, into its job."""


class Execution:
    """The execution of claimed jobs.

    Nothing is lost if it ends early: the process that claims the job next continues it.
    """

    def __init__(self, store: Store, pool: FitPool) -> None:
        self._store = store
        self._pool = pool

    async def run(self, job_id: str) -> None:
        """Run a job, if it can be claimed, and release it when this process ends. This can be
        called any number of times and on any machine.
        """
        while (kind := self._pool.kind) is None:
            await asyncio.sleep(RETRY_SECONDS)
        token = uuid4().hex
        try:
            claim = await insistently(
                lambda: self._store.change_silently(
                    claims.claim_job, job_id, token=token, kind=kind
                )
            )
        except asyncio.CancelledError:
            with suppress(StoreError):  # the claim may be made, although its caller has left
                await self._store.change(claims.abandon, job_id, token=token)
            raise
        if claim is None:
            return
        try:
            await self._while_held(claim)
        except asyncio.CancelledError:
            with suppress(StoreError):
                await self._store.change(claims.release, claim)
            raise

    async def _while_held(self, claim: Claim) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(self._watch(claim))
                await self._answer(claim)
                watch.cancel()
        except* LostClaimError:
            log.info("job_left", extra={"fields": {"job_id": claim.job}})
        if (task := asyncio.current_task()) and task.cancelling():
            # after a child has failed, a task group does not raise the cancellation of its own task
            raise asyncio.CancelledError

    async def _watch(self, claim: Claim) -> None:
        """Keep the claim alive, and notice a cancellation. Raises LostClaimError."""
        ring, pause = self._store.bell.next_ring(claim.job), TOUCH_SECONDS
        while True:
            await wait(ring, pause)
            await asyncio.sleep(HEARD_SECONDS)
            ring, pause = self._store.bell.next_ring(claim.job), RETRY_SECONDS
            with suppress(StoreUnavailableError):
                await self._store.change_silently(claims.touch, claim)
                pause = TOUCH_SECONDS

    async def _answer(self, claim: Claim) -> None:
        """Answer the question, and store how the job ends. Raises LostClaimError."""
        try:
            await self._write(claim)
            log.debug("job_ended", extra={"fields": {"job_id": claim.job, "status": "succeeded"}})
        except FINAL as error:
            await self._fail(claim, _failure(error))
        except PartFailedError as error:
            await self._fail(claim, error.failure)
        except DamagedJobError:
            await self._fail(claim, claims.DAMAGED)
        except WorkerStoppedError:
            await insistently(lambda: self._store.change(claims.give_back, claim))
        except PoolError:
            await insistently(lambda: self._store.change(claims.release, claim))
        except StoreError:
            raise
        except Exception:
            log.exception("job_failed", extra={"fields": {"job_id": claim.job}})
            await self._fail(claim, _failure(FailedError()))

    async def _fail(self, claim: Claim, failure: Failure) -> None:
        await insistently(lambda: self._store.change(claims.fail, claim, failure))
        ended = {"job_id": claim.job, "status": "failed", "code": failure.code}
        log.info("job_ended", extra={"fields": ended})

    async def _write(self, claim: Claim) -> None:
        """Continue the log to its end. That of a sweep is empty, as its answer comes at once."""
        file, position = claim.file, claim.position
        if file is None:
            question = claim.spec()
        elif claim.rows is not None:
            factor = await reduced(self._store, self._pool, claim, file, claim.rows)
            await insistently(partial(self._keep, claim, None, [EventBytes.done(0, factor)]))
            return
        elif file.in_parts:
            pieces = [range(part.first, part.stop) for part in file.parts]
            endings = await self._run_parts(claim, pieces, self._adopt_factor)
            question = await merged(self._pool, claim, file, endings)
            position = max(BEFORE_FIT, BEFORE_FIT if position is None else position)
        else:
            question = await question_of_file(self._store, claim, file)
        if isinstance(question, SweepSpec):
            seconds = file.max_seconds if file else question.seconds
            done = EventBytes.done(0, await self._pool.answer(question, seconds))
            await insistently(partial(self._keep, claim, position, [done]))
            return
        if isinstance(question, SeriesSpec) and claim.rows is None:
            rows = split(question)
            if len(rows) > 1:
                endings = await self._run_parts(claim, rows, self._adopt_rows)
                await insistently(lambda: self._store.change(claims.finish, claim, summed(endings)))
                return
        stream = _streamed(question, position, claim.rows)
        seconds = file.max_seconds if file else stream.seconds
        async with aclosing(self._pool.batches(stream, seconds)) as batches:
            async for batch in batches:
                await insistently(partial(self._keep, claim, position, batch))
                position = batch[-1].last

    async def _run_parts(
        self, claim: Claim, rows: Sequence[range], adopt: Adopt
    ) -> Sequence[bytes]:
        """Run the parts of a job that no other machine runs, and collect the parts of all machines
        in order. Return their last events. Raises PartFailedError.
        """
        parts = await insistently(lambda: self._store.change_silently(splitting.split, claim, rows))
        position = BEFORE_LOG if claim.position is None else claim.position
        waiting = deque(part for part in parts if part.last > position)
        for part in [*waiting]:
            await self.run(part.id)
            await self._adopt_ended(claim, waiting, adopt)
        while waiting:
            ring = self._store.bell.next_ring(waiting[0].id)
            await self.run(waiting[0].id)  # its machine may be lost
            await self._adopt_ended(claim, waiting, adopt)
            if waiting:
                await wait(ring, TOUCH_SECONDS)
        return [ending for part in parts if (ending := await self._ending(part))]

    async def _adopt_ended(self, claim: Claim, waiting: deque[Part], adopt: Adopt) -> None:
        """Adopt the first parts that have ended into their job."""
        while waiting and (ending := await self._ending(waiting[0])):
            await adopt(claim, waiting[0], ending)
            waiting.popleft()

    async def _adopt_rows(self, claim: Claim, part: Part, _ending: bytes) -> None:
        """Move the log of a part of series into that of their job."""
        await insistently(partial(self._store.change, splitting.adopt, claim, part))

    async def _adopt_factor(self, claim: Claim, part: Part, ending: bytes) -> None:
        """Log that a part of a file was read."""
        points = points_in(ending)
        await insistently(
            partial(self._store.change, splitting.log_reading, claim, part, points=points)
        )

    async def _ending(self, part: Part) -> bytes | None:
        """Return the last event of a part, or None if it has not ended. Raises PartFailedError, or
        LostClaimError if the job was cancelled, and its parts with it.
        """
        read = partial(self._store.read, queries.ending, part.id, owner=PARTS_OWNER)
        try:
            ending = await insistently(read)
        except NotFinishedError:
            return None
        except UnknownJobError:
            raise LostClaimError from None
        if isinstance(ending, Failure):
            raise PartFailedError(ending)
        return ending

    async def _keep(self, claim: Claim, position: int | None, batch: Sequence[EventBytes]) -> None:
        """Store the next events in one transaction. If `done` is the last one, the job ends."""
        if batch[-1].type != "done":
            await self._store.change(claims.append, claim, after=position, events=batch)
            return
        *events, done = batch
        await self._store.change(claims.finish, claim, done.body, after=position, events=events)


def _failure(error: PoolError) -> Failure:
    code = "poison" if isinstance(error, WorkerLostError) else error.code
    return Failure(code, str(error) or str(error.__doc__))


def _streamed(question: FitSpec | SeriesSpec, position: int | None, rows: range | None) -> Streamed:
    """Return the stream of what comes after this position of the log."""
    if isinstance(question, FitSpec):
        begun = position is not None and position >= -1
        return converted(question, StreamSpec, after=position if begun else None)
    return SeriesStream(
        choices=question.choices,
        points=question.table,
        max_seconds=inf,
        after=position,
        rows=rows,
    )
