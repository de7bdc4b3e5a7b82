"""Transactions that end soon, whatever the database does."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.jobs.errors import StoreUnavailableError

log = logging.getLogger(__name__)

T = TypeVar("T")
Work: TypeAlias = Callable[[Connection], T]

TRANSACTION_SECONDS = 1.3
"""The longest that a caller waits."""
WAIT_SECONDS = 1.0
"""The longest of each wait inside: for a connection, a lock, the word of a server."""


class Transactions(Protocol):
    """One kind of transaction on one kind of database."""

    async def make(self, work: Work[T]) -> T:
        """What the work gives back, once it is committed. Nothing of it is, if it raises."""

    async def close(self) -> None:
        """Ends every connection."""


class Database:
    """`writing` waits for its turn, `reading` sees one moment."""

    def __init__(self, *, writing: Transactions, reading: Transactions) -> None:
        self._writing = writing
        self._reading = reading
        self._under_way: set[asyncio.Task[Any]] = set()

    async def write(self, work: Work[T], *, seconds: float = TRANSACTION_SECONDS) -> T:
        """What the work gives back, once it is committed.

        Raises StoreUnavailableError, after so many seconds at the latest; nobody knows then whether
        it was committed.
        """
        return await self._promptly(_translated(self._writing.make(work)), seconds)

    async def read(self, work: Work[T]) -> T:
        """What the work gives back.

        Raises StoreUnavailableError.
        """
        return await self._promptly(_translated(self._reading.make(work)), TRANSACTION_SECONDS)

    async def close(self) -> None:
        """Waits a little for what is under way, and ends every connection."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=2 * TRANSACTION_SECONDS)
        await self._reading.close()
        await self._writing.close()

    async def _promptly(self, transaction: Coroutine[None, None, T], seconds: float) -> T:
        """A transaction is never cut in the middle: who loses patience or leaves, leaves it to end
        by itself.
        """
        task = asyncio.create_task(transaction)
        self._under_way.add(task)
        task.add_done_callback(self._landed)
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise _unavailable(TimeoutError())
        return task.result()

    def _landed(self, task: asyncio.Task[Any]) -> None:
        """Looks at the exception too: nobody else may."""
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()


async def _translated(transaction: Coroutine[None, None, T]) -> T:
    try:
        return await transaction
    except DBAPIError as error:
        raise _unavailable(error.orig) from None
    except (PoolTimeoutError, OSError) as error:
        raise _unavailable(error) from None


def _unavailable(error: BaseException | None) -> StoreUnavailableError:
    """The exception, logged by the name of its cause: a message may hold data."""
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    log.warning("store_unavailable", extra={"fields": {"error": name}})
    return StoreUnavailableError(str(error).partition("\n")[0] or "it does not answer")
