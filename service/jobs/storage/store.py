"""The store, which runs queries and changes of jobs in transactions that end soon."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from sqlalchemy import Connection, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.background import in_background
from service.jobs.bell import Bell
from service.jobs.claim import Claim
from service.jobs.errors import StoreUnavailableError, StoreUnopenedError
from service.jobs.job import LogEnd
from service.jobs.storage import commands, queries, schema
from service.jobs.storage.transactions import LAST, R, SharedTransactions, Transactions

log = logging.getLogger(__name__)

P = ParamSpec("P")
Target = TypeVar("Target", str, Claim)
"""The job that a change is for: its ID, or a claim on it."""
Statements: TypeAlias = Callable[Concatenate[Connection, P], R]
Change: TypeAlias = Callable[Concatenate[Connection, Target, P], R]

DATABASES = {
    "sqlite": "service.jobs.storage.sqlite",
    "postgresql": "service.jobs.storage.postgresql",
}
"""Modules that are imported when they are used, as a driver takes longer than the rest."""
CHANNEL = "coaster"
"""The channel on which processes that share a PostgreSQL database announce changes of jobs."""
PASSING = (
    "SQLITE_BUSY",
    "SQLITE_CANTOPEN",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_READONLY",
)
"""The beginnings of the names of errors that end by themselves, for example when a disk has space
again. They do not keep the service from answering fits.
"""
REOPEN_SECONDS = 1.0
"""The time between two attempts to open a database that did not work at the start, in seconds."""
OPENING_SECONDS = 30.0
"""The timeout of the first transaction, in seconds: a busy disk takes its time to create a file."""
USABLE_SECONDS = 1.0
"""The time for which a store that was usable counts as usable, in seconds: a look takes a write."""
RETRY_SECONDS = 0.3
"""The time before a retry if the database does not work, in seconds."""
TRANSACTION_SECONDS = 1.3
"""The longest time that a caller waits for a transaction, in seconds."""


class Store:
    """The jobs in a database: the single source of truth about them.

    Its methods run a function of `queries`, `commands` or `claims` in a transaction, and return its
    result. They raise StoreUnavailableError if the database does not work. Then it is unknown
    whether a change was committed, but a change that is repeated takes effect once.

    Changes that wait share a transaction of `writing`, and queries that wait share one of
    `reading`, which sees one consistent snapshot. `has_space` returns whether the disk has space
    for a new job, as far as this process can see it.
    """

    def __init__(
        self,
        *,
        writing: Transactions,
        reading: Transactions,
        has_space: Callable[[], bool] = lambda: True,
    ) -> None:
        self.bell = Bell()
        self._writing = SharedTransactions(writing)
        self._reading = SharedTransactions(reading)
        self._has_space = has_space
        self._under_way: set[asyncio.Task[Any]] = set()
        self._unopened = False
        self._usable_until = 0.0

    async def read(self, query: Statements[P, R], /, *args: P.args, **named: P.kwargs) -> R:
        """Run a query."""
        reading = self._reading.make(lambda connection: query(connection, *args, **named))
        return await self._promptly(reading)

    async def write(self, command: Statements[P, R], /, *args: P.args, **named: P.kwargs) -> R:
        """Make a change that is for a new job or for several. It must not wait for locked jobs."""
        writing = self._writing.make(lambda connection: command(connection, *args, **named), LAST)
        return await self._promptly(writing)

    async def change_silently(
        self, command: Change[Target, P, R], target: Target, /, *args: P.args, **named: P.kwargs
    ) -> R:
        """Change a job in a way that its listeners need not know."""
        writing = self._writing.make(
            lambda connection: command(connection, target, *args, **named), _job_of(target)
        )
        return await self._promptly(writing)

    async def change(
        self, command: Change[Target, P, R], target: Target, /, *args: P.args, **named: P.kwargs
    ) -> R:
        """Change a job, and wake its listeners in every process after the commit. Those of this
        process hear of the end of a log without a query.
        """
        job_id = _job_of(target)

        def change_and_notify(connection: Connection) -> R:
            done = command(connection, target, *args, **named)
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_notify(CHANNEL, job_id)))
            return done

        writing = self._writing.make(change_and_notify, job_id)
        done = await self._promptly(writing)
        self.bell.ring(job_id, done if isinstance(done, LogEnd) else None)
        return done

    async def reachable(self) -> bool:
        """Return whether jobs can be read and created now, or could in the last USABLE_SECONDS."""
        now = asyncio.get_running_loop().time()
        if now < self._usable_until:
            return True
        with suppress(StoreUnavailableError):
            await self.read(queries.usable)
            await self.write(commands.probe)
            if self._has_space():
                self._usable_until = now + USABLE_SECONDS
                return True
        return False

    async def open(self) -> None:
        """Create or upgrade the tables. Raises StoreUnopenedError, or StoreUnavailableError if the
        database can work later. Until then, nothing else uses the tables.
        """
        self._unopened = True
        try:
            await self._within(OPENING_SECONDS, self._writing.make(schema.ensure))
        except StoreUnavailableError as error:
            if error.passing:
                raise
            raise StoreUnopenedError(f"The database cannot be opened: {error}.") from None
        self._unopened = False

    async def open_later(self) -> None:
        """Try to open the database until it works. The log says why it does not."""
        while self._unopened:
            await asyncio.sleep(REOPEN_SECONDS)
            try:
                await self.open()
            except StoreUnopenedError as error:
                log.error("store_unopened", extra={"fields": {"reason": str(error)}})  # noqa: TRY400
            except StoreUnavailableError:
                pass  # it was logged

    async def close(self) -> None:
        """Wait briefly for running transactions, and close every connection."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=2 * TRANSACTION_SECONDS)
        await self._reading.close()
        await self._writing.close()

    async def _promptly(self, transaction: Coroutine[None, None, R]) -> R:
        """Run a transaction, if the database is open."""
        if self._unopened:
            transaction.close()
            raise StoreUnavailableError("it is not open")
        return await self._within(TRANSACTION_SECONDS, transaction)

    async def _within(self, seconds: float, transaction: Coroutine[None, None, R]) -> R:
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
        # retrieved in case the caller does not
        if not task.cancelled() and isinstance(task.exception(), StoreUnavailableError):
            self._usable_until = 0.0


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """Open the store of a URL. Notices from other processes ring its bell. A SQLite file on a disk
    that is full or read-only is opened later. Raises StoreUnopenedError, whose message never
    repeats the URL, as that can hold a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreUnopenedError("The URL of the database cannot be read.") from None
    database = import_module(DATABASES[parsed.drivername])
    store: Store = database.store_at(parsed)
    try:
        later = []
        try:
            await store.open()
        except StoreUnavailableError:
            later.append(store.open_later())
        async with in_background(database.listen(parsed, store.bell), *later):
            yield store
    finally:
        await store.close()


async def insistently(change: Callable[[], Awaitable[R]]) -> R:
    """Make a change or a query, and repeat it while the database does not work. A change takes
    effect once.
    """
    while True:
        with suppress(StoreUnavailableError):
            return await change()
        await asyncio.sleep(RETRY_SECONDS)


def _job_of(target: str | Claim) -> str:
    """Return the ID of the job that a change is for."""
    return target.job if isinstance(target, Claim) else target


async def _translated(transaction: Coroutine[None, None, R]) -> R:
    """Run a transaction, and log its failure even if its caller no longer waits."""
    try:
        return await transaction
    except (DBAPIError, PoolTimeoutError, OSError, sqlite3.Error) as error:
        raise _unavailable(getattr(error, "orig", error)) from None


def _unavailable(cause: BaseException) -> StoreUnavailableError:
    """Return the exception, and log the name of its cause, whose message can hold data."""
    name = getattr(cause, "sqlite_errorname", type(cause).__name__)
    log.warning("store_unavailable", extra={"fields": {"error": name}})
    message = str(cause).partition("\n")[0] or "it does not answer"
    return StoreUnavailableError(message, passing=name.startswith(PASSING))
