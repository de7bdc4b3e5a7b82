"""From an exception to its answer."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
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
    QueueFullError: (Code.QUEUE_FULL, "Every worker is busy, and enough fits wait already."),
    ShuttingDownError: (Code.SHUTTING_DOWN, "The service is ending."),
    WorkerLostError: (Code.WORKER_LOST, "The worker died while it made this fit, and so did two others."),
    FitTimeoutError: (Code.FIT_TIMEOUT, "The fit took longer than the wall clock allows, and was ended."),
    FailedError: (Code.INTERNAL_ERROR, "The service made a mistake; it was logged."),
}


def install(app: FastAPI) -> None:
    """Makes every exception a problem."""
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(PoolError, _pool)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _not_found)
    app.add_exception_handler(ClientLeftError, _left)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return respond(request, error)


async def _pool(request: Request, error: Exception) -> Response:
    assert isinstance(error, PoolError)
    if isinstance(error, RefusedError):
        return respond(request, ProblemError(Code.NOT_COMPUTABLE, str(error)))
    code, detail = POOL[type(error)]
    return respond(request, ProblemError(code, detail))


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
