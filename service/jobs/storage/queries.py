"""What is told of stored jobs."""

from collections.abc import Iterable, Iterator
from typing import get_args

from sqlalchemy import Connection, RowMapping, bindparam, func, select

from service.jobs.errors import ExpiredJobError, NotFinishedError, UnknownJobError
from service.jobs.job import Counted, Failure, Job, Page, Part, Row, Status
from service.jobs.storage.clock import Now
from service.jobs.storage.schema import endings, jobs, log

BEFORE_ALL = -2
"""A position before the first of any log."""
PART_BYTES = 32 * 1024
"""Of a log, read at once: more only where the last event read is larger. Every reader holds so
much.
"""

FIELDS = (
    jobs.c.id,
    jobs.c.status,
    jobs.c.position,
    jobs.c.steps,
    jobs.c.record_every,
    jobs.c.created_at,
    jobs.c.started_at,
    jobs.c.finished_at,
    jobs.c.request,
    jobs.c.metadata,
    jobs.c.error_code,
    jobs.c.error_detail,
)
LISTED = [field for field in FIELDS if field is not jobs.c.request]
KEPT = jobs.c.expired_at.is_(None)

# Statements are made once: to make one takes longer than to execute it.
THEIRS = jobs.c.owner == bindparam("whose")
"""To anybody else a job is unknown."""
FIND = select(*FIELDS).where(jobs.c.id == bindparam("job_id"), THEIRS, KEPT)
KNOWN = select(jobs.c.id).where(jobs.c.id == bindparam("job_id"), THEIRS)
NEWEST = select(*LISTED).where(THEIRS, KEPT).order_by(jobs.c.id.desc()).limit(bindparam("limit"))
PART = (
    select(log.c.last, log.c.body)
    .where(log.c.job == bindparam("job_id"), log.c.last > bindparam("after"))
    .order_by(log.c.last)
    .limit(bindparam("limit"))
)
NUMBERS = select(jobs.c.status, func.count()).where(KEPT).group_by(jobs.c.status)
OLDEST = (
    select(Now() - jobs.c.created_at)
    .where(jobs.c.status == "queued", KEPT)
    .order_by(jobs.c.id)
    .limit(1)
)
ENDING = select(endings.c.body).where(endings.c.job == bindparam("job_id"))


def job_of(found: RowMapping) -> Job:
    """A job from its FIELDS; of a page, where requests may be large and are not told, without
    that.
    """
    fields = {"request": b""} | dict(found)
    code, detail = fields.pop("error_code"), fields.pop("error_detail")
    return Job(**fields, error=None if code is None else Failure(code, detail))


def find(connection: Connection, job_id: str, *, owner: str) -> Job:
    """The owner's job of this id.

    Raises UnknownJobError or ExpiredJobError.
    """
    found = connection.execute(FIND, {"job_id": job_id, "whose": owner}).mappings().one_or_none()
    if found is not None:
        return job_of(found)
    expired = connection.scalar(KNOWN, {"job_id": job_id, "whose": owner}) is not None
    raise ExpiredJobError if expired else UnknownJobError


def page(
    connection: Connection, *, status: Status | None, after: str | None, limit: int, owner: str
) -> Page:
    """The owner's newest jobs, of one status or any, older than `after` if it is given."""
    query = NEWEST
    if status is not None:
        query = query.where(jobs.c.status == status)
    if after is not None:
        query = query.where(jobs.c.id < after)
    found = [
        job_of(row)
        for row in connection.execute(query, {"limit": limit + 1, "whose": owner}).mappings()
    ]
    return Page(found[:limit], has_more=len(found) > limit)


def part(connection: Connection, job_id: str, *, after: int | None, limit: int, owner: str) -> Part:
    """The job, and what its log holds behind `after`.

    Raises UnknownJobError or ExpiredJobError.
    """
    job = find(connection, job_id, owner=owner)
    start = BEFORE_ALL if after is None else after
    with connection.execute(PART, {"job_id": job_id, "after": start, "limit": limit}) as found:
        return Part(job, list(_within(PART_BYTES, (Row(last, body) for last, body in found))))


def counted(connection: Connection) -> Counted:
    """How many jobs there are."""
    found = {status: number for status, number in connection.execute(NUMBERS)}  # noqa: C416 - dict() would take it for a mapping
    return Counted(dict.fromkeys(get_args(Status), 0) | found, connection.scalar(OLDEST) or 0.0)


def _within(size: int, rows: Iterable[Row]) -> Iterator[Row]:
    """The first rows, up to the one with which they have the size."""
    for row in rows:
        yield row
        size -= len(row.body)
        if size <= 0:
            return


def ending(connection: Connection, job_id: str, *, owner: str) -> bytes | Failure:
    """The last event of the job.

    Raises UnknownJobError, ExpiredJobError or NotFinishedError.
    """
    job = find(connection, job_id, owner=owner)
    if not job.final:
        raise NotFinishedError
    return job.error or connection.execute(ENDING, {"job_id": job_id}).scalar_one()
