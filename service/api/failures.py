"""The problems that describe exceptions, and the responses and events that carry them."""

import logging
from asyncio import CancelledError
from collections.abc import Callable
from typing import NoReturn

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.api.body_errors import CODES
from service.api.problems import MEDIA_TYPE, Code, ProblemError, problem
from service.api.state import app_state
from service.jobs.errors import StoreError
from service.pool.frames import EventBytes
from service.pool.interface import FailedError, PoolError

PROBLEMS = (ProblemError, PoolError, StoreError)
"""The exceptions of the service itself that are problems of a request."""

log = logging.getLogger(__name__)


async def pass_on(_: Request, error: Exception) -> NoReturn:
    """Let an exception that FastAPI would answer reach the entrance, which answers all of them."""
    raise error


def respond(request: Request, error: ProblemError) -> Response:
    """Return the response to a request that ended in a problem, and count the problem."""
    app_state(request).measures.problem(error.code)
    status = error.code.kind.status
    headers = {"Retry-After": "1"} if status in {429, 503} else {}
    content = problem(error, request.state.request_id).model_dump_json(exclude_none=True)
    return Response(content, status, headers | (error.headers or {}), media_type=MEDIA_TYPE)


def failure_event(request: Request) -> Callable[[ProblemError], EventBytes]:
    """Return a function that makes the last event of a stream that fails, and counts the problem.

    It does not keep the request, which a stream does not need while it is open.
    """
    measures, request_id = app_state(request).measures, request.state.request_id

    def failed(error: ProblemError) -> EventBytes:
        measures.problem(error.code)
        explanation = problem(error, request_id).model_dump_json(exclude_none=True)
        return EventBytes("failed", 0, b'{"type":"failed","problem":%s}' % explanation.encode())

    return failed


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
    return expected(FailedError())


def expected(error: ProblemError | PoolError | StoreError) -> ProblemError:
    """Return the problem that describes one of `PROBLEMS`: its message, or else its docstring."""
    if isinstance(error, ProblemError):
        return error
    message = "" if isinstance(error, StoreError) else str(error)  # for the log only
    return ProblemError(Code(error.code), message or str(error.__doc__))


def _unrouted(error: HTTPException) -> ProblemError:
    """Return the problem of a request whose path or method the router does not know."""
    if error.status_code != 405:
        return _not_found()
    detail = "The Allow header lists the methods that this path supports."
    headers = {"Allow": (error.headers or {})["Allow"]}
    return ProblemError(Code.METHOD_NOT_ALLOWED, detail, headers=headers)


def _invalid(error: RequestValidationError) -> ProblemError:
    """Return the problem of a path or query that FastAPI could not validate."""
    first = error.errors()[0]
    where, name = first["loc"][:2]
    if where == "path":
        return _not_found()
    return ProblemError(CODES.get(first["type"], Code.WRONG_TYPE), f"`{name}`: {first['msg']}.")


def _not_found() -> ProblemError:
    return ProblemError(Code.NOT_FOUND, "This path does not exist. /docs lists all paths.")
