"""Why the pool has no answer.

PoolError
├── QueueFullError
├── ShuttingDownError
├── WorkerLostError
├── FitTimeoutError
├── SlowReaderError
├── RefusedError
└── FailedError
"""


class PoolError(Exception):
    """There is no answer."""


class QueueFullError(PoolError):
    """No worker was free in time, or enough fits wait already."""


class ShuttingDownError(PoolError):
    """The service is ending and takes no more fits."""


class WorkerLostError(PoolError):
    """The worker died in this fit, and so did two others."""


class FitTimeoutError(PoolError):
    """The fit took longer than the wall clock allows, and its worker was killed."""


class SlowReaderError(PoolError):
    """The reader of the stream was too slow: its worker waited for the longest time allowed."""


class RefusedError(PoolError):
    """A number of the fit does not exist; the message says which."""


class FailedError(PoolError):
    """The service made a mistake; it was logged."""
