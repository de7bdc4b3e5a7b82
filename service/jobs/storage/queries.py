"""The queries of stored jobs. Those for one job raise UnknownJobError, ExpiredJobError or
DamagedJobError.
"""

from contextlib import suppress
from dataclasses import fields, replace
from typing import get_args

from sqlalchemy import Connection, RowMapping, bindparam, case, exists, func, select

from service.jobs.errors import DamagedJobError, ExpiredJobError, NotFinishedError, UnknownJobError
from service.jobs.job import Counted, Ended, Failure, LogPart, Page, Status, StoredJob
from service.jobs.storage.digests import (
    check,
    damaged,
    digest_of_ending,
    digest_of_event,
    digest_of_request,
)
from service.jobs.storage.schema import (
    JOB,
    LOG,
    NOT_EXPIRED,
    PARTS_OF_JOBS,
    WHOLE,
    Now,
    endings_table,
    files_table,
    pieces_table,
)
from service.pool.frames import EventBytes, EventType

PART_BYTES = 32 * 1024
"""The size in bytes at which a part of a log ends. Every reader holds a part in memory."""

SMALL_REQUEST_BYTES = 16 * 1024
"""The size in bytes up to which the requests of a page of jobs are read together."""
PIECE_BYTES = 1024 * 1024
"""The size in bytes of the pieces in which a large last event is stored and read. PostgreSQL takes
three times as much memory to send one, and has a second for each.
"""
BEFORE_LOG = -(2**31)
"""A number below those of all events. The first event of a log is -1 or, if a file is read in
parts before, a lower number.
"""
LOSS_BYTES = 25
"""The most bytes of a loss in JSON, with its comma."""

# Statements are built once, because building one takes longer than executing it.
FIELDS = [JOB[field.name] for field in fields(StoredJob) if field.name != "error"]
FIELDS += [JOB.error_code, JOB.error_detail]
SMALL_REQUEST = case((func.length(JOB.request) <= bindparam("small"), JOB.request)).label("request")
LISTED = [SMALL_REQUEST, JOB.seal, *(field for field in FIELDS if field is not JOB.request)]
"""The fields of a job on a page. A page does not show requests, but they prove that a job is not
damaged. A large one is read alone.
"""
THIS = JOB.id == bindparam("job_id")
THEIRS = JOB.owner == bindparam("whose")
"""The condition that hides the jobs of other owners."""
FIND = select(*FIELDS, JOB.seal).where(THIS, THEIRS, NOT_EXPIRED)
KNOWN = select(JOB.id).where(THIS, THEIRS)
NEWEST = (
    select(*LISTED).where(THEIRS, NOT_EXPIRED).order_by(JOB.id.desc()).limit(bindparam("limit"))
)
PART = (
    select(LOG.last, LOG.body, LOG.digest)
    .where(LOG.job == bindparam("job_id"), LOG.last > bindparam("after"))
    .order_by(LOG.last)
    .limit(bindparam("limit"))
)
PREVIOUS = select(func.max(LOG.last)).where(
    LOG.job == bindparam("job_id"), LOG.last <= bindparam("after")
)
NUMBERS = (
    select(JOB.status, func.count().label("number")).where(NOT_EXPIRED, WHOLE).group_by(JOB.status)
)
OLDEST_WAITING = (
    select(func.abs(Now() - JOB.created_at))
    .where(JOB.status == "queued", NOT_EXPIRED, WHOLE)
    .order_by(JOB.id)
    .limit(1)
)
TABLES = [exists(select(table.c.job)) for table in (*PARTS_OF_JOBS, files_table)]
"""Columns that can be read only if the tables of large values are there."""
USABLE = select(*TABLES, exists(select(JOB.id)))
OF_ENDING = endings_table.c.job == bindparam("job_id")
ENDING = select(endings_table.c.body, endings_table.c.digest).where(OF_ENDING)
ENDING_BYTES = select(func.length(endings_table.c.body)).where(OF_ENDING)
OF_PIECES = pieces_table.c.job == bindparam("job_id")
PIECES = select(pieces_table.c.body).where(OF_PIECES).order_by(pieces_table.c.number)
PIECE = PIECES.where(pieces_table.c.number == bindparam("number"))
OTHER_BYTES = select(func.coalesce(func.sum(func.length(pieces_table.c.body)), 0)).where(OF_PIECES)
LOG_BYTES = select(func.coalesce(func.sum(func.length(LOG.body)), 0)).where(
    LOG.job == bindparam("job_id")
)
SMALL_ENDING = ENDING.where(func.length(endings_table.c.body) <= bindparam("bytes"))


def usable(connection: Connection) -> None:
    """Read from every table that jobs need. It is an error of the database if one is missing."""
    connection.execute(USABLE)


def job_of(found: RowMapping) -> StoredJob:
    """Return a job from its FIELDS."""
    values = {name: value for name, value in found.items() if name != "seal"}
    code, detail = values.pop("error_code"), values.pop("error_detail")
    return StoredJob(**values, error=None if code is None else Failure(code, detail))


def find(connection: Connection, job_id: str, *, owner: str = "") -> StoredJob:
    """Return the owner's job with this ID."""
    found = connection.execute(FIND, {"job_id": job_id, "whose": owner}).mappings().one_or_none()
    if found is not None:
        return _sealed(found, owner)
    if connection.scalar(KNOWN, {"job_id": job_id, "whose": owner}) is not None:
        raise ExpiredJobError
    raise UnknownJobError


