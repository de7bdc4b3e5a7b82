"""The execution of jobs on the workers of this process."""

import asyncio
import logging
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
from service.jobs.errors import LostClaimError, StoreError, StoreUnavailableError
from service.jobs.job import Claim, Failure
from service.jobs.storage import claims
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
        claim = await _insistently(
            lambda: self._store.write(claims.claim_job, job_id, token=token, kind=kind)
        )
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
                await self._store.write(claims.touch, claim)
                pause = TOUCH_SECONDS

    async def _answer(self, claim: Claim) -> None:
        """Answer the question, and store how the job ends. Raises LostClaimError."""
        try:
            await self._write(claim)
            log.debug("job_ended", extra={"fields": {"job_id": claim.job, "status": "succeeded"}})
        except FINAL as error:
            await self._fail(claim, error)
        except PoolError:
            await _insistently(lambda: self._store.change(claims.release, claim))
        except StoreError:
            raise
        except Exception:
            log.exception("job_failed", extra={"fields": {"job_id": claim.job}})
            await self._fail(claim, FailedError())

    async def _fail(self, claim: Claim, error: PoolError) -> None:
        code = "poison" if isinstance(error, WorkerLostError) else error.code
        failure = Failure(code, str(error) or str(error.__doc__))
        await _insistently(lambda: self._store.change(claims.fail, claim, failure))
        ended = {"job_id": claim.job, "status": "failed", "code": code}
        log.info("job_ended", extra={"fields": ended})

    async def _write(self, claim: Claim) -> None:
        """Continue the log to its end. That of a sweep is empty, as its answer comes at once."""
        question = claim.spec()
        if isinstance(question, SweepSpec):
            done = EventBytes.done(0, await self._pool.answer(question, question.seconds))
            await _insistently(partial(self._keep, claim, None, [done]))
            return
        stream, position = _streamed(question, claim.position), claim.position
        async with aclosing(self._pool.batches(stream, stream.seconds)) as batches:
            async for batch in batches:
                await _insistently(partial(self._keep, claim, position, batch))
                position = batch[-1].last

    async def _keep(self, claim: Claim, position: int | None, batch: Sequence[EventBytes]) -> None:
        """Store the next events in one transaction. If `done` is the last one, the job ends."""
        if batch[-1].type != "done":
            await self._store.change(claims.append, claim, after=position, events=batch)
            return
        *events, done = batch
        await self._store.change(claims.finish, claim, done.body, after=position, events=events)


def _streamed(question: FitSpec | SeriesSpec, after: int | None) -> Streamed:
    """Return the stream of what comes after this step or row."""
    if isinstance(question, FitSpec):
        return converted(question, StreamSpec, after=after)
    return SeriesStream(
        choices=question.choices, points=question.table, max_seconds=inf, after=after
    )


async def _insistently(change: Callable[[], Awaitable[R]]) -> R:
    """Make a change, and repeat it while the database does not work. It takes effect once."""
    while True:
        with suppress(StoreUnavailableError):
            return await change()
        await asyncio.sleep(RETRY_SECONDS)
