"""The database that the simulated machines share: SQLite in memory, with its real SQL."""

import sqlite3
from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from service.jobs.storage.schema import metadata
from service.jobs.storage.transactions import R, Work
from tests.simulation.clock import Clock

UNIX_EPOCH = 2_440_587.5
"""The Julian day on which 1970 began."""


class Database:
    """A database whose clock can be set. `observer` sees the tables after each commit."""

    def __init__(self, clock: Clock, observer: Callable[[str, sqlite3.Connection], None]) -> None:
        self.clock = clock
        self._observer = observer
        self._engine = emptied_engine()
        with self._engine.connect() as opened:
            driver = opened.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.create_function("julianday", 1, self._julian_day)
        self._connection = driver

    def transact(self, machine: str, work: Work[R], *, full: bool) -> R:
        """Do the work in a transaction. Raises OperationalError if it changes anything while the
        disk is full.
        """
        before = self._connection.total_changes
        with self._engine.begin() as opened:
            result = work(opened)
            if full and self._connection.total_changes > before:
                raise failure("database or disk is full")
        if self._connection.total_changes > before:
            self._observer(machine, self._connection)
        return result

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, which needs no transaction."""
        return self._connection.execute(query).fetchall()

    def now(self) -> float:
        """Return the wall time of the database, in seconds since 1970."""
        return self.clock.now()

    def _julian_day(self, _moment: str) -> float:
        return UNIX_EPOCH + self.now() / 86_400


def emptied_engine() -> Engine:
    """Return the engine of this process, on a database without tables."""
    engine = _engine()
    metadata.drop_all(engine)
    return engine


@cache
def _engine() -> Engine:
    """Return an engine on a database in memory. It compiles each statement once."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"isolation_level": None}
    )
    event.listen(engine, "connect", lambda opened, _: opened.execute("PRAGMA foreign_keys = ON"))
    event.listen(engine, "begin", lambda opened: opened.exec_driver_sql("BEGIN"))
    return engine


def failure(message: str) -> OperationalError:
    """Return the error that a driver raises."""
    return OperationalError("", None, sqlite3.OperationalError(message))