def page(
    connection: Connection, *, status: Status | None, after: str | None, limit: int, owner: str = ""
) -> Page:
    """Return the owner's newest jobs, of one status or any, older than `after` if it is given. A
    damaged job is left out.
    """
    query = NEWEST
    if status is not None:
        query = query.where(JOB.status == status)
    if after is not None:
        query = query.where(JOB.id < after)
    given = {"limit": limit + 1, "whose": owner, "small": SMALL_REQUEST_BYTES}
    rows = connection.execute(query, given).mappings().all()
    jobs = [job for row in rows[:limit] if (job := _listed(connection, row, owner))]
    return Page(jobs, has_more=len(rows) > limit)


def _listed(connection: Connection, row: RowMapping, owner: str) -> StoredJob | None:
    """Return a job on a page without its request, or None if it is damaged."""
    with suppress(DamagedJobError):
        if row["request"] is None:
            job = find(connection, row["id"], owner=owner)
        else:
            job = _sealed(row, owner)
        return replace(job, request=b"")
    return None


def _sealed(row: RowMapping, owner: str) -> StoredJob:
    """Return a job as it was created. Raises DamagedJobError."""
    job = job_of(row)
    check(job.id, row["seal"], digest_of_request(job, job_id=job.id, owner=owner))
    return job


def log_part(
    connection: Connection, job_id: str, *, after: int | None, limit: int, owner: str = ""
) -> LogPart:
    """Return the job, and at most `limit` events of its log after the step `after`, or from the
    beginning for None. They end with the one that reaches PART_BYTES. Its ending is returned too if
    nothing comes before it and it fits into PART_BYTES.
    """
    job = find(connection, job_id, owner=owner)
    position = None
    if after is None:
        after = BEFORE_LOG
    else:
        position = connection.scalar(PREVIOUS, {"job_id": job_id, "after": after})
    events: list[EventBytes] = []
    size = 0
    with connection.execute(PART, {"job_id": job_id, "after": after, "limit": limit}) as found:
        for last, body, digest in found:
            check(job_id, digest, digest_of_event(job_id, position, last, body))
            events.append(EventBytes(_type(job, last), last, body))
            position = last
            size += len(body)
            if size >= PART_BYTES:
                break
    if not events and position != job.position:
        raise damaged(job_id)  # the end of the log is lost
    if not job.final or position != job.position:
        return LogPart(job, events)
    fits = {"job_id": job_id, "bytes": PART_BYTES - size}
    ending = connection.execute(SMALL_ENDING, fits).one_or_none()
    return LogPart(job, events, job.error or (ending and checked(job_id, *ending)))


def checked(job_id: str, body: bytes, digest: bytes | None) -> bytes:
    """Return the last event of a job. Raises DamagedJobError."""
    check(job_id, digest, digest_of_ending(job_id, body))
    return body


def _type(job: StoredJob, last: int) -> EventType:
    """Return the type of the event that ends with this step or row."""
    if job.question == "series":
        return "rows"
    if last < -1:
        return "reading"
    return "started" if last < 0 else "steps"


def counted(connection: Connection) -> Counted:
    """Return the number of jobs of each status, and the age of the oldest job that waits."""
    numbers = dict.fromkeys(get_args(Status), 0)
    numbers |= {row.status: row.number for row in connection.execute(NUMBERS)}
    return Counted(numbers, connection.scalar(OLDEST_WAITING) or 0.0)


def ending(connection: Connection, job_id: str, *, owner: str = "") -> bytes | Failure:
    """Return the last event of the job, which is not in its log, or its failure. Raises
    NotFinishedError too.
    """
    job = _ended(connection, job_id, owner)
    if job.error:
        return job.error
    ending = connection.execute(ENDING, {"job_id": job_id}).one_or_none()
    if ending is None:
        raise damaged(job_id)
    first, digest = ending
    others = connection.scalars(PIECES, {"job_id": job_id})
    return checked(job_id, b"".join([first, *others]), digest)


def ended(connection: Connection, job_id: str, *, owner: str = "") -> Ended | Failure:
    """Return what is stored of the answer of a job, without reading it, or the failure of the job.
    Raises NotFinishedError too.
    """
    job = _ended(connection, job_id, owner)
    if job.error:
        return job.error
    ending_bytes = connection.scalar(ENDING_BYTES, {"job_id": job_id})
    if ending_bytes is None:
        raise damaged(job_id)
    ending_bytes += int(connection.scalars(OTHER_BYTES, {"job_id": job_id}).one())
    if job.question == "series":
        log_bytes = int(connection.scalars(LOG_BYTES, {"job_id": job_id}).one())
    else:
        log_bytes = LOSS_BYTES * (job.steps_done // job.record_every)
    return Ended(job.question, ending_bytes, log_bytes)


def first_piece(
    connection: Connection, job_id: str, *, owner: str = ""
) -> tuple[bytes, bytes | None]:
    """Return piece 0 of the last event of a job that has succeeded, and the digest of the whole
    event.
    """
    find(connection, job_id, owner=owner)
    found = connection.execute(ENDING, {"job_id": job_id}).one_or_none()
    if found is None:
        raise damaged(job_id)
    body, digest = found
    return body, digest


def piece(connection: Connection, job_id: str, *, number: int, owner: str = "") -> bytes:
    """Return a later piece of the last event of a job. It is empty after the last piece."""
    find(connection, job_id, owner=owner)
    found: bytes | None = connection.scalar(PIECE, {"job_id": job_id, "number": number})
    return found or b""


def _ended(connection: Connection, job_id: str, owner: str) -> StoredJob:
    job = find(connection, job_id, owner=owner)
    if not job.final:
        raise NotFinishedError
    return job
