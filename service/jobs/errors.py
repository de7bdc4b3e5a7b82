"""Why the store does not do what it was asked.

StoreError
├── UnknownJobError
├── ExpiredJobError
├── KeyReusedError
├── JobsFullError
├── TooManyJobsError
├── RunningJobError
├── NotFinishedError
├── LostClaimError
├── StoreUnavailableError
└── StoreUnopenedError
    └── ForeignSchemaError
"""


class StoreError(Exception):
    """The store did not do what it was asked."""


class UnknownJobError(StoreError):
    """There is no such job."""


class ExpiredJobError(StoreError):
    """The job ended, was kept for as long as jobs are kept, and is removed."""


class KeyReusedError(StoreError):
    """The key came with another request before."""


class JobsFullError(StoreError):
    """Enough jobs wait already."""


class TooManyJobsError(StoreError):
    """As many jobs of this owner wait and run as may."""


class RunningJobError(StoreError):
    """The job is running; cancel it first."""


class NotFinishedError(StoreError):
    """The job has not ended yet."""


class LostClaimError(StoreError):
    """The job has ended, or somebody else runs it."""


class StoreUnavailableError(StoreError):
    """The database does not work now."""


class StoreUnopenedError(StoreError):
    """The database cannot be used; the message says why."""


class ForeignSchemaError(StoreUnopenedError):
    """The database holds tables that this version did not make; the message says which."""
