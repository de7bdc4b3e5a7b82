"""Jobs in a SQLite file: one connection writes, and several read."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from pathlib import Path
from time import monotonic

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from service.jobs.errors import StoreUnopenedError
from service.jobs.storage.database import WAIT_SECONDS, Database, Result, Work
from service.jobs.wakeups import Bell

READERS = 4
PRAGMAS = (
    "PRAGMA journal_mode = WAL",  # readers do not wait for the writer
    "PRAGMA synchronous = FULL",  # accepted jobs survive a power failure
    "PRAGMA foreign_keys = ON",
)


def database(url: URL) -> Database:
    """Return the database of a URL. The file need not exist, but its directory must.

    Raises StoreUnopenedError.
    """
    if url.host or url.query or not url.database or ":memory:" in url.database:
        raise StoreUnopenedError(
            "The URL of SQLite names a file and nothing else: "
            "sqlite:///jobs.db or sqlite:////var/lib/jobs.db."
        )
    if not Path(url.database).parent.is_dir():
        raise StoreUnopenedError("The directory of the SQLite file does not exist.")
    return Database(
        writing=FileTransactions(url, connections=1, begin="BEGIN IMMEDIATE"),
        reading=FileTransactions(url, connections=READERS, begin="BEGIN"),
    )


def ringing(_url: URL, _bell: Bell) -> AbstractAsyncContextManager[None]:
    """Return an empty context, because there is no other process that could send notices."""
    return nullcontext()


class FileTransactions:
    """Transactions on a SQLite file, with one thread for each connection.

    A transaction stays in one thread from begin to end, because changing threads costs more than a
    statement.
    """

    def __init__(self, url: URL, *, connections: int, begin: str) -> None:
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="sqlite")
        self._engine = create_engine(
            url,
            connect_args={"isolation_level": None, "timeout": WAIT_SECONDS},
            pool_size=connections,
            hide_parameters=True,
        )
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", partial(_begin, statement=begin))

    async def make(self, work: Work[Result]) -> Result:
        """Do the work in a transaction, and return its result after the commit."""
        patient_until = monotonic() + WAIT_SECONDS
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._make, work, patient_until
        )

    def _make(self, work: Work[Result], patient_until: float) -> Result:
        """Do the work in a transaction, unless the caller has stopped waiting for it."""
        if monotonic() > patient_until:
            raise TimeoutError
        with self._engine.begin() as connection:
            return work(connection)

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._engine.dispose)
        self._threads.shutdown(wait=False)


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection, statement: str) -> None:
    """Begin a transaction with this statement.

    The driver would begin late, and never for reading.
    """
    connection.exec_driver_sql(statement)
