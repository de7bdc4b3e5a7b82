"""Errors that the store raises if it cannot do what was asked.

The docstring of a class can be the `detail` of a problem, so it is one line for clients.
"""


class StoreError(Exception):
    """The store did not do what it was asked."""


class UnknownJobError(StoreError):
    """There is no job with this ID."""


class ExpiredJobError(StoreError):
    """The job has ended and was removed, because only recent jobs are kept."""


class KeyReusedError(StoreError):
    """The Idempotency-Key was already used with a different request; use a new key."""


class JobsFullError(StoreError):
    """The maximum number of jobs is already waiting; retry later."""


class TooManyJobsError(StoreError):
    """You have reached your limit of waiting and running jobs; retry when one has ended."""


class RunningJobError(StoreError):
    """The job is running; cancel it before you delete it."""


class NotFinishedError(StoreError):
    """The job has not ended yet; retry when it has."""


class LostClaimError(StoreError):
    """The job has ended, or another process has claimed it."""


class StoreUnavailableError(StoreError):
    """The database of the jobs is not available; retry later."""


class StoreUnopenedError(StoreError):
    """The database cannot be used; the message says why."""
