"""What a client orders: a job made, cancelled or deleted."""

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from service.jobs.errors import JobsFullError, KeyReusedError, RunningJobError, TooManyJobsError
from service.jobs.job import Created, Job, Submission
from service.jobs.storage import queries as records
from service.jobs.storage.clock import Now
from service.jobs.storage.schema import jobs, points, version

IN_TURN = select(version).with_for_update()
"""Who reads this is alone until the transaction ends; in SQLite every writer is."""
EARLIER = select(jobs.c.id, jobs.c.digest).where(jobs.c.key == bindparam("known"))
WAITING = select(func.count()).where(jobs.c.status == "queued")
UNFINISHED = select(func.count()).where(jobs.c.status.in_(["queued", "running"]), records.THEIRS)
NEW = (
    insert(jobs)
    .values(status="queued", attempts=0, touched=Now(), hinted=Now(), created_at=Now())
    .returning(*records.FIELDS)
)
NEW_POINTS = insert(points)
CANCEL = (
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"), records.THEIRS, jobs.c.finished_at.is_(None))
    .values(
        status="cancelled",
        finished_at=Now(),
        error_code="cancelled",
        error_detail="The job was cancelled.",
    )
)
REMOVE = delete(jobs).where(
    jobs.c.id == bindparam("job_id"), records.THEIRS, jobs.c.status != "running", records.KEPT
)


def create(
    connection: Connection, submission: Submission, *, job_id: str, waiting: int, per_owner: int
) -> Created:
    """A job of this id, or the one that was made of the same request by the same key.

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


def _earlier(connection: Connection, submission: Submission) -> Job | None:
    """The job that was made by the same key.

    Raises KeyReusedError.
    """
    if submission.key is None:
        return None
    found = connection.execute(EARLIER, {"known": _known(submission)}).one_or_none()
    if found is None:
        return None
    if found.digest != submission.digest:
        raise KeyReusedError
    return records.find(connection, found.id, owner=submission.owner)


def _known(submission: Submission) -> str | None:
    """The key as it is kept: with its owner, as others may use the same. No header and no name has
    a line's end in it.
    """
    return (
        f"{submission.owner}\n{submission.key}"
        if submission.owner and submission.key
        else submission.key
    )


def _insert(connection: Connection, submission: Submission, job_id: str) -> Job:
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
    return records.job_of(created)


def cancel(connection: Connection, job_id: str, *, owner: str) -> Job:
    """The job, which does not run any more. One that had ended is as it was.

    Raises UnknownJobError or ExpiredJobError.
    """
    connection.execute(CANCEL, {"job_id": job_id, "whose": owner})
    return records.find(connection, job_id, owner=owner)


def remove(connection: Connection, job_id: str, *, owner: str) -> None:
    """Removes all of a job that is not running.

    Raises UnknownJobError, ExpiredJobError or RunningJobError.
    """
    if not connection.execute(REMOVE, {"job_id": job_id, "whose": owner}).rowcount:
        records.find(connection, job_id, owner=owner)
        raise RunningJobError
