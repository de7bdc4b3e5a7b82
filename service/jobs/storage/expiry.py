"""The removal of jobs that ended long ago."""

from sqlalchemy import Connection, delete, select, union, update

from service.jobs.storage.clock import Now
from service.jobs.storage.queries import KEPT
from service.jobs.storage.schema import endings, jobs, log, points

BATCH = 20
"""The number of jobs that expire in one transaction. Other transactions wait for it."""
REMEMBERED_SECONDS = 7 * 86_400
"""The time for which an expired job is remembered, in seconds."""


def expire(connection: Connection, *, kept: int, kept_seconds: float) -> int:
    """Remove all but the row of some jobs that ended too long ago, or before the newest `kept`
    jobs.

    Return their number.
    """
    ended = select(jobs.c.id).where(KEPT, jobs.c.finished_at.is_not(None))
    old = ended.where(jobs.c.finished_at < Now() - kept_seconds)
    beyond = ended.order_by(jobs.c.finished_at.desc(), jobs.c.id.desc()).offset(kept)
    expired = connection.scalars(
        select(union(old, beyond.subquery().select()).subquery()).limit(BATCH)
    ).all()
    for table in (points, log, endings):
        connection.execute(delete(table).where(table.c.job.in_(expired)))
    emptied = {"expired_at": Now(), "key": None, "digest": None, "request": None, "metadata": None}
    connection.execute(update(jobs).where(jobs.c.id.in_(expired)).values(emptied))
    return len(expired)


def forget(connection: Connection) -> None:
    """Remove the rows of jobs that expired long ago."""
    connection.execute(delete(jobs).where(jobs.c.expired_at < Now() - REMEMBERED_SECONDS))
