"""The commands by which clients create, cancel and remove jobs."""

import secrets
import time
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from service.jobs.errors import (
    JobsFullError,
    KeyReusedError,
    RunningJobError,
    StoreUnavailableError,
    TooManyJobsError,
)
from service.jobs.job import Created, StoredJob
from service.jobs.storage import space
from service.jobs.storage.digests import digest_of_points, digest_of_request
from service.jobs.storage.queries import FIELDS, TABLES, THEIRS, THIS, find, job_of
from service.jobs.storage.schema import (
    ARRIVING,
    ENDED_AGE,
    JOB,
    NOT_EXPIRED,
    VERSION,
    WHOLE,
    Now,
    jobs_table,
    points_table,
    version_table,
)
from service.jobs.submission import Submission
from service.settings import Settings

TIME_DIGITS = 14
"""The number of hex digits of an ID that are its time."""

IN_TURN = select(version_table, *TABLES).with_for_update(of=version_table)
"""The lock of the transaction that may create a job. In SQLite, every writer is alone. A job that
could not run, because a table is missing, is not created.
"""
PROBE = update(version_table).values(number=VERSION.number)
EARLIER = select(JOB.id, JOB.digest).where(JOB.key == bindparam("known"))
WAITING = select(func.count()).where(JOB.status == "queued", NOT_EXPIRED, WHOLE)
STATE = select(
    WAITING.scalar_subquery().label("waiting"),
    select(func.max(JOB.id)).scalar_subquery().label("newest"),
)
"""The number of waiting jobs and the ID of the newest job. One statement is faster than two."""
UNFINISHED = select(func.count()).where(JOB.status.in_(["queued", "running"]), NOT_EXPIRED, THEIRS)
QUEUED = {
    "status": "queued",
    "attempts": 0,
    "touched": Now(),
    "hinted": Now(),
    "created_at": Now(),
}
NEW = insert(jobs_table).values(QUEUED).returning(*FIELDS)
ARRIVED = (
    update(jobs_table)
    .where(THIS, JOB.status == ARRIVING)
    .values(QUEUED | {"reserved": JOB.reserved + bindparam("more")})
    .returning(*FIELDS)
)
"""The job of a file that has arrived."""
CANCEL = (
    update(jobs_table)
    .where(THIS, THEIRS, JOB.finished_at.is_(None))
    .values(
        status="cancelled",
        finished_at=Now(),
        ended_age=ENDED_AGE,
        reserved=0,
        error_code="cancelled",
        error_detail="The job was cancelled.",
    )
)
REMOVE_PARTS = delete(jobs_table).where(JOB.parent == bindparam("job_id"))
REMOVE = delete(jobs_table).where(THIS, THEIRS, JOB.status != "running", NOT_EXPIRED)


def probe(connection: Connection) -> None:
    """Write without a change. It is an error of the database if nothing can be written, for example
    to a full disk.
    """
    connection.execute(PROBE)


def create(
    connection: Connection,
    submission: Submission,
    settings: Settings,
    *,
    crowding: bool = False,
    upload: str | None = None,
) -> Created:
    """Create a job, or return the one that the same key created from the same request. A client is
    crowding if it has as many waiting jobs as one client may have. `upload` is the ID under which
    the file of the job has arrived, or None if it has no file. Raises KeyReusedError,
    JobsFullError, TooManyJobsError or StoreFullError, and StoreUnavailableError if the file was
    removed because it took too long.
    """
    turn = connection.execute(IN_TURN).one()
    key, owner = submission.key, submission.owner
    if key is not None:
        if found := replayed(connection, key, digest=submission.digest, owner=owner):
            return found
        key = _of_owner(key, owner)
    state = connection.execute(STATE).one()
    unfinished = _unfinished(connection, owner, settings, full=crowding, waiting=state.waiting)
    size = space.needed_by(submission)
    space.check(size, kept=turn.kept_bytes, limit=settings.max_store_bytes)
    job_id = upload or next_id(state.newest or "")
    seal = digest_of_request(submission, job_id=job_id, owner=owner)
    fields = asdict(submission) | {
        "id": job_id,
        "key": key,
        "seal": seal,
        "stored": space.size_of(submission),
    }
    points = fields.pop("points")
    if upload is None:
        job = job_of(connection.execute(NEW, fields).mappings().one())
    else:
        job = _arrived(connection, fields)
    space.take(connection, size)
    if points is not None:
        digest = digest_of_points(job_id, points)
        connection.execute(insert(points_table), {"job": job_id, "body": points, "digest": digest})
    return Created(job, replayed=False, earlier=unfinished)


def check(
    connection: Connection,
    settings: Settings,
    *,
    key: str | None,
    owner: str,
    size: int,
    crowding: bool = False,
) -> None:
    """Check that a job of this size in bytes could be created now. A request whose key is known may
    be a repeated one, which creates none. Raises JobsFullError, TooManyJobsError or StoreFullError.
    """
    if key is not None and connection.execute(EARLIER, {"known": _of_owner(key, owner)}).first():
        return
    waiting = connection.execute(STATE).one().waiting
    _unfinished(connection, owner, settings, full=crowding, waiting=waiting)
    kept = connection.scalars(space.TAKEN_BEFORE).one()
    space.check(space.ROW_BYTES + size, kept=kept, limit=settings.max_store_bytes)


def _unfinished(
    connection: Connection, owner: str, settings: Settings, *, full: bool, waiting: int
) -> int:
    """Return the number of jobs that an owner has waiting and running, if it may have one more.
    Raises JobsFullError or TooManyJobsError.
    """
    if full or waiting >= settings.max_waiting_jobs:
        raise JobsFullError
    if not owner:
        return 0
    unfinished: int = connection.execute(UNFINISHED, {"whose": owner}).scalar_one()
    if unfinished >= settings.max_jobs_per_key:
        raise TooManyJobsError
    return unfinished


def replayed(connection: Connection, key: str, *, digest: str, owner: str = "") -> Created | None:
    """Return the job that the same key created from the same request, or None.
    Raises KeyReusedError.
    """
    found = connection.execute(EARLIER, {"known": _of_owner(key, owner)}).one_or_none()
    if found is None:
        return None
    if found.digest != digest:
        raise KeyReusedError
    return Created(find(connection, found.id, owner=owner), replayed=True)


def _of_owner(key: str, owner: str) -> str:
    """Return a key as it is stored. Several owners can use the same one. Neither headers nor names
    contain a line feed.
    """
    return f"{owner}\n{key}" if owner else key


def _arrived(connection: Connection, fields: dict[str, Any]) -> StoredJob:
    """Create the job of a file that has arrived under its ID. Raises StoreUnavailableError."""
    changes = fields | {"job_id": fields["id"], "more": fields["reserved"]}
    del changes["reserved"]
    created = connection.execute(ARRIVED, changes).mappings().one_or_none()
    if created is None:
        raise StoreUnavailableError("the file was removed")
    return job_of(created)


def next_id(newest: str) -> str:
    """Return the ID of a new job, after the newest one, whatever the clock says: lists are in the
    order of the IDs, which begin with the time in microseconds.
    """
    moment = max(time.time_ns() // 1000, int(newest[:TIME_DIGITS] or "0", 16) + 1)
    return f"{moment:0{TIME_DIGITS}x}{secrets.token_hex(6)}"


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
