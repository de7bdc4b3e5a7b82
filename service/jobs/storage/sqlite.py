"""Jobs in a SQLite file: one connection writes, and several read."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

from sqlalchemy import URL, create_engine, event

from service.jobs.bell import Bell
from service.jobs.errors import StoreUnopenedError
from service.jobs.storage.store import Store
from service.jobs.storage.transactions import WAIT_SECONDS, R, Work

READERS = 4
PRAGMAS = """
PRAGMA journal_mode = WAL; -- readers do not wait for the writer
PRAGMA synchronous = FULL; -- accepted jobs survive a power failure
PRAGMA foreign_keys = ON;
"""


def store_at(url: URL) -> Store:
    """Return the store of a URL, whose directory must exist. Raises StoreUnopenedError."""
    if url.host or url.query or not url.database or ":memory:" in url.database:
        examples = "sqlite:///jobs.db or sqlite:////var/lib/jobs.db"
        raise StoreUnopenedError(f"The URL of SQLite names a file and nothing else: {examples}.")
    directory = Path(url.database).absolute().parent
    if not directory.is_dir():
        raise StoreUnopenedError(f"The directory of the SQLite file, {directory}, does not exist.")
    return Store(
        writing=FileTransactions(url, connections=1, begin="BEGIN IMMEDIATE"),
        reading=FileTransactions(url, connections=READERS, begin="BEGIN"),
    )


async def listen(_url: URL, _bell: Bell) -> None:
    """Return, because there is no other process that could send notices."""


class FileTransactions:
    """Transactions on a SQLite file, with a thread for each connection. A transaction stays in one
    thread, because changing threads costs more than a statement.
    """

    def __init__(self, url: URL, *, connections: int, begin: str) -> None:
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="sqlite")
        self._engine = create_engine(
            url,
            connect_args={"isolation_level": None, "timeout": WAIT_SECONDS},
            pool_size=connections,
            hide_parameters=True,
        )
        event.listen(self._engine, "connect", lambda opened, _: opened.executescript(PRAGMAS))
        # The driver would begin late, and never for reading.
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql(begin))

    async def make(self, work: Work[R]) -> R:
        """Do the work in a transaction, and return its result after the commit."""
        patient_until = monotonic() + WAIT_SECONDS

        def make_in_thread() -> R:
            if monotonic() > patient_until:  # the caller has stopped waiting
                raise TimeoutError
            with self._engine.begin() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._threads, make_in_thread)

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._engine.dispose)
        self._threads.shutdown(wait=False)
