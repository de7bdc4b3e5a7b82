"""Errors that the pool raises if it cannot answer a question.

PoolError
├── QueueFullError
├── ShuttingDownError
├── WorkerLostError
├── FitTimeoutError
├── SlowReaderError
├── RefusedError
└── FailedError

The docstring of a class can be the `detail` of a problem, so it is one line for clients.
"""


class PoolError(Exception):
    """The pool has no answer."""


class QueueFullError(PoolError):
    """No worker was free in time, or too many fits are waiting; retry later."""


class ShuttingDownError(PoolError):
    """The service is shutting down and accepts no more fits; retry later."""


class WorkerLostError(PoolError):
    """Three worker processes ended during this fit, so it is not retried."""


class FitTimeoutError(PoolError):
    """The fit exceeded its wall-clock limit, so its worker was killed."""


class SlowReaderError(PoolError):
    """The client read the stream too slowly, so the fit exceeded its wall-clock limit."""


class RefusedError(PoolError):
    """The fit cannot be computed; the message says why."""


class FailedError(PoolError):
    """The service made a mistake; it was logged."""
