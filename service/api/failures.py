"""The problems that describe exceptions."""

import logging
from asyncio import CancelledError
from typing import NoReturn

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from service.api.body import CODES
from service.api.problems import Code, ProblemError
from service.jobs.errors import (
    ExpiredJobError,
    JobsFullError,
    KeyReusedError,
    NotFinishedError,
    RunningJobError,
    StoreError,
    StoreUnavailableError,
    StoreUnopenedError,
    TooManyJobsError,
    UnknownJobError,
)
from service.pool.errors import (
    FailedError,
    FitTimeoutError,
    PoolError,
    QueueFullError,
    RefusedError,
    ShuttingDownError,
    SlowReaderError,
    WorkerLostError,
)

POOL = {
    QueueFullError: Code.QUEUE_FULL,
    ShuttingDownError: Code.SHUTTING_DOWN,
    WorkerLostError: Code.WORKER_LOST,
    FitTimeoutError: Code.FIT_TIMEOUT,
    SlowReaderError: Code.SLOW_READER,
    RefusedError: Code.NOT_COMPUTABLE,
    FailedError: Code.INTERNAL_ERROR,
}
STORE = {
    UnknownJobError: Code.NOT_FOUND,
    ExpiredJobError: Code.EXPIRED,
    KeyReusedError: Code.KEY_REUSED,
    JobsFullError: Code.QUEUE_FULL,
    TooManyJobsError: Code.TOO_MANY_JOBS,
    RunningJobError: Code.JOB_RUNNING,
    NotFinishedError: Code.NOT_FINISHED,
    StoreUnavailableError: Code.STORE_UNAVAILABLE,
    StoreUnopenedError: Code.STORE_UNAVAILABLE,
}
PROBLEMS = (ProblemError, PoolError, StoreError)
"""The exceptions of the service itself that are problems of a request."""

log = logging.getLogger(__name__)


async def pass_on(_: Request, error: Exception) -> NoReturn:
    """Let an exception that FastAPI would answer reach the entrance, which answers all of them."""
    raise error


def explained(error: BaseException, request_id: str) -> ProblemError:
    """Return the problem that describes an exception. One that is not expected is logged."""
    if isinstance(error, PROBLEMS):
        return expected(error)
    if isinstance(error, HTTPException):
        return _unrouted(error)
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, CancelledError):
        return ProblemError(Code.SHUTTING_DOWN, "The service shut down before it could answer.")
    log.error("request_failed", exc_info=error, extra={"fields": {"request_id": request_id}})
    return ProblemError(Code.INTERNAL_ERROR, "The service made a mistake; it was logged.")


def expected(error: ProblemError | PoolError | StoreError) -> ProblemError:
    """Return the problem that describes one of `PROBLEMS`.

    The detail is the message of a pool error, or its docstring if it has no message. For a store
    error it is the docstring, as its message is for the log.
    """
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, StoreError):
        return ProblemError(STORE[type(error)], str(error.__doc__))
    return ProblemError(POOL[type(error)], str(error) or str(error.__doc__))


def _unrouted(error: HTTPException) -> ProblemError:
    """Return the problem of a request whose path or method the router does not know."""
    if error.status_code != 405:
        return _not_found()
    return ProblemError(
        Code.METHOD_NOT_ALLOWED,
        "The Allow header lists the methods that this path supports.",
        headers={"Allow": (error.headers or {})["Allow"]},
    )


def _invalid(error: RequestValidationError) -> ProblemError:
    """Return the problem of a request whose path or query FastAPI could not validate. Our own
    routes read the bodies.
    """
    first = error.errors()[0]
    where, name = first["loc"][:2]
    if where == "path":
        return _not_found()
    return ProblemError(CODES.get(first["type"], Code.WRONG_TYPE), f"`{name}`: {first['msg']}.")


def _not_found() -> ProblemError:
    return ProblemError(Code.NOT_FOUND, "The paths of this service are listed at /docs.")
