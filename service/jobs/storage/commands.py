"""The commands that create, cancel and remove jobs."""

import secrets
import time
from dataclasses import asdict

from sqlalchemy import Connection, bindparam, delete, func, insert, select, union, update

from service.jobs.errors import JobsFullError, KeyReusedError, RunningJobError, TooManyJobsError
from service.jobs.job import Created, StoredJob, Submission
from service.jobs.storage.queries import FIELDS, THEIRS, THIS, find, job_of
from service.jobs.storage.schema import (
    JOB,
    NOT_EXPIRED,
    WHOLE,
    Now,
    endings_table,
    jobs_table,
    log_table,
    points_table,
    version_table,
)
from service.settings import Settings

EXPIRING = 20
"""The number of jobs that expire in one transaction. Other transactions wait for it."""
REMEMBERED_SECONDS = 7 * 86_400
"""The time for which an expired job is remembered, in seconds."""

IN_TURN = select(version_table).with_for_update()
"""The lock of the transaction that may create a job. In SQLite, every writer is alone."""
EARLIER = select(JOB.id, JOB.digest).where(JOB.key == bindparam("known"))
WAITING = select(func.count()).where(JOB.status == "queued", WHOLE)
UNFINISHED = select(func.count()).where(JOB.status.in_(["queued", "running"]), THEIRS)
NEW = (
    insert(jobs_table)
    .values(status="queued", attempts=0, touched=Now(), hinted=Now(), created_at=Now())
    .returning(*FIELDS)
)
CANCEL = (
    update(jobs_table)
    .where(THIS, THEIRS, JOB.finished_at.is_(None))
    .values(
        status="cancelled",
        finished_at=Now(),
        error_code="cancelled",
        error_detail="The job was cancelled.",
    )
)
REMOVE_PARTS = delete(jobs_table).where(JOB.parent == bindparam("job_id"))
FORGOTTEN = select(JOB.id).where(JOB.expired_at < Now() - REMEMBERED_SECONDS)
FORGET = delete(jobs_table).where(JOB.id.in_(FORGOTTEN.with_for_update(skip_locked=True)))
REMOVE = delete(jobs_table).where(THIS, THEIRS, JOB.status != "running", NOT_EXPIRED)


def create(
    connection: Connection, submission: Submission, settings: Settings, *, crowding: bool = False
) -> Created:
    """Create a job, or return the one that the same key created from the same request. A client is
    crowding if it has as many waiting jobs as one client may have. Raises KeyReusedError,
    JobsFullError or TooManyJobsError.
    """
    connection.execute(IN_TURN)
    key, owner = submission.key, submission.owner
    if key and owner:
        # Several owners can use the same key. Neither headers nor names contain a line feed.
        key = f"{owner}\n{key}"
    if key is not None and (earlier := connection.execute(EARLIER, {"known": key}).one_or_none()):
        if earlier.digest != submission.digest:
            raise KeyReusedError
        return Created(find(connection, earlier.id, owner=owner), replayed=True)
    if crowding or connection.execute(WAITING).scalar_one() >= settings.max_waiting_jobs:
        raise JobsFullError
    unfinished = 0
    if owner:
        unfinished = connection.execute(UNFINISHED, {"whose": owner}).scalar_one()
        if unfinished >= settings.max_jobs_per_key:
            raise TooManyJobsError
    job_id = f"{time.time_ns() // 1000:014x}{secrets.token_hex(6)}"
    fields = asdict(submission) | {"id": job_id, "key": key}
    points = fields.pop("points")
    job = job_of(connection.execute(NEW, fields).mappings().one())
    if points is not None:
        connection.execute(insert(points_table), {"job": job_id, "body": points})
    return Created(job, replayed=False, earlier=unfinished)


def cancel(connection: Connection, job_id: str, *, owner: str = "") -> StoredJob:
    """Cancel a job with its parts, and return it. A job that has ended does not change. Raises
    UnknownJobError or ExpiredJobError.
    """
    if connection.execute(CANCEL, {"job_id": job_id, "whose": owner}).rowcount:
        connection.execute(REMOVE_PARTS, {"job_id": job_id})
    return find(connection, job_id, owner=owner)


def remove(connection: Connection, job_id: str, *, owner: str = "") -> None:
    """Remove all data of a job that is not running. Raises UnknownJobError, ExpiredJobError or
    RunningJobError.
    """
    if not connection.execute(REMOVE, {"job_id": job_id, "whose": owner}).rowcount:
        find(connection, job_id, owner=owner)
        raise RunningJobError


def expire(connection: Connection, settings: Settings) -> int:
    """Remove all but the row of some jobs that ended too long ago, or before the newest ones, and
    return their number. The rows of jobs that expired long ago are removed too. This never waits
    for a job: those that another transaction has locked are left for the next time.
    """
    ended = select(JOB.id).where(NOT_EXPIRED, WHOLE, JOB.finished_at.is_not(None))
    old = ended.where(JOB.finished_at < Now() - settings.job_kept_seconds)
    beyond = ended.order_by(JOB.finished_at.desc(), JOB.id.desc()).offset(settings.max_kept_jobs)
    found = select(union(old, beyond.subquery().select()).subquery())
    free = select(JOB.id).where(NOT_EXPIRED, JOB.id.in_(found)).with_for_update(skip_locked=True)
    expired = connection.scalars(free.limit(EXPIRING)).all()
    for table in (points_table, log_table, endings_table):
        connection.execute(delete(table).where(table.c.job.in_(expired)))
    emptied = {"expired_at": Now(), "key": None, "digest": None, "request": None, "metadata": None}
    connection.execute(update(jobs_table).where(JOB.id.in_(expired)).values(emptied))
    connection.execute(FORGET)
    return len(expired)
