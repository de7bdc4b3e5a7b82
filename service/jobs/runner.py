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
from service.jobs.errors import (
    LostClaimError,
    NotFinishedError,
    StoreError,
    StoreUnavailableError,
    UnknownJobError,
)
from service.jobs.job import Claim, Failure, Part
from service.jobs.parts import PartFailedError, split, summed
from service.jobs.storage import claims, queries, splitting
from service.jobs.storage.schema import PARTS_OWNER
from service.jobs.storage.store import Store
from service.jobs.storage.transactions import R
from service.pool.frames import EventBytes
from service.pool.interface import (
    FailedError,
    FitPool,
    FitTimeoutError,
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
RETRY_SECONDS = 0.3
"""The time before a retry if no worker is ready or the database does not work, in seconds."""
FINAL = (WorkerLostError, FitTimeoutError, RejectedError, FailedError)
"""The errors that end a job. Other errors of the pool release the job."""


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
            claim = await _insistently(
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
        except WorkerStoppedError:
            await _insistently(lambda: self._store.change(claims.give_back, claim))
        except PoolError:
            await _insistently(lambda: self._store.change(claims.release, claim))
        except StoreError:
            raise
        except Exception:
            log.exception("job_failed", extra={"fields": {"job_id": claim.job}})
            await self._fail(claim, _failure(FailedError()))

    async def _fail(self, claim: Claim, failure: Failure) -> None:
        await _insistently(lambda: self._store.change(claims.fail, claim, failure))
        ended = {"job_id": claim.job, "status": "failed", "code": failure.code}
        log.info("job_ended", extra={"fields": ended})

    async def _write(self, claim: Claim) -> None:
        """Continue the log to its end. That of a sweep is empty, as its answer comes at once."""
        question = claim.spec()
        if isinstance(question, SweepSpec):
            done = EventBytes.done(0, await self._pool.answer(question, question.seconds))
            await _insistently(partial(self._keep, claim, None, [done]))
            return
        if isinstance(question, SeriesSpec) and claim.rows is None:
            rows = split(question)
            if len(rows) > 1:
                await self._run_parts(claim, rows)
                return
        stream, position = _streamed(question, claim), claim.position
        async with aclosing(self._pool.batches(stream, stream.seconds)) as batches:
            async for batch in batches:
                await _insistently(partial(self._keep, claim, position, batch))
                position = batch[-1].last

    async def _run_parts(self, claim: Claim, rows: Sequence[range]) -> None:
        """Run the parts of a job that no other machine runs, and collect the parts of all machines
        in order. Raises PartFailedError.
        """
        parts = await _insistently(
            lambda: self._store.change_silently(splitting.split, claim, rows)
        )
        position = -1 if claim.position is None else claim.position
        waiting = deque(part for part in parts if part.last > position)
        for part in [*waiting]:
            await self.run(part.id)
            await self._adopt_ended(claim, waiting)
        while waiting:
            ring = self._store.bell.next_ring(waiting[0].id)
            await self.run(waiting[0].id)  # its machine may be lost
            await self._adopt_ended(claim, waiting)
            if waiting:
                await wait(ring, TOUCH_SECONDS)
        endings = [await self._ending(part) for part in parts]
        done = summed([ending for ending in endings if ending])
        await _insistently(lambda: self._store.change(claims.finish, claim, done))

    async def _adopt_ended(self, claim: Claim, waiting: deque[Part]) -> None:
        """Move the logs of the first parts that have ended into that of their job."""
        while waiting and await self._ending(waiting[0]):
            await _insistently(partial(self._store.change, splitting.adopt, claim, waiting[0]))
            waiting.popleft()

    async def _ending(self, part: Part) -> bytes | None:
        """Return the last event of a part, or None if it has not ended. Raises PartFailedError, or
        LostClaimError if the job was cancelled, and its parts with it.
        """
        read = partial(self._store.read, queries.ending, part.id, owner=PARTS_OWNER)
        try:
            ending = await _insistently(read)
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


def _streamed(question: FitSpec | SeriesSpec, claim: Claim) -> Streamed:
    """Return the stream of what comes after the log."""
    if isinstance(question, FitSpec):
        return converted(question, StreamSpec, after=claim.position)
    return SeriesStream(
        choices=question.choices,
        points=question.table,
        max_seconds=inf,
        after=claim.position,
        rows=claim.rows,
    )


async def _insistently(change: Callable[[], Awaitable[R]]) -> R:
    """Make a change, and repeat it while the database does not work. It takes effect once."""
    while True:
        with suppress(StoreUnavailableError):
            return await change()
        await asyncio.sleep(RETRY_SECONDS)
