"""From an exception to its answer."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from service.api.clients import ClientLeftError
from service.api.problems import Code, ProblemError, respond
from service.workers.errors import (
    FailedError,
    FitTimeoutError,
    PoolError,
    QueueFullError,
    RefusedError,
    ShuttingDownError,
    WorkerLostError,
)

POOL = {
    QueueFullError: Code.QUEUE_FULL,
    ShuttingDownError: Code.SHUTTING_DOWN,
    WorkerLostError: Code.WORKER_LOST,
    FitTimeoutError: Code.FIT_TIMEOUT,
    RefusedError: Code.NOT_COMPUTABLE,
    FailedError: Code.INTERNAL_ERROR,
}


def install(app: FastAPI) -> None:
    """Makes every exception a problem."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(PoolError, _pool)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _not_found)
    app.add_exception_handler(ClientLeftError, _left)
    app.add_exception_handler(ClientDisconnect, _left)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return respond(request, error)


async def _pool(request: Request, error: Exception) -> Response:
    """The docstring of the exception is its message, where it has no other."""
    assert isinstance(error, PoolError)
    return respond(request, ProblemError(POOL[type(error)], str(error) or str(error.__doc__)))


async def _http(request: Request, error: Exception) -> Response:
    """What the router itself refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allow = {"Allow": (error.headers or {})["Allow"]}
        return respond(request, ProblemError(Code.METHOD_NOT_ALLOWED, "The Allow header names the methods there are.", headers=allow))
    return await _not_found(request, error)


async def _not_found(request: Request, _: Exception) -> Response:
    """Bodies are read by our own routes, so what FastAPI could not validate is a path."""
    return respond(request, ProblemError(Code.NOT_FOUND, "The paths of this service are listed at /docs."))


async def _left(_: Request, __: Exception) -> Response:
    """Nobody reads it; the status is for the log."""
    return Response(status_code=499)
