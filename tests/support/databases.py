"""A database of jobs without a file, a thread or a server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from service.jobs.storage import schema
from service.jobs.storage.database import Database, Result, Work

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

    async def make(self, work: Work[Result]) -> Result:
        self.count += 1
        with self._engine.begin() as connection:
            return work(connection)

    async def close(self) -> None:
        self._engine.dispose()


@asynccontextmanager
async def without_tables() -> AsyncIterator[Database]:
    """An open database, as it is before its first use."""
    transactions = MemoryTransactions()
    database = Database(writing=transactions, reading=transactions)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def in_memory() -> AsyncIterator[Database]:
    """An open database with the tables in it."""
    async with without_tables() as database:
        await database.write(schema.ensure)
        yield database


def _enforce_foreign_keys(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
