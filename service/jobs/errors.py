"""Errors that the store raises if it cannot do what was asked. The docstring of a class can be the
`detail` of a problem, so it is one line for clients.
"""

from typing import ClassVar


class StoreError(Exception):
    """The store did not do what it was asked. `code` is that of the problem that says so."""

    code: ClassVar[str]


class UnknownJobError(StoreError):
    """There is no job with this ID."""

    code = "not_found"


class ExpiredJobError(StoreError):
    """The job has ended and was removed, because only recent jobs are kept."""

    code = "expired"


class KeyReusedError(StoreError):
    """The Idempotency-Key was already used with a different request; use a new key."""

    code = "key_reused"


class JobsFullError(StoreError):
    """The maximum number of jobs is already waiting; retry later."""

    code = "queue_full"


class TooManyJobsError(StoreError):
    """You have reached your limit of waiting and running jobs; retry when one has ended."""

    code = "too_many_jobs"


class StoreFullError(StoreError):
    """The jobs that are kept leave no space for this one; delete some, or retry later."""

    code = "store_full"


class RunningJobError(StoreError):
    """The job is running; cancel it before you delete it."""

    code = "job_running"


class NotFinishedError(StoreError):
    """The job has not ended yet; retry when it has."""

    code = "not_finished"


class DamagedJobError(StoreError):
    """The stored data of the job are damaged, so they are not returned."""

    code = "internal_error"


class LostClaimError(StoreError):
    """The job has ended, or another process has claimed it."""


class StoreUnavailableError(StoreError):
    """The database of the jobs is not available; retry later.

    `passing` is true if the database can work later without help, at the start of the service too.
    """

    code = "store_unavailable"

    def __init__(self, message: str = "", *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


class StoreUnopenedError(StoreError):
    """The database cannot be used; the message says why."""

    code = "store_unavailable"


class CheckError(Exception):
    """A store is damaged or cannot be checked; the message says why."""
