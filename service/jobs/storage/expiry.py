"""The changes by which the store forgets jobs that ended long ago.

Jobs are kept by the age of the store, not by its clock: a clock that is set forward ends nothing.
"""

from sqlalchemy import Connection, Double, bindparam, delete, select, union, update

from service.jobs.storage.schema import (
    AGE,
    ENDED_AGE,
    JOB,
    LONGEST_GROWTH,
    NOT_EXPIRED,
    PARTS_OF_JOBS,
    VERSION,
    WHOLE,
    Now,
    jobs_table,
    version_table,
)
from service.settings import Settings

EXPIRING = 20
"""The number of jobs that expire in one transaction. Other transactions wait for it."""
FORGETTING = 500
"""The number of expired jobs that are forgotten in one transaction."""
SHRINKING = 1000
"""The number of pages that are given back in one transaction: 4 MB."""
REMEMBERED_SECONDS = 7 * 86_400
"""The time for which an expired job is remembered, in seconds."""

FORGOTTEN = (
    select(JOB.id)
    .where(JOB.expired_at < Now() - REMEMBERED_SECONDS)
    .limit(FORGETTING)
    .with_for_update(skip_locked=True)
)
FORGET = delete(jobs_table).where(JOB.id.in_(FORGOTTEN))
GROW_OLDER = (
    update(version_table)
    .where(VERSION.age == bindparam("seen"))
    .values(age=VERSION.age + bindparam("elapsed", type_=Double))
)
ENDED_WITHOUT_AGE = (
    update(jobs_table)
    .where(NOT_EXPIRED, JOB.ended_age.is_(None), JOB.finished_at.is_not(None))
    .values(ended_age=ENDED_AGE)
)
"""Jobs that a process of an earlier version has ended."""


def expire(connection: Connection, settings: Settings) -> int:
    """Remove all but the row of some jobs that ended too long ago, or before the newest ones, and
    the rows of some jobs that expired long ago. Return the number of these jobs. This never waits
    for a job: those that another transaction has locked are left for the next time.
    """
    ended = select(JOB.id).where(NOT_EXPIRED, WHOLE, JOB.ended_age.is_not(None))
    old = ended.where(JOB.ended_age < AGE - settings.job_kept_seconds)
    beyond = ended.order_by(JOB.ended_age.desc(), JOB.id.desc()).offset(settings.max_kept_jobs)
    found = select(union(old, beyond.subquery().select()).subquery())
    free = select(JOB.id).where(NOT_EXPIRED, JOB.id.in_(found)).with_for_update(skip_locked=True)
    expired = connection.scalars(free.limit(EXPIRING)).all()
    for table in PARTS_OF_JOBS:
        connection.execute(delete(table).where(table.c.job.in_(expired)))
    emptied = {"expired_at": Now(), "key": None, "digest": None, "request": None, "metadata": None}
    connection.execute(update(jobs_table).where(JOB.id.in_(expired)).values(emptied))
    return len(expired) + connection.execute(FORGET).rowcount


def grow_older(connection: Connection, *, seen: float | None, elapsed: float) -> float:
    """Make the store older by the `elapsed` seconds since this process has `seen` its age, unless
    another process has made it older since then. Return its age.
    """
    grown = {"seen": seen, "elapsed": min(elapsed, LONGEST_GROWTH)}
    connection.execute(GROW_OLDER, grown)
    connection.execute(ENDED_WITHOUT_AGE)
    return float(connection.scalars(select(VERSION.age)).one())


def shrink(connection: Connection) -> int:
    """Give some of the free space in a SQLite file back to its disk, and return the number of pages
    of which it was. PostgreSQL does this by itself.
    """
    if connection.dialect.name != "sqlite":
        return 0
    before = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
    cursor = connection.connection.cursor()  # SQLAlchemy would take the first page only
    cursor.execute(f"PRAGMA incremental_vacuum({SHRINKING})")
    cursor.fetchall()
    after = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
    return int(before - after)
