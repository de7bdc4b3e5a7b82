"""Jobs in PostgreSQL, over connections that do not wait for a silent server."""

import asyncio
import os
import socket
from contextlib import AbstractAsyncContextManager
from typing import Any

from psycopg import AsyncConnection, ProgrammingError
from psycopg.abc import RV, PQGen
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.jobs.bell import Bell
from service.jobs.errors import StoreUnopenedError
from service.jobs.listening import listening
from service.jobs.storage.database import WAIT_SECONDS, Database, T, Work

CONNECTIONS = 10
OPTIONS = "-c statement_timeout=1000 -c idle_in_transaction_session_timeout=5000"
"""For the server, in milliseconds: it ends what nobody waits for any more."""
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}
"""In seconds: who only listens finds out too that the server is gone."""


class Line(AsyncConnection[TupleRow]):
    """A connection that hangs up on a server that does not answer."""

    async def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:  # noqa: ASYNC109 - the driver's
        """What the server says."""
        alarm = asyncio.get_running_loop().call_later(WAIT_SECONDS, self._hang_up)
        try:
            return await super().wait(gen, interval, timeout)
        finally:
            alarm.cancel()

    def _hang_up(self) -> None:
        """The driver finds its socket closed by the other side, and goes its usual way."""
        with socket.socket(fileno=os.dup(self.pgconn.socket)) as line:
            line.shutdown(socket.SHUT_RDWR)


def database(url: URL) -> Database:
    """The database of a URL, in the parameters that libpq knows.

    Raises StoreUnopenedError.
    """
    conninfo = conninfo_of(url)

    async def connect() -> Line:
        async with asyncio.timeout(WAIT_SECONDS):
            return await Line.connect(conninfo)

    engine = create_async_engine(
        "postgresql+psycopg://",
        async_creator=connect,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        use_native_hstore=False,
    )
    reading = engine.execution_options(isolation_level="REPEATABLE READ")
    return Database(writing=ServerTransactions(engine), reading=ServerTransactions(reading))


def ringing(url: URL, bell: Bell) -> AbstractAsyncContextManager[None]:
    """Meanwhile the bell rings for what any process tells."""
    return listening(conninfo_of(url), bell)


class ServerTransactions:
    """Any connection of the engine's will do."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def make(self, work: Work[T]) -> T:
        """What the work gives back, once it is committed."""
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        """Ends every connection."""
        await self._engine.dispose()


def conninfo_of(url: URL) -> str:
    """The URL as libpq reads it, with our options behind those it has.

    Raises StoreUnopenedError.
    """
    given: dict[str, Any] = (
        url.translate_connect_args(username="user", database="dbname") | url.query
    )
    options = {"options": f"{given.get('options', '')} {OPTIONS}"}
    try:
        return make_conninfo(**KEEPALIVE | given | options)
    except ProgrammingError:
        raise StoreUnopenedError(
            "The URL of the PostgreSQL database has parameters that PostgreSQL does not know."
        ) from None
