"""Problems as HTTP responses and as events of streams."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from service.api.problems import KINDS, MEDIA_TYPE, ProblemError, problem
from service.api.state import app_state
from service.pool.frames import EventBytes


def respond(request: Request, error: ProblemError) -> Response:
    """Return the response to a request that ended in a problem, and count the problem."""
    app_state(request).measures.problem(error.code)
    status = KINDS[error.code].status
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
