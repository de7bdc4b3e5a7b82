"""The queries of stored jobs."""

from collections.abc import Iterable, Iterator
from typing import get_args

from sqlalchemy import Connection, RowMapping, bindparam, func, select

from service.jobs.errors import ExpiredJobError, NotFinishedError, UnknownJobError
from service.jobs.job import Counted, Failure, LogPart, Page, Row, Status, StoredJob
from service.jobs.storage.clock import Now
from service.jobs.storage.schema import JOB, LOG, endings_table

BEFORE_ALL = -2
"""A position before the first event of any log."""
PART_BYTES = 32 * 1024
"""The size of a part of a log that is read at once, in bytes.

A part exceeds it by at most its last event. Every reader holds one part in memory.
"""

FIELDS = (
    JOB.id,
    JOB.status,
    JOB.position,
    JOB.steps,
    JOB.record_every,
    JOB.created_at,
    JOB.started_at,
    JOB.finished_at,
    JOB.request,
    JOB.metadata,
    JOB.error_code,
    JOB.error_detail,
)
LISTED = [field for field in FIELDS if field is not JOB.request]
NOT_EXPIRED = JOB.expired_at.is_(None)

# Statements are built once, because building one takes longer than executing it.
THIS = JOB.id == bindparam("job_id")
THEIRS = JOB.owner == bindparam("whose")
"""The condition that hides the jobs of other owners."""
FIND = select(*FIELDS).where(THIS, THEIRS, NOT_EXPIRED)
KNOWN = select(JOB.id).where(THIS, THEIRS)
NEWEST = (
    select(*LISTED).where(THEIRS, NOT_EXPIRED).order_by(JOB.id.desc()).limit(bindparam("limit"))
)
PART = (
    select(LOG.last, LOG.body)
    .where(LOG.job == bindparam("job_id"), LOG.last > bindparam("after"))
    .order_by(LOG.last)
    .limit(bindparam("limit"))
)
NUMBERS = select(JOB.status, func.count().label("number")).where(NOT_EXPIRED).group_by(JOB.status)
OLDEST_WAITING = (
    select(Now() - JOB.created_at)
    .where(JOB.status == "queued", NOT_EXPIRED)
    .order_by(JOB.id)
    .limit(1)
)
ENDING = select(endings_table.c.body).where(endings_table.c.job == bindparam("job_id"))


def job_of(found: RowMapping) -> StoredJob:
    """Return a job from its FIELDS.

    A job of a page has no request, because requests can be large and a page does not show them.
    """
    fields = {"request": b""} | dict(found)
    code, detail = fields.pop("error_code"), fields.pop("error_detail")
    return StoredJob(**fields, error=None if code is None else Failure(code, detail))


def find(connection: Connection, job_id: str, *, owner: str = "") -> StoredJob:
    """Return the owner's job with this ID.

    Raises UnknownJobError or ExpiredJobError.
    """
    found = connection.execute(FIND, {"job_id": job_id, "whose": owner}).mappings().one_or_none()
    if found is not None:
        return job_of(found)
    expired = connection.scalar(KNOWN, {"job_id": job_id, "whose": owner}) is not None
    raise ExpiredJobError if expired else UnknownJobError


def page(
    connection: Connection, *, status: Status | None, after: str | None, limit: int, owner: str = ""
) -> Page:
    """Return the owner's newest jobs, of one status or any, older than `after` if it is given."""
    query = NEWEST
    if status is not None:
        query = query.where(JOB.status == status)
    if after is not None:
        query = query.where(JOB.id < after)
    found = [
        job_of(row)
        for row in connection.execute(query, {"limit": limit + 1, "whose": owner}).mappings()
    ]
    return Page(found[:limit], has_more=len(found) > limit)


def part(
    connection: Connection, job_id: str, *, after: int | None, limit: int, owner: str = ""
) -> LogPart:
    """Return the job, and at most `limit` events of its log after the step `after`.

    For None, the events begin with the first one of the log.

    Raises UnknownJobError or ExpiredJobError.
    """
    job = find(connection, job_id, owner=owner)
    start = BEFORE_ALL if after is None else after
    with connection.execute(PART, {"job_id": job_id, "after": start, "limit": limit}) as found:
        return LogPart(job, list(_within(PART_BYTES, (Row(last, body) for last, body in found))))


def counted(connection: Connection) -> Counted:
    """Return the number of jobs of each status, and the age of the oldest job that waits."""
    found = {row.status: row.number for row in connection.execute(NUMBERS)}
    return Counted(
        dict.fromkeys(get_args(Status), 0) | found, connection.scalar(OLDEST_WAITING) or 0.0
    )


def _within(size: int, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the first rows, up to and including the one that reaches the size in bytes."""
    for row in rows:
        yield row
        size -= len(row.body)
        if size <= 0:
            return


def ending_of(connection: Connection, job_id: str, *, owner: str = "") -> bytes | Failure:
    """Return the last event of the job, which is not in its log, or the failure of the job.

    Raises UnknownJobError, ExpiredJobError or NotFinishedError.
    """
    job = find(connection, job_id, owner=owner)
    if not job.final:
        raise NotFinishedError
    return job.error or connection.execute(ENDING, {"job_id": job_id}).scalar_one()
