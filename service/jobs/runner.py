"""The execution of jobs on the workers of this process."""

import asyncio
import logging
from contextlib import suppress
from uuid import uuid4

from service.jobs.answering import Answering
from service.jobs.bell import wait
from service.jobs.claim import Claim
from service.jobs.errors import (
    DamagedJobError,
    LostClaimError,
    StoreError,
    StoreUnavailableError,
)
from service.jobs.job import Failure
from service.jobs.parts import PartFailedError
from service.jobs.storage import claims
from service.jobs.storage.store import RETRY_SECONDS, Store, insistently
from service.pool.interface import (
    FailedError,
    FitPool,
    FitTimeoutError,
    InvalidError,
    PoolError,
    RejectedError,
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
            await Answering(self._store, self._pool, claim, self.run).finish()
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


def _failure(error: PoolError) -> Failure:
    code = "poison" if isinstance(error, WorkerLostError) else error.code
    return Failure(code, str(error) or str(error.__doc__))
