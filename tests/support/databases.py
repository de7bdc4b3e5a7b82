"""A database of jobs without a file, a thread or a server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from service.jobs.storage.store import Store
from service.jobs.storage.transactions import R, Work

COMPILED: dict[Any, Any] = {}
"""Statements as SQL, shared by all the databases: most of a short test's time would go into them.
"""


class MemoryTransactions:
    """SQLite in memory. Each transaction is made at once, on the event loop itself.

    `count` is the number of transactions so far.
    """

    def __init__(self) -> None:
        self.count = 0
        self._engine = create_engine(
            "sqlite://",
            poolclass=StaticPool,
            connect_args={"isolation_level": None},
            execution_options={"compiled_cache": COMPILED},
            hide_parameters=True,
        )
        event.listen(self._engine, "connect", _enforce_foreign_keys)
        event.listen(self._engine, "begin", _begin)

    async def make(self, work: Work[R]) -> R:
        self.count += 1
        with self._engine.begin() as connection:
            return work(connection)

    async def close(self) -> None:
        self._engine.dispose()


@asynccontextmanager
async def without_tables() -> AsyncIterator[Store]:
    """A store in memory, as it is before its first use."""
    transactions = MemoryTransactions()
    store = Store(writing=transactions, reading=transactions)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def in_memory() -> AsyncIterator[Store]:
    """A store in memory, with tables."""
    async with without_tables() as store:
        await store.open()
        yield store


def _enforce_foreign_keys(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
