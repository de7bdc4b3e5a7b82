"""The store, which runs queries and changes of jobs in transactions that end soon."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import Any, Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar

from sqlalchemy import Connection, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.background import in_background
from service.jobs.bell import Bell
from service.jobs.errors import StoreUnavailableError, StoreUnopenedError
from service.jobs.job import Claim
from service.jobs.storage import queries, schema

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
Target = TypeVar("Target", str, Claim)
"""The job that a change is for: its ID, or a claim on it."""
Work: TypeAlias = Callable[[Connection], R]
Statements: TypeAlias = Callable[Concatenate[Connection, P], R]
Change: TypeAlias = Callable[Concatenate[Connection, Target, P], R]

DATABASES = {
    "sqlite": "service.jobs.storage.sqlite",
    "postgresql": "service.jobs.storage.postgresql",
}
"""Modules that are imported when they are used, as a driver takes longer than the rest."""
CHANNEL = "coaster"
"""The channel on which processes that share a PostgreSQL database announce changes of jobs."""
OPENING_SECONDS = 30.0
"""The timeout of the first transaction, in seconds: a busy disk takes its time to create a file."""
TRANSACTION_SECONDS = 1.3
"""The longest time that a caller waits for a transaction, in seconds."""
WAIT_SECONDS = 1.0
"""The longest wait for a connection, a lock or a reply in a transaction, in seconds."""


class Transactions(Protocol):
    """One kind of transaction on one kind of database."""

    async def make(self, work: Work[R]) -> R:
        """Do the work in a transaction, and return its result after the commit."""

    async def close(self) -> None:
        """Close every connection."""


class Store:
    """The jobs in a database: the single source of truth about them.

    Its methods run a function of `queries`, `commands` or `claims` in a transaction, and return its
    result. They raise StoreUnavailableError if the database does not work. Then it is unknown
    whether a change was committed, but a change that is repeated takes effect once.

    Transactions of `writing` wait for their turn. Those of `reading` see one consistent snapshot.
    The bell rings for each change of a job.
    """

    def __init__(self, *, writing: Transactions, reading: Transactions) -> None:
        self.bell = Bell()
        self._writing = writing
        self._reading = reading
        self._under_way: set[asyncio.Task[Any]] = set()

    async def read(self, query: Statements[P, R], /, *args: P.args, **named: P.kwargs) -> R:
        """Run a query."""
        reading = self._reading.make(lambda connection: query(connection, *args, **named))
        return await self._promptly(reading, TRANSACTION_SECONDS)

    async def write(self, command: Statements[P, R], /, *args: P.args, **named: P.kwargs) -> R:
        """Make a change of which the listeners of a job need not know."""
        writing = self._writing.make(lambda connection: command(connection, *args, **named))
        return await self._promptly(writing, TRANSACTION_SECONDS)

    async def change(
        self, command: Change[Target, P, R], target: Target, /, *args: P.args, **named: P.kwargs
    ) -> R:
        """Change a job, and wake its listeners in every process after the commit."""
        job_id = target.job if isinstance(target, Claim) else target

        def change_and_notify(connection: Connection) -> R:
            done = command(connection, target, *args, **named)
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_notify(CHANNEL, job_id)))
            return done

        done = await self.write(change_and_notify)
        self.bell.ring(job_id)
        return done

    async def reachable(self) -> bool:
        """Return whether jobs can be read now."""
        with suppress(StoreUnavailableError):
            await self.read(queries.page, status=None, after=None, limit=1)
            return True
        return False

    async def open(self) -> None:
        """Create or upgrade the tables. Raises StoreUnopenedError."""
        try:
            await self._promptly(self._writing.make(schema.ensure), OPENING_SECONDS)
        except StoreUnavailableError as error:
            raise StoreUnopenedError(f"The database cannot be opened: {error}.") from None

    async def close(self) -> None:
        """Wait briefly for running transactions, and close every connection."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=2 * TRANSACTION_SECONDS)
        await self._reading.close()
        await self._writing.close()

    async def _promptly(self, transaction: Coroutine[None, None, R], seconds: float) -> R:
        """Run a transaction with a time limit. It is never interrupted: if its caller stops
        waiting, it ends by itself.
        """
        task = asyncio.create_task(_translated(transaction))
        self._under_way.add(task)
        task.add_done_callback(self._landed)
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise _unavailable(TimeoutError())
        return task.result()

    def _landed(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved in case the caller does not


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """Open the store of a URL. Notices from other processes ring its bell. Raises
    StoreUnopenedError, whose message never repeats the URL, as that can hold a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreUnopenedError("The URL of the database cannot be read.") from None
    database = import_module(DATABASES[parsed.drivername])
    store: Store = database.store_at(parsed)
    try:
        await store.open()
        async with in_background(database.listen(parsed, store.bell)):
            yield store
    finally:
        await store.close()


async def _translated(transaction: Coroutine[None, None, R]) -> R:
    """Run a transaction, and log its failure even if its caller no longer waits."""
    try:
        return await transaction
    except (DBAPIError, PoolTimeoutError, OSError) as error:
        raise _unavailable(getattr(error, "orig", error)) from None


def _unavailable(cause: BaseException) -> StoreUnavailableError:
    """Return the exception, and log the name of its cause, whose message can hold data."""
    name = getattr(cause, "sqlite_errorname", type(cause).__name__)
    log.warning("store_unavailable", extra={"fields": {"error": name}})
    return StoreUnavailableError(str(cause).partition("\n")[0] or "it does not answer")
