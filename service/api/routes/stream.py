"""POST /fit/stream: every step of a fit, as it happens."""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.api.body import read
from service.api.dispatch import CODES, affordable
from service.api.limits import check_answer
from service.api.media import preferred
from service.api.openapi import asks, problems, streams
from service.api.problems import Code, ProblemError, problem
from service.api.routes.json_route import JsonRoute
from service.api.state import app_state, client
from service.api.streaming import FRAMINGS, EventStream
from service.descent.questions.specs import FitSpec, StreamSpec, converted
from service.pool.frames import EventBytes

router = APIRouter(route_class=JsonRoute, tags=["fit"])


@router.post(
    StreamSpec.path,
    summary="Fit a curve and stream each step",
    response_class=Response,
    openapi_extra=asks(FitSpec),
    responses={
        200: streams(),
        **problems(
            *CODES,
            Code.ANSWER_TOO_LARGE,
            Code.TOO_MANY_STREAMS,
            Code.STREAM_LIMIT,
            Code.SLOW_READER,
        ),
    },
)
async def fit_stream(request: Request) -> EventStream:
    """Send `started`, any number of `steps`, and finally `done` or `failed`. If you disconnect, the
    fit ends. To reconnect later, create a job instead.
    """
    spec = converted(await read(request, FitSpec), StreamSpec)
    check_answer(spec)
    state = app_state(request)
    events = state.pool.stream(spec, affordable(spec, state.settings.max_fit_seconds))
    return EventStream(
        request,
        preferred(request, *FRAMINGS),
        events,
        failure_event(request),
        quota=state.fits.place(client(request)),
    )


def failure_event(request: Request) -> Callable[[ProblemError], EventBytes]:
    """Return a function that makes the last event of a stream that is not complete.

    It does not keep the request, which a stream does not need while it is open.
    """
    measures, request_id = app_state(request).measures, request.state.request_id

    def failed(error: ProblemError) -> EventBytes:
        measures.problem(error.code)
        explanation = problem(error, request_id).model_dump_json(exclude_none=True)
        return EventBytes("failed", 0, b'{"type":"failed","problem":%s}' % explanation.encode())

    return failed
