"""The endpoint of many series, which takes JSON and files, and answers in several formats."""

from collections.abc import Mapping
from contextlib import ExitStack

from starlette.requests import Request
from starlette.responses import Response

from service.api.endpoints import ARROW, JSON, NDJSON, NPY, SERIES, SSE
from service.api.failures import failure_event
from service.api.problems import Code, ProblemError
from service.api.requests import (
    FIELDS,
    chosen_fields,
    colons,
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
from service.api.routes.questions import QUESTION_CODES
from service.api.routing import (
    SCHEMAS,
    BareRoute,
    Json,
    answers,
    binary,
    fields_of,
    problems,
    request_name,
    router_of,
    selects,
)
from service.api.state import client, state_of
from service.api.streaming import EventStream
from service.api.transfer.pieces import WorkerAnswer
from service.api.transfer.uploads import Upload
from service.descent.methods.bounds import MAX_JSON_SERIES, MAX_JSON_VALUES
from service.descent.questions.asked import Excerpt
from service.descent.questions.budget import affordable
from service.descent.questions.series import (
    SeriesChoices,
    SeriesFileSpec,
    SeriesForm,
    SeriesQuestion,
    SeriesSpec,
    SeriesStream,
)
from service.descent.questions.table import File, Table

TAKEN = (NPY, ARROW)
"""The media types of the files of many series."""
FORMS: Mapping[str, SeriesForm] = {JSON: "json", NPY: "npy", ARROW: "arrow"}
"""The forms of answers by media type. The others are streams."""
COLUMNS_HEADER = "Coaster-Columns"
OPTIONS_EXAMPLE = '{"steps": 1000, "seed": 42, "t": [0, 1, 2, 3, 4]}'
MOST_OTHERS = 1_000
"""The most names, lists and objects of a body in JSON in addition to those of its series."""
MEMBERS = fields_of(SERIES.answer)


async def series(request: Request) -> Response:
    """Answer a request with JSON or a file."""
    chosen = chosen_fields(request, MEMBERS)
    media_type = preferred(request, *SERIES.representations)
    if chosen is not None and media_type != JSON:
        detail = f"`{FIELDS}` chooses members of JSON: leave it out, or accept {JSON}."
        raise ProblemError(Code.CONFLICTING_FIELDS, detail)
    state = state_of(request.app)
    with ExitStack() as held:
        upload = held.enter_context(Upload())
        question = await asked(request, upload, media_type)
        seconds = affordable(question, question.max_seconds)
        whose = client(request.scope)
        slot = state.fits.slot(whose)
        if isinstance(question, SeriesStream):
            held.enter_context(slot)
            events = state.pool.stream(question, seconds, whose)
            last_words = failure_event(request)
            return EventStream(request, media_type, events, last_words, held.pop_all())
        part = question if chosen is None else Excerpt(question, chosen)
        headers = {}
        if question.form == "npy":
            headers[COLUMNS_HEADER] = ",".join(question.choices.number_columns)
        source = held.pop_all()
        return WorkerAnswer(request, part, seconds, slot, media_type, headers, source)


async def asked(request: Request, upload: Upload, media_type: str) -> SeriesQuestion:
    """Return the question of a request, answered in this media type. Raises ProblemError or
    RuleError.
    """
    choices, points = await settings_and_points(request, upload)
    most = state_of(request.app).settings.max_fit_seconds
    if media_type not in FORMS:
        return SeriesStream(choices=choices, points=points, max_seconds=most)
    question = SeriesQuestion(
        choices=choices, points=points, form=FORMS[media_type], max_seconds=most
    )
    question.check()
    return question


async def settings_and_points(
    request: Request, upload: Upload
) -> tuple[SeriesChoices, Table | File]:
    """Return what a request holds, of which a file is received as `upload`. Raises ProblemError."""
    sent_as = media_type_of(request, *TAKEN)
    if sent_as == JSON:
        check_no_options(request)
        spec = parse(await content(request, check_values), SeriesSpec)
        return spec.choices, spec.table
    settings = file_options(request, SeriesFileSpec)
    await upload.receive(request)
    return settings.choices, File(KINDS[sent_as], upload.pieces, settings.t)


def check_values(body: bytes) -> None:
    """Raise ProblemError if a large body takes too long to validate, whether it is valid or not.

    The validator reads every list, and it lists every unknown field of an object.
    """
    objects = body.count(b"{")
    for given, most in (
        (body.count(b","), MAX_JSON_VALUES),
        (body.count(b"["), 2 * MAX_JSON_SERIES + MOST_OTHERS),
        (colons(body) - 3 * objects, MOST_OTHERS),
        (objects, MAX_JSON_SERIES + MOST_OTHERS),
    ):
        if given > most:
            detail = (
                "There are too many values for JSON: send fewer series, or a file of NPY or Arrow "
                "to POST /series."
            )
            raise ProblemError(Code.TOO_MANY_ITEMS, detail, limit=most, given=given)


def request_body() -> Json:
    """Return the body of a request, as the contract describes it."""
    content: Json = {JSON: {"schema": {"$ref": SCHEMAS + request_name(SeriesSpec.__name__)}}}
    content |= binary(*TAKEN)
    return {"required": True, "content": content}


def result() -> Json:
    """Return the answer, as the contract describes it."""
    described = answers(SERIES.answer.__name__)
    event = {"schema": {"$ref": f"{SCHEMAS}SeriesEvent"}}
    described["content"] |= binary(*TAKEN) | {NDJSON: event, SSE: event}
    described["description"] = (
        "The result, as columns. The schema of a stream is that of one event: the `data` of a "
        "server-sent event, or one line of JSON."
    )
    names = {"type": "array", "items": {"type": "string"}}
    described["headers"] = {
        COLUMNS_HEADER: {
            "description": "The names of the columns of NPY. `predictions_at`, the last, stands "
            "for one column for each t of `at`.",
            "schema": names,
        }
    }
    return described


router = router_of("fit", BareRoute)
router.add_api_route(
    SERIES.path,
    series,
    methods=["POST"],
    name=SERIES.name,
    summary=SERIES.summary,
    description=SERIES.description,
    response_class=Response,
    openapi_extra={
        "requestBody": request_body(),
        "parameters": [
            *selects(SERIES.answer)["parameters"],
            *option_parameters(OPTIONS_EXAMPLE, SeriesFileSpec),
        ],
    },
    responses={200: result(), **problems(*QUESTION_CODES, *SERIES.problems)},
)
ROUTES = {route.path: route.handle for route in router.routes if isinstance(route, BareRoute)}
"""The route by its path, which the entrance calls without the router."""
