"""The space that jobs take in the store. A job is created only if there is space for all that it is
predicted to store, so that a job that was accepted can end.
"""

from typing import get_args

from sqlalchemy import Connection, bindparam, func, select, update

from service.descent.questions.records import MAX_NUMBERS, NUMBER_BYTES
from service.jobs.errors import StoreFullError
from service.jobs.job import Status
from service.jobs.storage.schema import ARRIVING, JOB, NOT_EXPIRED, VERSION, version_table
from service.jobs.submission import Submission

ROW_BYTES = 1000
"""The space that a job takes in addition to what clients send and receive, in bytes."""
JOB_BYTES = 16 * 1024
"""The space for the log and the result of a job, in addition to that for its numbers, in bytes."""
EXPIRED_BYTES = 300
"""The space that an expired job takes, in bytes."""
LOCK = select(version_table).with_for_update()
KEPT = select(func.coalesce(func.sum(JOB.stored + JOB.reserved + ROW_BYTES), 0)).where(
    NOT_EXPIRED, JOB.status.in_((*get_args(Status), ARRIVING))
)
"""The space of all jobs but the expired ones. All have such a status: there is an index for it."""
EXPIRED = select(func.count()).where(JOB.expired_at.is_not(None))
COUNTED = (
    update(version_table)
    .where(VERSION.kept_bytes != bindparam("counted"))
    .values(kept_bytes=bindparam("counted"))
)
TAKEN_BEFORE = select(VERSION.kept_bytes)
TAKEN = update(version_table).values(kept_bytes=VERSION.kept_bytes + bindparam("size"))


def size_of(submission: Submission) -> int:
    """Return the size of what a new job stores at once, in bytes."""
    return len(submission.request) + len(submission.points or b"")


def for_numbers(numbers: int) -> int:
    """Return the space in bytes that a job reserves for its log and its result, which have at most
    this number of numbers.
    """
    return JOB_BYTES + NUMBER_BYTES * min(numbers, MAX_NUMBERS)


def needed_by(submission: Submission) -> int:
    """Return the size of all that a new job is predicted to store, in bytes."""
    return ROW_BYTES + size_of(submission) + submission.reserved


def check(size: int, *, kept: int, limit: int) -> None:
    """Check that this size and the `kept` bytes of other jobs are within the limit. Raises
    StoreFullError.
    """
    if kept + size > limit:
        raise StoreFullError


def take(connection: Connection, size: int) -> None:
    """Take space of this size in bytes. What takes it is stored before, because a change that fails
    must have changed nothing.
    """
    connection.execute(TAKEN, {"size": size})


def count(connection: Connection) -> None:
    """Count the space that all jobs take. Those that have ended, were removed or have expired have
    given some of it back.
    """
    connection.execute(LOCK)
    kept = connection.scalars(KEPT).one() + EXPIRED_BYTES * connection.scalars(EXPIRED).one()
    connection.execute(COUNTED, {"counted": int(kept)})
