"""The removal of jobs that ended long ago."""

from sqlalchemy import Connection, delete, select, union, update

from service.jobs.storage.clock import Now
from service.jobs.storage.queries import NOT_EXPIRED
from service.jobs.storage.schema import JOB, endings_table, jobs_table, log_table, points_table

BATCH = 20
"""The number of jobs that expire in one transaction. Other transactions wait for it."""
REMEMBERED_SECONDS = 7 * 86_400
"""The time for which an expired job is remembered, in seconds."""


def expire(connection: Connection, *, kept: int, kept_seconds: float) -> int:
    """Remove all but the row of some jobs that ended too long ago, or before the newest `kept`
    jobs.

    Return their number.
    """
    ended = select(JOB.id).where(NOT_EXPIRED, JOB.finished_at.is_not(None))
    old = ended.where(JOB.finished_at < Now() - kept_seconds)
    beyond = ended.order_by(JOB.finished_at.desc(), JOB.id.desc()).offset(kept)
    expired = connection.scalars(
        select(union(old, beyond.subquery().select()).subquery()).limit(BATCH)
    ).all()
    for table in (points_table, log_table, endings_table):
        connection.execute(delete(table).where(table.c.job.in_(expired)))
    emptied = {"expired_at": Now(), "key": None, "digest": None, "request": None, "metadata": None}
    connection.execute(update(jobs_table).where(JOB.id.in_(expired)).values(emptied))
    return len(expired)


def forget(connection: Connection) -> None:
    """Remove the rows of jobs that expired long ago."""
    connection.execute(delete(jobs_table).where(JOB.expired_at < Now() - REMEMBERED_SECONDS))
