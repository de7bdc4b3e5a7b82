"""Problems as HTTP responses."""

from starlette.requests import Request
from starlette.responses import Response

from service.api.problems import KINDS, MEDIA_TYPE, ProblemError, problem
from service.api.state import app_state


def respond(request: Request, error: ProblemError) -> Response:
    """Return the response to a request that ended in a problem, and count the problem."""
    app_state(request).measures.problem(error.code)
    status = KINDS[error.code].status
    headers = {"Retry-After": "1"} if status in {429, 503} else {}
    content = problem(error, request.state.request_id).model_dump_json(exclude_none=True)
    return Response(content, status, headers | (error.headers or {}), media_type=MEDIA_TYPE)
