"""The problems that describe exceptions, and the responses and events that carry them."""

import logging
from asyncio import CancelledError
from collections.abc import Callable
from typing import NoReturn

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from service.api.mistakes.bodies import against
from service.api.mistakes.urls import invalid_parameter
from service.api.problems import MEDIA_TYPE, Code, Error, ProblemError, problem
from service.api.state import state_of
from service.descent.methods.option import RuleError
from service.jobs.errors import StoreError
from service.pool.frames import EventBytes
from service.pool.interface import FailedError, InvalidError, PoolError

PROBLEMS = (ProblemError, RuleError, PoolError, StoreError)
"""The exceptions of the service itself that are problems of a request."""

log = logging.getLogger(__name__)


async def pass_on(request: Request, error: Exception) -> NoReturn:
    """Let an exception that FastAPI would answer reach the entrance, which answers all of them."""
    if isinstance(error, HTTPException) and error.status_code == 405 and error.headers:
        methods = {*error.headers["Allow"].split(", "), *_methods(request)}
        if "GET" in methods:
            methods.add("HEAD")
        error.headers = {"Allow": ", ".join(sorted(methods))}
    raise error


def _methods(request: Request) -> set[str]:
    """Return the methods of all routes of a path. Starlette names only those of the first one."""
    routes = (route for route in request.app.routes if isinstance(route, APIRoute))
    found = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    return {method for route in found for method in route.methods or ()}


def respond(request: Request, error: ProblemError) -> Response:
    """Return the response to a request that ended in a problem, and count the problem."""
    state_of(request.app).measures.problem(error.code)
    status = error.code.status
    headers = {"Retry-After": "1"} if status in {429, 503} else {}
    content = problem(error, request.state.request_id).model_dump_json(exclude_none=True)
    return Response(content, status, headers | error.headers, media_type=MEDIA_TYPE)


def failure_event(request: Request) -> Callable[[ProblemError], EventBytes]:
    """Return a function that makes the last event of a stream that fails, and counts the problem.

    It does not keep the request, which a stream does not need while it is open.
    """
    measures, request_id = state_of(request.app).measures, request.state.request_id

    def failed(error: ProblemError) -> EventBytes:
        measures.problem(error.code)
        explanation = problem(error, request_id).model_dump_json(exclude_none=True)
        return EventBytes("failed", 0, b'{"type":"failed","problem":%s}' % explanation.encode())

    return failed


def explained(error: BaseException, request_id: str) -> ProblemError:
    """Return the problem that describes an exception. One that is not expected is logged."""
    if isinstance(error, PROBLEMS):
        return expected(error)
    if isinstance(error, HTTPException) and error.status_code == 405:
        detail = "The Allow header lists the methods that this path supports."
        headers = dict(error.headers or {})
        return ProblemError(Code.METHOD_NOT_ALLOWED, detail, headers=headers)
    if isinstance(error, RequestValidationError):
        return invalid_parameter(error.errors()[0])
    if isinstance(error, HTTPException):
        detail = "This path does not exist. /docs lists all paths."
        return ProblemError(Code.NOT_FOUND, detail)
    if isinstance(error, CancelledError):
        return ProblemError(Code.SHUTTING_DOWN, "The service shut down before it could answer.")
    log.error("request_failed", exc_info=error, extra={"fields": {"request_id": request_id}})
    return expected(FailedError())


def expected(error: ProblemError | RuleError | PoolError | StoreError) -> ProblemError:
    """Return the problem that describes one of `PROBLEMS`: its message, or else its docstring."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, RuleError):
        return against(error)
    if isinstance(error, InvalidError):
        return _invalid(error)
    message = "" if isinstance(error, StoreError) else str(error)  # for the log only
    return ProblemError(Code(error.code), message or str(error.__doc__))


def _invalid(error: InvalidError) -> ProblemError:
    """Return the problem of a rule that a worker found broken."""
    code, detail = Code(error.code), str(error)
    errors = []
    if error.pointer is not None:
        errors.append(Error(pointer=error.pointer, code=code, detail=detail))
    return ProblemError(code, detail, errors=errors, limit=error.limit, given=error.given)
