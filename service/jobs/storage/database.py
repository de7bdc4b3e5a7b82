"""Transactions that end soon, whatever the database does."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, Protocol, TypeAlias, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.jobs.errors import StoreUnavailableError

log = logging.getLogger(__name__)

Args = ParamSpec("Args")
Result = TypeVar("Result")
Work: TypeAlias = Callable[[Connection], Result]

TRANSACTION_SECONDS = 1.3
"""The longest time that a caller waits for a transaction, in seconds."""
WAIT_SECONDS = 1.0
"""The longest time of each wait in a transaction, in seconds: for a connection, a lock or a reply.
"""


class Transactions(Protocol):
    """One kind of transaction on one kind of database."""

    async def make(self, work: Work[Result]) -> Result:
        """Do the work in a transaction, and return its result after the commit.

        Nothing is committed if the work raises.
        """

    async def close(self) -> None:
        """Close every connection."""


class Database:
    """A database with two kinds of transactions.

    Those of `writing` wait for their turn, and those of `reading` see the data of one moment.
    """

    def __init__(self, *, writing: Transactions, reading: Transactions) -> None:
        self._writing = writing
        self._reading = reading
        self._under_way: set[asyncio.Task[Any]] = set()

    async def write(self, work: Work[Result], *, seconds: float = TRANSACTION_SECONDS) -> Result:
        """Do the work in a transaction that may write, and return its result after the commit.

        Raises StoreUnavailableError after at most this many seconds. It is unknown then whether the
        work was committed.
        """
        return await self._promptly(_translated(self._writing.make(work)), seconds)

    async def read(self, work: Work[Result]) -> Result:
        """Do the work in a transaction that only reads, and return its result.

        Raises StoreUnavailableError.
        """
        return await self._promptly(_translated(self._reading.make(work)), TRANSACTION_SECONDS)

    async def close(self) -> None:
        """Wait briefly for running transactions, and close every connection."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=2 * TRANSACTION_SECONDS)
        await self._reading.close()
        await self._writing.close()

    async def _promptly(self, transaction: Coroutine[None, None, Result], seconds: float) -> Result:
        """Run a transaction with a time limit.

        The transaction is never interrupted. If its caller stops waiting, it ends by itself.
        """
        task = asyncio.create_task(transaction)
        self._under_way.add(task)
        task.add_done_callback(self._landed)
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise _unavailable(TimeoutError())
        return task.result()

    def _landed(self, task: asyncio.Task[Any]) -> None:
        """Forget a transaction that has ended, and retrieve its exception in case its caller does
        not.
        """
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()


async def _translated(transaction: Coroutine[None, None, Result]) -> Result:
    try:
        return await transaction
    except DBAPIError as error:
        raise _unavailable(error.orig) from None
    except (PoolTimeoutError, OSError) as error:
        raise _unavailable(error) from None


def _unavailable(error: BaseException | None) -> StoreUnavailableError:
    """Return the exception, and log the name of its cause.

    The message of the cause can hold data.
    """
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    log.warning("store_unavailable", extra={"fields": {"error": name}})
    return StoreUnavailableError(str(error).partition("\n")[0] or "it does not answer")
