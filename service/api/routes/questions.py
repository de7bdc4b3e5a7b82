"""The endpoints of all questions: each answers when it is done, or streams as it happens."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from service.api.endpoints import ENDPOINTS, JSON, SSE, Endpoint
from service.api.failures import failure_event
from service.api.mistakes.bodies import BODY_CODES
from service.api.problems import Code
from service.api.requests import (
    affordable,
    as_represented,
    chosen_fields,
    content,
    parse,
    preferred,
)
from service.api.routing import (
    BareRoute,
    Json,
    answers,
    asks,
    fields_of,
    pictures,
    problems,
    router_of,
    selects,
    streams,
)
from service.api.state import client, state_of
from service.api.streaming import EventStream
from service.api.transfer.pieces import WorkerAnswer
from service.descent.questions.excerpt import Excerpt
from service.descent.questions.fit import StreamSpec
from service.descent.questions.setting import Question


def answering(endpoint: Endpoint[Question]) -> Callable[[Request], Awaitable[Response]]:
    """Return the function that answers requests to an endpoint."""
    members = fields_of(endpoint.answer) if JSON in endpoint.representations else []

    async def answer(request: Request) -> Response:
        chosen = chosen_fields(request, members)
        question = parse(await content(request), endpoint.question)
        media_type = preferred(request, *endpoint.representations)
        if convert := endpoint.representations[media_type]:
            question = as_represented(question, convert)
        state = state_of(request.app)
        seconds = affordable(question, state.settings.max_fit_seconds)
        whose = client(request.scope)
        slot = state.fits.slot(whose)
        if isinstance(question, StreamSpec):
            events = state.pool.stream(question, seconds, whose)
            return EventStream(request, media_type, events, failure_event(request), slot)
        asked = question if chosen is None else Excerpt(question, chosen)
        return WorkerAnswer(request, asked, seconds, slot, media_type)

    return answer


def result(endpoint: Endpoint[Question]) -> Json:
    """Return the response of an endpoint, as the contract describes it."""
    default = next(iter(endpoint.representations))
    if default == JSON:
        return answers(endpoint.answer.__name__)
    if default == SSE:
        return streams(endpoint.answer.__name__)
    return pictures(*endpoint.representations)


QUESTION_CODES = (
    *BODY_CODES,
    Code.NOT_COMPUTABLE,
    Code.COST_OVER_BUDGET,
    Code.TOO_MANY_FITS,
    Code.TOO_MANY_UPLOADS,
    Code.TOO_MANY_ANSWERS,
    Code.QUEUE_FULL,
    Code.SHUTTING_DOWN,
    Code.WORKER_LOST,
    Code.FIT_TIMEOUT,
)
"""The problems with which every question can end."""
router = router_of("fit", BareRoute)
for each in ENDPOINTS:
    selection = selects(each.answer) if JSON in each.representations else {}
    codes = problems(*QUESTION_CODES, *each.problems)
    router.add_api_route(
        each.path,
        answering(each),
        methods=["POST"],
        name=each.name,
        summary=each.summary,
        description=each.description,
        response_class=Response,
        openapi_extra=asks(each.question.__name__) | selection,
        responses={200: result(each), **codes},
    )
ROUTES = {route.path: route.handle for route in router.routes if isinstance(route, BareRoute)}
"""The routes by path, which the entrance calls without the router."""
