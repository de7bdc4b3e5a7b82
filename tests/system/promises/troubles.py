"""Failures of a database that is in use."""

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import psycopg
import pytest

from tests.system.promises.systems import System

Trouble = Callable[[System, Path], AbstractContextManager[None]]
"""A failure of a system whose SQLite file is in a folder, until the block ends."""

DISK = "4m"
"""The size of the disk that is soon full."""


@contextmanager
def locked(_: System, folder: Path) -> Iterator[None]:
    """Another program writes to the file and keeps it locked."""
    with closing(sqlite3.connect(folder / "jobs.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def full(_: System, folder: Path) -> Iterator[None]:
    """No block of the disk is free."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        _write_on(file)
    yield
    filler.unlink()


def _write_on(file: BinaryIO) -> None:
    while True:
        file.write(bytes(4096))


@contextmanager
def read_only_file(_: System, folder: Path) -> Iterator[None]:
    """The files can no longer be written, even by processes that have them open.

    The file of shared memory is left alone: the kernel would kill a process that writes to it.
    """
    files = [str(folder / "jobs.db"), str(folder / "jobs.db-wal")]
    subprocess.run(["chattr", "+i", *files], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)


@contextmanager
def stopped(system: System, _: Path) -> Iterator[None]:
    """The server is down."""
    assert system.database
    system.database.stop()
    yield
    system.database.start()


@contextmanager
def hanging(system: System, _: Path) -> Iterator[None]:
    """The server accepts connections and does not answer."""
    assert system.database
    with system.database.hanging():
        yield


@contextmanager
def read_only_server(system: System, _: Path) -> Iterator[None]:
    """The server refuses changes, as a standby does."""
    _change(system, "ALTER SYSTEM SET default_transaction_read_only = on")
    yield
    _change(system, "ALTER SYSTEM RESET default_transaction_read_only")


def _change(system: System, statement: str) -> None:
    with psycopg.connect(
        system.parts[0].environment["COASTER_DATABASE_URL"], autocommit=True
    ) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(statement.encode())
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a disk of some megabytes."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root mounts a disk and makes files immutable"
)
