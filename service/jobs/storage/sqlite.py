"""Jobs in a SQLite file: one connection writes, and another one reads."""

from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event

from service.jobs.bell import Bell
from service.jobs.errors import StoreUnopenedError
from service.jobs.storage.store import Store
from service.jobs.storage.transactions import WAIT_SECONDS, ThreadTransactions

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
        writing=ThreadTransactions(_engine(url, "BEGIN IMMEDIATE")),
        reading=ThreadTransactions(_engine(url, "BEGIN")),
    )


async def listen(_url: URL, _bell: Bell) -> None:
    """Return, because there is no other process that could send notices."""


def _engine(url: URL, begin: str) -> Engine:
    """Return an engine with one connection, whose transactions begin with this statement."""
    engine = create_engine(
        url,
        connect_args={"isolation_level": None, "timeout": WAIT_SECONDS},
        pool_size=1,
        hide_parameters=True,
    )
    event.listen(engine, "connect", lambda opened, _: opened.executescript(PRAGMAS))
    # The driver would begin late, and never for reading.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine
