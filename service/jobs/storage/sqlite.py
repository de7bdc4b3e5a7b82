"""Jobs in a SQLite file: one connection writes, and another one reads."""

import os
import sqlite3
import sys
import time
from contextlib import suppress
from io import FileIO
from pathlib import Path

from orjson import JSONDecodeError, loads
from sqlalchemy import URL, Engine, ExceptionContext, PoolProxiedConnection, create_engine, event

from service.jobs.bell import Bell
from service.jobs.errors import StoreUnopenedError
from service.jobs.storage.store import Store
from service.jobs.storage.transactions import WAIT_SECONDS, ThreadTransactions

CREATING = "PRAGMA auto_vacuum = INCREMENTAL;"
"""The statement that lets a new file give back the space of removed jobs. It writes to the file."""
PRAGMAS = """
PRAGMA journal_mode = WAL; -- readers do not wait for the writer
PRAGMA journal_size_limit = 67108864; -- after a large transaction, 64 MiB of its journal stay
PRAGMA synchronous = FULL; -- accepted jobs survive a power failure
PRAGMA foreign_keys = ON;
"""
CHANGING = "BEGIN IMMEDIATE"
"""The beginning of a transaction that changes something."""
PAGES = "SELECT page_count, page_size FROM pragma_page_count, pragma_page_size"
"""The number of pages with all changes in the journal, and their size in bytes."""
FRAMES = slice(16, 20)
"""The place of the number of frames of the journal in its index, in the byte order of the machine.
The journal has a head, and in each frame a page after a head (https://sqlite.org/walformat.html).
"""
JOURNAL_HEAD, FRAME_HEAD = 32, 24
"""The sizes of these heads in bytes."""
SPACE_BYTES = 256 * 1024
"""The free space on a disk below which a new job may not be written, in bytes. A small change still
can be, in the space that the journal has.
"""
Identity = tuple[int, int]
"""The device and the inode of a file."""
OPERATIONS = 10_000
"""The number of operations of SQLite's virtual machine between two looks at the time of a query: a
millisecond at most.
"""


class ReplacedFileError(OSError):
    """Another file has taken the place of the SQLite file or of its journal."""


class TruncatedFileError(OSError):
    """The SQLite file or its journal has lost its end."""


class File:
    """The SQLite file of a path, with its journal. Without these checks, jobs would be accepted
    into a file that was removed or renamed, and be lost at the next start.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._journal_path = path.with_name(f"{path.name}-wal")
        self._index_path = path.with_name(f"{path.name}-shm")
        self._identity: Identity | None = None
        self._journal: Identity | None = None
        """The journal since the last connection, once it has been seen."""
        self._index: FileIO | None = None
        """The index of the journal, once it has been read."""
        self._bytes = 0
        """The size of the file at the last look."""

    def check(self) -> None:
        """Check that the paths lead to the file that was opened and to its journal, which has the
        newest changes. Raises OSError.
        """
        if self._identity != _identity(self.path):
            raise ReplacedFileError(f"another file has taken the place of {self.path}")
        if self._journal is None:
            with suppress(FileNotFoundError):  # the first transaction creates it
                self._journal = _identity(self._journal_path)
        elif self._journal != _identity(self._journal_path):
            raise ReplacedFileError(f"another file has taken the place of {self._journal_path}")

    def check_ends(self, pages: int, page_bytes: int) -> None:
        """Check, before a change, that neither the file nor its journal has lost its end. Raises
        OSError.

        SQLite itself makes the file smaller when jobs are removed, but then it has all `pages`.
        """
        found = self.path.stat().st_size
        if found < min(self._bytes, pages * page_bytes):
            raise TruncatedFileError(f"{self.path} has lost its end")
        self._bytes = found
        if self._journal is None:
            return
        frames = self._frames()
        needed = JOURNAL_HEAD + frames * (FRAME_HEAD + page_bytes) if frames else 0
        if self._journal_path.stat().st_size < needed:
            raise TruncatedFileError(f"{self._journal_path} has lost its end")

    def _frames(self) -> int:
        """Return the number of frames of the journal. Raises OSError.

        The index stays open: a process that closes a file loses all its locks on it, also those of
        SQLite, and another process would then empty the index, which this one has in its memory
        (https://sqlite.org/howtocorrupt.html, 2.2).
        """
        found = self._index_path.stat()
        if self._index is None or not os.path.samestat(found, os.fstat(self._index.fileno())):
            self.close()
            self._index = FileIO(self._index_path)
        head = os.pread(self._index.fileno(), FRAMES.stop, 0)
        return int.from_bytes(head[FRAMES], sys.byteorder)

    def close(self, *_: object) -> None:
        """Close the index, after the last connection or when another one has taken its place."""
        if self._index is not None:
            self._index.close()

    def has_space(self) -> bool:
        """Return whether the disk of the file has space for a new job."""
        disk = os.statvfs(self.path.parent)
        return disk.f_bavail * disk.f_frsize >= SPACE_BYTES

    def prepare(self, *_: object) -> None:
        """Before a connection, create the file if it is missing, for its owner alone, or check that
        it is that of earlier connections. Raises OSError.
        """
        if self._identity is not None:
            self._journal = None  # SQLite removes it with its last connection
            self.check()
            return
        with suppress(OSError):  # SQLite says why it cannot open the file
            os.close(os.open(self.path, os.O_RDONLY | os.O_CREAT, 0o600))
            self._identity = _identity(self.path)


def _identity(path: Path) -> Identity:
    """Return what distinguishes a file from all others. Raises OSError."""
    found = path.stat()
    return found.st_dev, found.st_ino


class Deadline:
    """The time at which a query ends. PostgreSQL has such a time of its own."""

    def __init__(self) -> None:
        self._end = 0.0

    def begin(self, *_: object) -> None:
        """Begin the time of the next query."""
        self._end = time.monotonic() + WAIT_SECONDS

    def over(self) -> bool:
        """Return whether the query must end: its callers wait no longer."""
        return time.monotonic() > self._end


def store_at(url: URL) -> Store:
    """Return the store of a URL, whose directory must exist. Raises StoreUnopenedError."""
    if url.host or url.query or not url.database or ":memory:" in url.database:
        examples = "sqlite:///jobs.db or sqlite:////var/lib/jobs.db"
        raise StoreUnopenedError(f"The URL of SQLite names a file and nothing else: {examples}.")
    path = Path(url.database).absolute()
    if not path.parent.is_dir():
        raise StoreUnopenedError(
            f"The directory of the SQLite file, {path.parent}, does not exist."
        )
    if path.is_dir():
        raise StoreUnopenedError(f"The SQLite file, {path}, is a directory.")
    file, deadline = File(path), Deadline()
    writing = _engine(url, file, CHANGING, CREATING + PRAGMAS)
    reading = _engine(url, file, "BEGIN", PRAGMAS)
    event.listen(writing, "engine_disposed", file.close)  # the store closes this one last
    event.listen(
        reading,
        "connect",
        lambda opened, _: opened.set_progress_handler(deadline.over, OPERATIONS),
    )
    event.listen(reading, "begin", deadline.begin)
    return Store(
        writing=ThreadTransactions(writing),
        reading=ThreadTransactions(reading),
        has_space=file.has_space,
    )


def json_of(stored: str | bytes) -> object:
    """Return the value of stored JSON, or its text if that is damaged: the digest shows it."""
    try:
        return loads(stored)
    except JSONDecodeError:
        return str(stored)


def read_damaged_text(opened: sqlite3.Connection, *_: object) -> None:
    """Let a new connection read text that is damaged: the digest shows it. The driver would refuse
    the whole page of jobs.
    """
    opened.text_factory = lambda stored: stored.decode(errors="replace")


async def listen(_url: URL, _bell: Bell) -> None:
    """Return, because there is no other process that could send notices."""


def _engine(url: URL, file: File, begin: str, pragmas: str) -> Engine:
    """Return an engine with one connection, which begins with these pragmas, and its transactions
    with the statement `begin`.
    """

    def do_begin(opened: PoolProxiedConnection) -> None:
        file.check()
        cursor = opened.cursor()
        if begin == CHANGING:
            file.check_ends(*cursor.execute(PAGES).fetchone())
        cursor.execute(begin)

    engine = create_engine(
        url,
        connect_args={"isolation_level": None, "timeout": WAIT_SECONDS},
        pool_size=1,
        hide_parameters=True,
        json_deserializer=json_of,
    )
    event.listen(engine, "do_connect", file.prepare)
    event.listen(engine, "connect", read_damaged_text)
    event.listen(engine, "connect", lambda opened, _: opened.executescript(pragmas))
    event.listen(engine, "handle_error", _reconnect)
    # The driver would begin late, and never for reading. An event of SQLAlchemy is slower.
    engine.dialect.do_begin = do_begin  # type: ignore[method-assign, assignment]
    return engine


def _reconnect(context: ExceptionContext) -> None:
    """Let the next transaction connect again if the file can only be read: a connection stays
    read-only when its file no longer is.
    """
    name = getattr(context.original_exception, "sqlite_errorname", "")
    if name.startswith("SQLITE_READONLY"):
        context.is_disconnect = True
