"""The commands of a client, which create, cancel or delete a job."""

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from service.jobs.errors import JobsFullError, KeyReusedError, RunningJobError, TooManyJobsError
from service.jobs.job import Created, StoredJob, Submission
from service.jobs.storage import queries
from service.jobs.storage.clock import Now
from service.jobs.storage.schema import JOB, jobs_table, points_table, version_table

IN_TURN = select(version_table).with_for_update()
"""A query that locks out other creations until the end of the transaction.

In SQLite, every writer has the database to itself.
"""
EARLIER = select(JOB.id, JOB.digest).where(JOB.key == bindparam("known"))
WAITING = select(func.count()).where(JOB.status == "queued")
UNFINISHED = select(func.count()).where(JOB.status.in_(["queued", "running"]), queries.THEIRS)
NEW = (
    insert(jobs_table)
    .values(status="queued", attempts=0, touched=Now(), hinted=Now(), created_at=Now())
    .returning(*queries.FIELDS)
)
NEW_POINTS = insert(points_table)
CANCEL = (
    update(jobs_table)
    .where(queries.THIS, queries.THEIRS, JOB.finished_at.is_(None))
    .values(
        status="cancelled",
        finished_at=Now(),
        error_code="cancelled",
        error_detail="The job was cancelled.",
    )
)
REMOVE = delete(jobs_table).where(
    queries.THIS, queries.THEIRS, JOB.status != "running", queries.NOT_EXPIRED
)


def create(
    connection: Connection, submission: Submission, *, job_id: str, waiting: int, per_owner: int
) -> Created:
    """Create a job with this ID, or return the one that the same key created from the same request.

    Raises KeyReusedError, JobsFullError or TooManyJobsError.
    """
    connection.execute(IN_TURN)
    if (earlier := _earlier(connection, submission)) is not None:
        return Created(earlier, replayed=True)
    if connection.execute(WAITING).scalar_one() >= waiting:
        raise JobsFullError
    if (
        submission.owner
        and connection.execute(UNFINISHED, {"whose": submission.owner}).scalar_one() >= per_owner
    ):
        raise TooManyJobsError
    return Created(_insert(connection, submission, job_id), replayed=False)


def _earlier(connection: Connection, submission: Submission) -> StoredJob | None:
    """Return the job that the same key created, or None.

    Raises KeyReusedError.
    """
    if submission.key is None:
        return None
    found = connection.execute(EARLIER, {"known": _known(submission)}).one_or_none()
    if found is None:
        return None
    if found.digest != submission.digest:
        raise KeyReusedError
    return queries.find(connection, found.id, owner=submission.owner)


def _known(submission: Submission) -> str | None:
    """Return the key as it is stored: with its owner, because several owners can use the same key.

    The line feed is a safe separator, because neither headers nor names contain one.
    """
    if submission.owner and submission.key:
        return f"{submission.owner}\n{submission.key}"
    return submission.key


def _insert(connection: Connection, submission: Submission, job_id: str) -> StoredJob:
    fields = {
        "id": job_id,
        "key": _known(submission),
        "owner": submission.owner,
        "digest": submission.digest,
        "request": submission.request,
        "metadata": submission.metadata,
        "steps": submission.steps,
        "record_every": submission.record_every,
    }
    created = connection.execute(NEW, fields).mappings().one()
    if submission.points is not None:
        connection.execute(NEW_POINTS, {"job": job_id, "body": submission.points})
    return queries.job_of(created)


def cancel(connection: Connection, job_id: str, *, owner: str = "") -> StoredJob:
    """Cancel a job and return it. A job that has ended does not change.

    Raises UnknownJobError or ExpiredJobError.
    """
    connection.execute(CANCEL, {"job_id": job_id, "whose": owner})
    return queries.find(connection, job_id, owner=owner)


def remove(connection: Connection, job_id: str, *, owner: str = "") -> None:
    """Remove all data of a job that is not running.

    Raises UnknownJobError, ExpiredJobError or RunningJobError.
    """
    if not connection.execute(REMOVE, {"job_id": job_id, "whose": owner}).rowcount:
        queries.find(connection, job_id, owner=owner)
        raise RunningJobError
