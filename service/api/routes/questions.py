"""The endpoints of all questions: each answers when it is done, or streams as it happens."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager

from starlette.requests import Request
from starlette.responses import Response

from service.api.endpoints import ENDPOINTS, JSON, PICTURES, SSE, Endpoint
from service.api.failures import failure_event
from service.api.mistakes.bodies import BODY_CODES
from service.api.problems import Code, ProblemError
from service.api.requests import (
    announced,
    chosen_fields,
    content,
    media_type_of,
    parse,
    preferred,
)
from service.api.routes.file_requests import (
    KINDS,
    check_no_options,
    file_options,
    option_parameters,
)
from service.api.routing import (
    BareRoute,
    Json,
    answers,
    asks,
    binary,
    fields_of,
    pictures,
    problems,
    router_of,
    selects,
    streams,
)
from service.api.state import client, state_of
from service.api.streaming import EventStream
from service.api.transfer.pieces import NOTHING, WorkerAnswer, check_room
from service.api.transfer.uploads import Upload
from service.descent.questions.asked import Excerpt
from service.descent.questions.budget import affordable
from service.descent.questions.fit import StreamSpec
from service.descent.questions.setting import Question
from service.descent.questions.table import File

OPTIONS_EXAMPLE = '{"seed": 42, "columns": {"t": "time", "y": "speed"}}'


def answering(endpoint: Endpoint[Question]) -> Callable[[Request], Awaitable[Response]]:
    """Return the function that answers requests to an endpoint."""
    members = fields_of(endpoint.answer) if JSON in endpoint.representations else []

    async def answer(request: Request) -> Response:
        chosen = chosen_fields(request, members)
        media_type = preferred(request, *endpoint.representations)
        question, upload = await asked(request, endpoint, media_type)
        if convert := endpoint.representations[media_type]:
            question = convert(question)
        state = state_of(request.app)
        seconds = affordable(question, state.settings.max_fit_seconds)
        whose = client(request.scope)
        slot = state.fits.slot(whose)
        if isinstance(question, StreamSpec):
            events = state.pool.stream(question, seconds, whose)
            return EventStream(request, media_type, events, failure_event(request), slot)
        part = question if chosen is None else Excerpt(question, chosen)
        return WorkerAnswer(request, part, seconds, slot, media_type, source=upload)

    return answer


async def asked(
    request: Request, endpoint: Endpoint[Question], media_type: str
) -> tuple[Question, AbstractContextManager[object]]:
    """Return the question of a request, answered in this media type, and the context in which its
    file, if it has one, is in memory. Raises ProblemError.
    """
    sent_as = media_type_of(request, *(KINDS if endpoint.file else ()))
    if endpoint.file and sent_as != JSON:
        if media_type in PICTURES:
            detail = f"A picture is not drawn of a file: send the points in JSON, or accept {JSON}."
            raise ProblemError(Code.CONFLICTING_FIELDS, detail)
        settings, upload = file_options(request, endpoint.file), Upload()
        limits = state_of(request.app).settings
        question = settings.question(
            File(KINDS[sent_as], upload.pieces), max_seconds=limits.max_fit_seconds
        )
        if media_type == JSON:
            check_room(request, question, announced(request, limits.max_upload_bytes))
        await upload.receive(request)
        return question, upload
    if endpoint.file:
        check_no_options(request)
    return parse(await content(request), endpoint.question), NOTHING


def body_of(endpoint: Endpoint[Question]) -> Json:
    """Return the body of a request and its settings, as the contract describes them."""
    described = asks(endpoint.question.__name__)
    described["parameters"] = []
    if JSON in endpoint.representations:
        described["parameters"] += selects(endpoint.answer)["parameters"]
    if endpoint.file:
        described["requestBody"]["content"] |= binary(*KINDS)
        described["parameters"] += option_parameters(OPTIONS_EXAMPLE, endpoint.file)
    return described


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
    codes = problems(*QUESTION_CODES, *each.problems)
    router.add_api_route(
        each.path,
        answering(each),
        methods=["POST"],
        name=each.name,
        summary=each.summary,
        description=each.description,
        response_class=Response,
        openapi_extra=body_of(each),
        responses={200: result(each), **codes},
    )
ROUTES = {route.path: route.handle for route in router.routes if isinstance(route, BareRoute)}
"""The routes by path, which the entrance calls without the router."""
