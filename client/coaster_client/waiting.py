"""Waiting for a job, for both clients."""

from collections.abc import Iterator

from coaster_client.errors import JobFailedError
from coaster_client.models import Job

FIRST_SECONDS, LONGEST_SECONDS = 0.05, 1.0
"""The first and the longest pause between two looks at a job."""


def pauses() -> Iterator[float]:
    """Yield the seconds to wait between looks at a job, which grow up to a second."""
    seconds = FIRST_SECONDS
    while True:
        yield seconds
        seconds = min(LONGEST_SECONDS, 1.5 * seconds)


def has_ended(job: Job) -> bool:
    """Return whether a job has a result. Raises JobFailedError if it ended without one."""
    if job.error is not None:
        raise JobFailedError(job.error)
    return job.status == "succeeded"
