"""Jobs in PostgreSQL, over connections that do not wait for a silent server."""

import asyncio
import logging
import os
import socket
from typing import Any

from psycopg import AsyncConnection, Error, ProgrammingError
from psycopg.abc import RV, PQGen
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.jobs.bell import Bell
from service.jobs.errors import StoreUnopenedError
from service.jobs.storage.store import CHANNEL, Store
from service.jobs.storage.transactions import WAIT_SECONDS, R, Work

log = logging.getLogger(__name__)

STORE_CONNECTIONS = 10
RECONNECT_SECONDS = 0.5
"""The pause between two attempts to listen to notices, in seconds."""
OPTIONS = "-c statement_timeout=1000 -c idle_in_transaction_session_timeout=5000"
"""Options for the server, in milliseconds: it ends work for which no client waits any more."""
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}
"""Options, in seconds, by which a connection that only listens notices that the server is lost."""


class PromptConnection(AsyncConnection[TupleRow]):
    """A connection that closes if the server does not answer."""

    async def wait(
        self,
        gen: PQGen[RV],
        interval: float = 0.1,
        timeout: float | None = None,  # noqa: ASYNC109 - the driver's name
    ) -> RV:
        """Wait for the server, but not longer than WAIT_SECONDS."""
        alarm = asyncio.get_running_loop().call_later(WAIT_SECONDS, self._hang_up)
        try:
            return await super().wait(gen, interval, timeout)
        finally:
            alarm.cancel()

    def _hang_up(self) -> None:
        """Shut down the socket. The driver handles this like a disconnect by the server."""
        with socket.socket(fileno=os.dup(self.pgconn.socket)) as duplicate:
            duplicate.shutdown(socket.SHUT_RDWR)


def store_at(url: URL) -> Store:
    """Return the store of a URL with parameters of libpq. Raises StoreUnopenedError."""
    conninfo = conninfo_of(url)

    async def connect() -> PromptConnection:
        async with asyncio.timeout(WAIT_SECONDS):
            return await PromptConnection.connect(conninfo)

    engine = create_async_engine(
        "postgresql+psycopg://",
        async_creator=connect,
        pool_size=STORE_CONNECTIONS,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        use_native_hstore=False,
    )
    reading = engine.execution_options(isolation_level="REPEATABLE READ")
    return Store(writing=ServerTransactions(engine), reading=ServerTransactions(reading))


async def listen(url: URL, bell: Bell) -> None:
    """Ring the bell for the notices of all processes, and reconnect after an error."""
    while True:
        try:
            async with await AsyncConnection.connect(conninfo_of(url), autocommit=True) as server:
                await server.execute(f"LISTEN {CHANNEL}")
                async for notice in server.notifies():
                    bell.ring(notice.payload)
        except (Error, OSError) as error:
            log.warning("store_unheard", extra={"fields": {"error": type(error).__name__}})
        await asyncio.sleep(RECONNECT_SECONDS)


class ServerTransactions:
    """Transactions on any connection of the engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def make(self, work: Work[R]) -> R:
        """Do the work in a transaction, and return its result after the commit."""
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def conninfo_of(url: URL) -> str:
    """Return the URL as libpq reads it, with our options added. Raises StoreUnopenedError."""
    given: dict[str, Any] = url.translate_connect_args(username="user", database="dbname")
    given |= url.query
    options = f"{given.get('options', '')} {OPTIONS}"
    try:
        return make_conninfo(**KEEPALIVE | given | {"options": options})
    except ProgrammingError:
        message = "The URL of the PostgreSQL database has parameters that PostgreSQL does not know."
        raise StoreUnopenedError(message) from None
