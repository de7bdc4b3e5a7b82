"""Jobs in PostgreSQL, over connections that do not wait for a silent server."""

import asyncio
import logging
from typing import Any

from psycopg import AsyncConnection, Connection, Error, OperationalError, ProgrammingError
from psycopg.abc import RV, PQGen
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.engine.interfaces import IsolationLevel

from service.jobs.bell import Bell
from service.jobs.errors import StoreUnopenedError
from service.jobs.storage.store import CHANNEL, Store
from service.jobs.storage.transactions import WAIT_SECONDS, ThreadTransactions

log = logging.getLogger(__name__)

RECONNECT_SECONDS = 0.5
"""The pause between two attempts to listen to notices, in seconds."""
ENCODING = "UTF8"
"""The encoding of a database that can hold the names and notes of clients."""
OPTIONS = "-c statement_timeout=1000 -c idle_in_transaction_session_timeout=5000"
"""Options for the server, in milliseconds: it ends work for which no client waits any more."""
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}
"""Options, in seconds, by which a connection that only listens notices that the server is lost."""
CONNECTING = {"connect_timeout": 2}
"""The option, in seconds, by which an attempt to connect ends. The driver allows no less."""


class PromptConnection(Connection[TupleRow]):
    """A connection that closes if the server does not answer within WAIT_SECONDS."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for the server. Raises OperationalError."""
        try:
            return super().wait(gen, interval, WAIT_SECONDS if timeout is None else timeout)
        except OperationalError:
            if self.info.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise


def store_at(url: URL) -> Store:
    """Return the store of a URL with parameters of libpq. Raises StoreUnopenedError."""
    conninfo = conninfo_of(url)
    return Store(
        writing=ThreadTransactions(_engine(conninfo, "READ COMMITTED")),
        reading=ThreadTransactions(_engine(conninfo, "REPEATABLE READ")),
    )


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


def conninfo_of(url: URL) -> str:
    """Return the URL as libpq reads it, with our options added. Raises StoreUnopenedError."""
    given: dict[str, Any] = url.translate_connect_args(username="user", database="dbname")
    given |= url.query
    options = f"{given.get('options', '')} {OPTIONS}"
    try:
        return make_conninfo(**KEEPALIVE | CONNECTING | given | {"options": options})
    except ProgrammingError:
        message = "The URL of the PostgreSQL database has parameters that PostgreSQL does not know."
        raise StoreUnopenedError(message) from None


def _connected(conninfo: str) -> PromptConnection:
    """Return a new connection. Raises StoreUnopenedError if the database cannot hold all text."""
    connection = PromptConnection.connect(conninfo)
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != ENCODING:
        connection.close()
        message = f"The PostgreSQL database has the encoding {encoding}, and jobs need {ENCODING}."
        remedy = (
            f"Create another one: CREATE DATABASE name ENCODING '{ENCODING}' TEMPLATE template0"
        )
        raise StoreUnopenedError(f"{message} {remedy}.")
    return connection


def _engine(conninfo: str, isolation_level: IsolationLevel) -> Engine:
    """Return an engine with one connection, whose transactions are isolated at this level."""
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: _connected(conninfo),
        isolation_level=isolation_level,
        pool_size=1,
        pool_pre_ping=True,
        hide_parameters=True,
        use_native_hstore=False,
    )
