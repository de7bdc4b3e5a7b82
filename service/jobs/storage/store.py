"""The single truth about jobs, in a database."""

import secrets
import time
from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection

from service.descent.frozen import frozen
from service.jobs import notices
from service.jobs.bell import Bell
from service.jobs.errors import StoreUnavailableError
from service.jobs.job import Claim, Counted, Created, Failure, Job, Page, Part, Status, Submission
from service.jobs.storage import claims, expiry
from service.jobs.storage import commands as orders
from service.jobs.storage import queries as records
from service.jobs.storage.database import Database, T, Work
from service.pool.frames import Told


@frozen(kw_only=True)
class StoreLimits:
    """How many jobs wait, how many of one owner wait and run, how many that ended are kept and for
    how long, and how long a claim holds without a word.
    """

    waiting: int = 1000
    per_owner: int = 100
    kept: int = 10_000
    kept_seconds: float = 86_400.0
    lease_seconds: float = 5.0


class Store:
    """Jobs in an open database.

    Every method raises StoreUnavailableError when the database does not work.
    A change is made once: asked for again after an answer was lost, it changes nothing more.
    Whoever does not name a job's owner does not find it.
    """

    def __init__(self, database: Database, limits: StoreLimits, bell: Bell) -> None:
        self._database = database
        self._limits = limits
        self._bell = bell

    async def create(self, submission: Submission) -> Created:
        """A new job, or the one that was made of the same request by the same key.

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
        """The job as it is now.

        Raises UnknownJobError or ExpiredJobError.
        """
        return await self._database.read(partial(records.find, job_id=job_id, owner=owner))

    async def page(
        self, *, status: Status | None, after: str | None, limit: int, owner: str = ""
    ) -> Page:
        """The newest jobs of an owner: of one status or any, older than the job `after` or all."""
        return await self._database.read(
            partial(records.page, status=status, after=after, limit=limit, owner=owner)
        )

    async def counted(self) -> Counted:
        """How many jobs there are."""
        return await self._database.read(records.counted)

    async def read(self, job_id: str, *, after: int | None, limit: int, owner: str = "") -> Part:
        """The job, and what its log holds behind the step `after`; behind None it holds all.

        Raises UnknownJobError or ExpiredJobError.
        """
        return await self._database.read(
            partial(records.part, job_id=job_id, after=after, limit=limit, owner=owner)
        )

    async def ending(self, job_id: str, *, owner: str = "") -> bytes | Failure:
        """The last event of the job: its log does not hold it.

        Raises UnknownJobError, ExpiredJobError or NotFinishedError.
        """
        return await self._database.read(partial(records.ending, job_id=job_id, owner=owner))

    async def cancel(self, job_id: str, *, owner: str = "") -> Job:
        """The job, cancelled; one that had ended is as it was.

        Raises UnknownJobError or ExpiredJobError.
        """
        return await self._change(job_id, partial(orders.cancel, job_id=job_id, owner=owner))

    async def delete(self, job_id: str, *, owner: str = "") -> None:
        """Removes all of a job.

        Raises UnknownJobError, ExpiredJobError or RunningJobError.
        """
        await self._change(job_id, partial(orders.remove, job_id=job_id, owner=owner))

    async def claim(self, job_id: str, *, token: str, kind: str) -> Claim | None:
        """The right to run a job that nobody runs, for one lease; None if somebody does, or nobody
        should. Each has its own token.

        A log that was begun by one kind of worker is continued by that kind alone.
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

    async def append(self, claim: Claim, *, after: int | None, told: Sequence[Told]) -> None:
        """Continues a log that ends at `after`, and renews the lease.

        Raises LostClaimError.
        """
        await self._change(claim.job, partial(claims.append, claim=claim, after=after, told=told))

    async def touch(self, claim: Claim) -> None:
        """Renews the lease.

        Raises LostClaimError.
        """
        await self._database.write(partial(claims.touch, claim=claim))

    async def finish(self, claim: Claim, done: bytes) -> None:
        """The job has succeeded; `done` is its last event.

        Raises LostClaimError.
        """
        await self._change(claim.job, partial(claims.finish, claim=claim, done=done))

    async def fail(self, claim: Claim, failure: Failure) -> None:
        """The job has failed.

        Raises LostClaimError.
        """
        await self._change(claim.job, partial(claims.fail, claim=claim, failure=failure))

    async def release(self, claim: Claim) -> None:
        """Gives the job back, with its log, to whoever claims it next.

        Raises LostClaimError.
        """
        await self._change(claim.job, partial(claims.release, claim=claim))

    async def stale(self, *, again_after: float) -> Sequence[str]:
        """Some of the jobs that nobody runs, the oldest first; each once in so many seconds,
        whoever asks.
        """
        lease = self._limits.lease_seconds
        return await self._database.write(
            partial(claims.stale, again_after=again_after, lease_seconds=lease)
        )

    async def expire(self) -> None:
        """Removes the jobs that ended too long ago, or are too many."""
        some = partial(
            expiry.expire, kept=self._limits.kept, kept_seconds=self._limits.kept_seconds
        )
        while await self._database.write(some):
            pass
        await self._database.write(expiry.forget)

    async def reachable(self) -> bool:
        """Whether jobs can be read now."""
        try:
            await self.page(status=None, after=None, limit=1)
        except StoreUnavailableError:
            return False
        return True

    async def _change(self, job_id: str, work: Work[T]) -> T:
        """Does the work, and tells whoever listens to the job, once it is committed."""
        done = await self._database.write(partial(_with_notice, job_id, work))
        self._bell.ring(job_id)
        return done


def _with_notice(job_id: str, work: Work[T], connection: Connection) -> T:
    done = work(connection)
    notices.notify(connection, job_id)
    return done
