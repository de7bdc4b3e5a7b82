"""A backup of the SQLite file of the jobs, which services may use at the same time."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import func, select

from service.jobs.storage.schema import NOT_EXPIRED, jobs_table

KEPT = str(select(func.count()).select_from(jobs_table).where(NOT_EXPIRED))


class BackupError(Exception):
    """No backup was made; the message says why."""


def back_up(store: Path, backup: Path) -> int:
    """Copy the store to a new file and check the copy. Return the number of its jobs.

    The copy has its name only when it is complete. Nothing is created if there is no store. Raises
    BackupError.
    """
    if not store.is_file():
        raise BackupError(
            f"There is no store at {store}. Set COASTER_DATABASE_URL as the service has it."
        )
    if backup.exists():
        raise BackupError(f"The file {backup} exists already. Choose another name.")
    if not backup.parent.is_dir():
        raise BackupError(f"The directory of the backup, {backup.parent}, does not exist.")
    unfinished = backup.with_name(f"{backup.name}.unfinished")
    try:
        jobs = _copied(store, unfinished)
        unfinished.rename(backup)
    except (sqlite3.Error, OSError) as error:
        raise BackupError(f"The store {store} cannot be copied: {error}.") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return jobs


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
