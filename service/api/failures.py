"""From an exception to its answer."""

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
"""What can be explained."""


def install(app: FastAPI) -> None:
    """Makes every exception a problem."""
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
    """The problem that an exception is. Its docstring is the detail, where the pool has no other;
    the store's messages are for the log.
    """
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, StoreError):
        return ProblemError(STORE[type(error)], str(error.__doc__))
    return ProblemError(POOL[type(error)], str(error) or str(error.__doc__))


async def _http(request: Request, error: Exception) -> Response:
    """What the router itself refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allow = {"Allow": (error.headers or {})["Allow"]}
        return respond(
            request,
            ProblemError(
                Code.METHOD_NOT_ALLOWED,
                "The Allow header names the methods there are.",
                headers=allow,
            ),
        )
    return await _not_found(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    """Bodies are read by our own routes, so what FastAPI could not validate is a path or a
    query.
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
    """Nobody reads it; the status is for the log."""
    return Response(status_code=499)
