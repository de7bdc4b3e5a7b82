"""The store, which is the single source of truth about jobs, in a database."""

import secrets
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Concatenate, TypeAlias, TypeVar

from sqlalchemy import Connection

from service.descent.frozen import frozen
from service.jobs.errors import StoreUnavailableError
from service.jobs.job import Claim, Created, Submission
from service.jobs.storage import claims, commands, expiry, queries
from service.jobs.storage.database import Args, Database, Result, Work
from service.jobs.wakeups import Bell, notify

Target = TypeVar("Target", str, Claim)
"""The job that a change is for: its ID, or a claim on it."""
Method: TypeAlias = Callable[Concatenate["Store", Args], Coroutine[None, None, Result]]


@frozen(kw_only=True)
class StoreLimits:
    """The limits of a store.

    `waiting` jobs may wait, and `per_owner` jobs of one owner may wait and run. At most `kept` jobs
    are kept after they end, for `kept_seconds`.
    """

    waiting: int = 1000
    per_owner: int = 100
    kept: int = 10_000
    kept_seconds: float = 86_400.0


def reading(query: Callable[Concatenate[Connection, Args], Result]) -> Method[Args, Result]:
    """Return a method that makes a query in a transaction."""

    async def method(self: "Store", /, *args: Args.args, **named: Args.kwargs) -> Result:
        return await self._database.read(lambda connection: query(connection, *args, **named))

    return method


def writing(command: Callable[Concatenate[Connection, Args], Result]) -> Method[Args, Result]:
    """Return a method that makes a change in a transaction, of which listeners need not know."""

    async def method(self: "Store", /, *args: Args.args, **named: Args.kwargs) -> Result:
        return await self._database.write(lambda connection: command(connection, *args, **named))

    return method


def changing(
    command: Callable[Concatenate[Connection, Target, Args], Result],
) -> Callable[Concatenate["Store", Target, Args], Coroutine[None, None, Result]]:
    """Return a method that changes a job in a transaction and then wakes its listeners."""

    async def method(
        self: "Store", target: Target, /, *args: Args.args, **named: Args.kwargs
    ) -> Result:
        return await self._change(
            _id_of(target), lambda connection: command(connection, target, *args, **named)
        )

    return method


class Store:
    """Jobs in an open database.

    Most methods run one function in a transaction, and the docstring of the function says what they
    do. Every method raises StoreUnavailableError if the database does not work. A change takes
    effect once, even if it is repeated because its response was lost. A caller finds a job only by
    naming its owner.
    """

    def __init__(self, database: Database, limits: StoreLimits, bell: Bell) -> None:
        self._database = database
        self._limits = limits
        self._bell = bell

    job = reading(queries.find)
    page = reading(queries.page)
    counted = reading(queries.counted)
    read = reading(queries.part)
    ending = reading(queries.ending_of)

    cancel = changing(commands.cancel)
    delete = changing(commands.remove)

    claim = changing(claims.claim_job)
    append = changing(claims.append)
    touch = writing(claims.touch)
    finish = changing(claims.finish)
    fail = changing(claims.fail)
    release = changing(claims.release)
    stale = writing(claims.stale)

    async def create(self, submission: Submission) -> Created:
        """Create a job within the limits, as `commands.create` does."""
        job_id = f"{time.time_ns() // 1000:014x}{secrets.token_hex(6)}"
        create = partial(
            commands.create,
            submission=submission,
            job_id=job_id,
            waiting=self._limits.waiting,
            per_owner=self._limits.per_owner,
        )
        return await self._change(job_id, create)

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

    async def _change(self, job_id: str, work: Work[Result]) -> Result:
        """Do the work, and wake the listeners of the job after the commit."""

        def work_and_notify(connection: Connection) -> Result:
            done = work(connection)
            notify(connection, job_id)
            return done

        done = await self._database.write(work_and_notify)
        self._bell.ring(job_id)
        return done


def _id_of(target: str | Claim) -> str:
    if isinstance(target, Claim):
        return target.job
    return target
