"""A check of every job in a store, or in the backup of one, against the digests of its data."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url, select
from sqlalchemy.exc import DatabaseError

from service.jobs.errors import CheckError, DamagedJobError, LostClaimError
from service.jobs.files import StoredFile
from service.jobs.storage import files, queries
from service.jobs.storage.digests import check, digest_of_points
from service.jobs.storage.postgresql import conninfo_of
from service.jobs.storage.schema import (
    JOB,
    NOT_EXPIRED,
    SCHEMA_VERSION,
    VERSION,
    WHOLE,
    points_table,
)
from service.jobs.storage.sqlite import json_of, read_damaged_text

EVENTS = 100
"""The maximum number of events that are read at once."""


def checked(url: str) -> int:
    """Check the store of a URL, which stays as it is, and return the number of its jobs. Raises
    CheckError.
    """
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            _check_tables(connection)
            jobs = connection.execute(
                select(JOB.id, JOB.owner).where(NOT_EXPIRED, WHOLE).order_by(JOB.id)
            ).all()
            damaged = [job_id for job_id, owner in jobs if not _is_whole(connection, job_id, owner)]
    except (DatabaseError, psycopg.Error) as error:
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise CheckError(f"The store cannot be read: {reason}.") from None
    finally:
        engine.dispose()
    if damaged:
        raise CheckError(f"Damaged jobs: {', '.join(damaged)}.")
    return len(jobs)


def _engine(url: str) -> Engine:
    """Return an engine that only reads."""
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        conninfo = conninfo_of(parsed)
        return create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo))
    file = Path(str(parsed.database)).absolute()
    if not file.is_file():
        raise CheckError(f"There is no store at {file}.")
    only_read = f"{file.as_uri()}?mode=ro"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(only_read, uri=True),
        json_deserializer=json_of,
    )
    event.listen(engine, "connect", read_damaged_text)
    return engine


def _check_tables(connection: Connection) -> None:
    """Check that the pages of a SQLite file are whole, and that its tables are those of this
    version. Raises CheckError.
    """
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
        if found != "ok":
            raise CheckError(f"The file is damaged: {found}.")
    version = connection.scalar(select(VERSION.number))
    if version != SCHEMA_VERSION:
        versions = f"in version {version}, and this is version {SCHEMA_VERSION}"
        raise CheckError(f"The store holds jobs {versions}. Open it with this version first.")


def _is_whole(connection: Connection, job_id: str, owner: str) -> bool:
    """Return whether all data of a job are as they were stored. If not, that is logged."""
    try:
        with suppress(LostClaimError):  # the job has ended meanwhile, and its file is removed
            for _ in _read(connection, job_id, owner):
                pass
    except DamagedJobError:
        return False
    return True


def _read(connection: Connection, job_id: str, owner: str) -> Iterator[object]:
    """Read all data of a job. Raises DamagedJobError or LostClaimError."""
    ended = queries.find(connection, job_id, owner=owner).final
    points = select(points_table.c.body, points_table.c.digest).where(points_table.c.job == job_id)
    for body, digest in connection.execute(points):
        check(job_id, digest, digest_of_points(job_id, body))
        yield body
        file = StoredFile.from_json(body)
        if file and not ended:
            for number in range(file.pieces):
                yield files.piece(connection, job_id, number=number)
    after: int | None = None
    while events := (
        part := queries.log_part(connection, job_id, after=after, limit=EVENTS, owner=owner)
    ).events:
        after = events[-1].last
        yield events
    if part.job.final:
        yield queries.ending(connection, job_id, owner=owner)
