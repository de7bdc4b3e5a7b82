"""The conversion of exceptions to responses."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from service.api.body import CODES
from service.api.disconnect import ClientLeftError
from service.api.problems import Code, ProblemError
from service.api.responses import respond
from service.jobs.errors import (
    ExpiredJobError,
    ForeignSchemaError,
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
    ForeignSchemaError: Code.STORE_UNAVAILABLE,
}
PROBLEMS = (ProblemError, PoolError, StoreError)
"""The exceptions that can be converted to problems."""


def install(app: FastAPI) -> None:
    """Install the handlers that convert exceptions to responses."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(PoolError, _problem)
    app.add_exception_handler(StoreError, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ClientLeftError, _left)
    app.add_exception_handler(ClientDisconnect, _left)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, PROBLEMS)
    return respond(request, explained(error))


def explained(error: ProblemError | PoolError | StoreError) -> ProblemError:
    """Return the problem that describes an exception.

    The detail is the message of a pool error, or its docstring if it has no message. For a store
    error it is the docstring, as its message is for the log.
    """
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, StoreError):
        return ProblemError(STORE[type(error)], str(error.__doc__))
    return ProblemError(POOL[type(error)], str(error) or str(error.__doc__))


async def _http(request: Request, error: Exception) -> Response:
    """Answer a request whose path or method the router does not know."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allow = {"Allow": (error.headers or {})["Allow"]}
        return respond(
            request,
            ProblemError(
                Code.METHOD_NOT_ALLOWED,
                "The Allow header lists the methods that this path supports.",
                headers=allow,
            ),
        )
    return await _not_found(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    """Answer a request whose path or query FastAPI could not validate. Our own routes read the
    bodies.
    """
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where, name = first["loc"][:2]
    if where == "path":
        return await _not_found(request, error)
    return respond(
        request,
        ProblemError(CODES.get(first["type"], Code.WRONG_TYPE), f"`{name}`: {first['msg']}."),
    )


async def _not_found(request: Request, _: Exception) -> Response:
    return respond(
        request, ProblemError(Code.NOT_FOUND, "The paths of this service are listed at /docs.")
    )


async def _left(_: Request, __: Exception) -> Response:
    return left()


def left() -> Response:
    """Return the response to a client that has disconnected. Its status is for the log only."""
    return Response(status_code=499)
