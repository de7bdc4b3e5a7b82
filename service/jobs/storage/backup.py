"""A backup of the SQLite file of the jobs, which services may use at the same time."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from service.jobs.storage.schema import NOT_EXPIRED, WHOLE, jobs_table

KEPT = str(select(func.count()).select_from(jobs_table).where(NOT_EXPIRED, WHOLE))


class BackupError(Exception):
    """No backup was made; the message says why."""


def back_up(store: Path, backup: Path) -> int:
    """Copy the store to a new file and check the copy. Return the number of its jobs.

    The copy has its name only when it is complete. Nothing is created if there is no store. Raises
    BackupError.
    """
    try:
        _check(store, backup)
        # in a directory of its own, so that it never replaces or removes another file
        with TemporaryDirectory(dir=backup.parent, prefix=".backup-") as unfinished:
            copy = Path(unfinished) / "jobs.db"
            copy.touch(0o600)
            jobs = _copied(store, copy)
            copy.rename(backup)
    except OSError as error:
        raise BackupError(f"No backup was made: {error}.") from None
    except sqlite3.Error as error:
        raise BackupError(f"The store {store} cannot be copied: {error}.") from None
    return jobs


def _check(store: Path, backup: Path) -> None:
    """Check that there is a store and a place for its backup. Raises BackupError or OSError."""
    if not store.is_file():
        raise BackupError(
            f"There is no store at {store}. Set COASTER_DATABASE_URL as the service has it."
        )
    if os.path.lexists(backup):  # a link counts, also if its target does not exist
        raise BackupError(f"The file {backup} exists already. Choose another name.")
    if not backup.parent.is_dir():
        raise BackupError(f"The directory of the backup, {backup.parent}, does not exist.")


def _copied(store: Path, copy: Path) -> int:
    """Copy the store, check the copy and return the number of its jobs. Raises sqlite3.Error."""
    existing = f"{store.absolute().as_uri()}?mode=rw"  # SQLite would create a missing file
    with (
        closing(sqlite3.connect(existing, uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        (found,) = target.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        (jobs,) = target.execute(KEPT).fetchone()
    return int(jobs)
