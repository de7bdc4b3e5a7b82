"""The store, which is the single source of truth about jobs, in a database."""

import secrets
import time
from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection

from service.descent.frozen import frozen
from service.jobs.errors import StoreUnavailableError
from service.jobs.job import Claim, Counted, Created, Failure, Job, Page, Part, Status, Submission
from service.jobs.storage import claims, expiry
from service.jobs.storage import commands as orders
from service.jobs.storage import queries as records
from service.jobs.storage.database import Database, T, Work
from service.jobs.wakeups import Bell, notify
from service.pool.frames import EventBytes


@frozen(kw_only=True)
class StoreLimits:
    """The limits of a store.

    `waiting` jobs may wait, and `per_owner` jobs of one owner may wait and run. At most `kept` jobs
    are kept after they end, for `kept_seconds`. A claim expires if it is not renewed for
    `lease_seconds`.
    """

    waiting: int = 1000
    per_owner: int = 100
    kept: int = 10_000
    kept_seconds: float = 86_400.0
    lease_seconds: float = 5.0


class Store:
    """Jobs in an open database.

    Every method raises StoreUnavailableError if the database does not work. A change takes effect
    once, even if it is repeated because its response was lost. A caller finds a job only by naming
    its owner.
    """

    def __init__(self, database: Database, limits: StoreLimits, bell: Bell) -> None:
        self._database = database
        self._limits = limits
        self._bell = bell

    async def create(self, submission: Submission) -> Created:
        """Create a job, or return the one that the same key created from the same request.

        Raises KeyReusedError, JobsFullError or TooManyJobsError.
        """
        job_id = f"{time.time_ns() // 1000:014x}{secrets.token_hex(6)}"
        limits = self._limits
        create = partial(
            orders.create,
            submission=submission,
            job_id=job_id,
            waiting=limits.waiting,
            per_owner=limits.per_owner,
        )
        return await self._change(job_id, create)

    async def job(self, job_id: str, *, owner: str = "") -> Job:
        """Return the job as it is now.

        Raises UnknownJobError or ExpiredJobError.
        """
        return await self._database.read(partial(records.find, job_id=job_id, owner=owner))

    async def page(
        self, *, status: Status | None, after: str | None, limit: int, owner: str = ""
    ) -> Page:
        """Return the newest jobs of an owner: of one status or any, older than the job `after` or
        all.
        """
        return await self._database.read(
            partial(records.page, status=status, after=after, limit=limit, owner=owner)
        )

    async def counted(self) -> Counted:
        """Return the number of jobs of each status, and the age of the oldest job that waits."""
        return await self._database.read(records.counted)

    async def read(self, job_id: str, *, after: int | None, limit: int, owner: str = "") -> Part:
        """Return the job, and at most `limit` events of its log after the step `after`.

        For None, the events begin with the first one of the log.

        Raises UnknownJobError or ExpiredJobError.
        """
        return await self._database.read(
            partial(records.part, job_id=job_id, after=after, limit=limit, owner=owner)
        )

    async def ending(self, job_id: str, *, owner: str = "") -> bytes | Failure:
        """Return the last event of the job, which is not in its log, or the failure of the job.

        Raises UnknownJobError, ExpiredJobError or NotFinishedError.
        """
        return await self._database.read(partial(records.ending, job_id=job_id, owner=owner))

    async def cancel(self, job_id: str, *, owner: str = "") -> Job:
        """Cancel a job and return it. A job that has ended does not change.

        Raises UnknownJobError or ExpiredJobError.
        """
        return await self._change(job_id, partial(orders.cancel, job_id=job_id, owner=owner))

    async def delete(self, job_id: str, *, owner: str = "") -> None:
        """Remove all data of a job.

        Raises UnknownJobError, ExpiredJobError or RunningJobError.
        """
        await self._change(job_id, partial(orders.remove, job_id=job_id, owner=owner))

    async def claim(self, job_id: str, *, token: str, kind: str) -> Claim | None:
        """Claim a job that no worker runs, for one lease.

        Return None if the job has another claim, or should not run. Each claim has its own token. A
        log that was begun by one kind of worker is continued by that kind alone.
        """
        return await self._change(
            job_id,
            partial(
                claims.take,
                job_id=job_id,
                token=token,
                kind=kind,
                lease_seconds=self._limits.lease_seconds,
            ),
        )

    async def append(self, claim: Claim, *, after: int | None, told: Sequence[EventBytes]) -> None:
        """Continue a log that ends at `after`, and renew the lease.

        Raises LostClaimError.
        """
        await self._change(claim.job, partial(claims.append, claim=claim, after=after, told=told))

    async def touch(self, claim: Claim) -> None:
        """Renew the lease.

        Raises LostClaimError.
        """
        await self._database.write(partial(claims.touch, claim=claim))

    async def finish(self, claim: Claim, done: bytes) -> None:
        """Store that the job has succeeded. `done` is its last event.

        Raises LostClaimError.
        """
        await self._change(claim.job, partial(claims.finish, claim=claim, done=done))

    async def fail(self, claim: Claim, failure: Failure) -> None:
        """Store that the job has failed.

        Raises LostClaimError.
        """
        await self._change(claim.job, partial(claims.fail, claim=claim, failure=failure))

    async def release(self, claim: Claim) -> None:
        """Release the job, with its log, for the next claim.

        Raises LostClaimError.
        """
        await self._change(claim.job, partial(claims.release, claim=claim))

    async def stale(self, *, again_after: float) -> Sequence[str]:
        """Return the IDs of some jobs that no worker runs, oldest first.

        A job is returned at most once in `again_after` seconds, to whichever process calls first.
        """
        lease = self._limits.lease_seconds
        return await self._database.write(
            partial(claims.stale, again_after=again_after, lease_seconds=lease)
        )

    async def expire(self) -> None:
        """Remove the jobs that ended too long ago, or exceed the number of kept jobs."""
        some = partial(
            expiry.expire, kept=self._limits.kept, kept_seconds=self._limits.kept_seconds
        )
        while await self._database.write(some):
            pass
        await self._database.write(expiry.forget)

    async def reachable(self) -> bool:
        """Return whether jobs can be read now."""
        try:
            await self.page(status=None, after=None, limit=1)
        except StoreUnavailableError:
            return False
        return True

    async def _change(self, job_id: str, work: Work[T]) -> T:
        """Do the work, and wake the listeners of the job after the commit."""
        done = await self._database.write(partial(_with_notice, job_id, work))
        self._bell.ring(job_id)
        return done


def _with_notice(job_id: str, work: Work[T], connection: Connection) -> T:
    done = work(connection)
    notify(connection, job_id)
    return done
