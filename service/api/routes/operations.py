"""The state of the service, its limits, and the explanations of its problems."""

from html import escape

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import HTMLResponse

from service.api import limits
from service.api.openapi import problems
from service.api.problems import Code, ProblemError
from service.api.state import app_state
from service.descent.methods import bounds
from service.descent.questions.records import MAX_NUMBERS, MAX_RECORDS

router = APIRouter(tags=["operations"])

PAGE = (
    "<!doctype html>\n"
    '<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{code}</title>\n"
    "<h1>{title}</h1><p>{help}</p><p>Code <code>{code}</code>, HTTP status {status}.</p>\n"
    "</html>\n"
)


class Alive(BaseModel):
    """The state of a process that answers."""

    status: str = "alive"


class Ready(BaseModel):
    """The state of a service whose workers are all warm, that can store jobs and is not shutting
    down.
    """

    status: str = "ready"
    workers: int


class Limits(BaseModel):
    """The limits in force."""

    model_config = ConfigDict(use_attribute_docstrings=True, from_attributes=True)

    target_bytes: int = limits.MAX_TARGET_BYTES
    """Maximum size of the path and query, in bytes."""
    head_bytes: int = limits.MAX_HEAD_BYTES
    """Maximum size of the headers, in bytes."""
    headers: int = limits.MAX_HEADERS
    head_seconds: float = Field(validation_alias="max_head_seconds")
    """Maximum time for the head of a request to arrive, in seconds."""
    body_seconds: float = Field(validation_alias="max_body_seconds")
    """Maximum time for the body of a request to arrive, in seconds."""
    connections: int = Field(validation_alias="max_connections")
    """Maximum number of open connections."""
    body_bytes: int = Field(validation_alias="max_body_bytes")
    points: int = bounds.MAX_POINTS
    degree: int = bounds.MAX_DEGREE
    steps: int = bounds.MAX_STEPS
    at: int = bounds.MAX_AT
    records: int = MAX_RECORDS
    """Maximum number of recorded steps in one answer."""
    numbers: int = MAX_NUMBERS
    """Maximum number of numbers in one answer: records x columns."""
    number: float = bounds.MAX_NUMBER
    """Maximum absolute value of t, y and coefficients."""
    lr: float = bounds.MAX_LR
    lrs: int = bounds.MAX_LRS
    """Maximum number of rates in one sweep."""
    schedule: int = bounds.MAX_SCHEDULE
    """Maximum number of rates in a list."""
    layers: int = bounds.MAX_LAYERS
    """Maximum number of hidden layers in a network."""
    units: int = bounds.MAX_UNITS
    """Maximum number of units in one layer."""
    seed: int = bounds.MAX_SEED
    fit_seconds: float = Field(validation_alias="max_fit_seconds")
    """Maximum predicted CPU time of one fit, in seconds. A fit is ended after twice this wall-clock
    time.
    """
    workers: int
    waiting_fits: int = Field(validation_alias="waiting")
    """Maximum number of fits that may wait while the workers run long ones. For each worker that is
    soon idle, 16 more small fits may wait.
    """
    fits_per_client: int | None = None
    """Maximum number of fits of one client that may run and wait at once. Absent if there is no
    limit.
    """
    wait_seconds: float = Field(validation_alias="max_wait_seconds")
    streams: int = Field(validation_alias="max_streams")
    """Maximum number of open streams."""
    stream_seconds: float = Field(validation_alias="max_stream_seconds")
    """Maximum time that a stream may be open, in seconds."""
    job_seconds: float = Field(validation_alias="max_job_seconds")
    """Maximum predicted CPU time of one job, in seconds. A job is ended after twice this wall-clock
    time.
    """
    waiting_jobs: int = Field(validation_alias="max_waiting_jobs")
    jobs_per_key: int = Field(validation_alias="max_jobs_per_key")
    """Maximum number of jobs of one key that may wait and run at once."""
    kept_jobs: int = Field(validation_alias="max_kept_jobs")
    """Maximum number of jobs that are kept after their end."""
    job_kept_seconds: float
    metadata: int = limits.MAX_METADATA
    """Maximum number of entries in the metadata of a job."""
    idempotency_key: int = limits.MAX_KEY
    """Maximum length of an Idempotency-Key, in characters."""
    page: int = limits.MAX_PAGE
    """Maximum number of jobs in one list."""
    shutdown_seconds: int


@router.get("/livez", summary="Check that the process answers")
async def livez() -> Alive:
    """Answer while the event loop runs."""
    return Alive()


@router.get(
    "/readyz",
    summary="Check whether fits can be answered at once",
    responses=problems(Code.NOT_READY),
)
async def readyz(request: Request) -> Ready:
    """Answer 503 until every worker is warm, while jobs cannot be stored, and during shutdown."""
    state = app_state(request)
    if state.streams.draining:
        raise ProblemError(Code.NOT_READY, "The service is shutting down.")
    if not state.pool.ready:
        raise ProblemError(Code.NOT_READY, "The workers are starting.")
    if not await state.jobs.store.reachable():
        raise ProblemError(Code.NOT_READY, "The job database is unavailable.")
    return Ready(workers=state.settings.workers)


@router.get("/limits", summary="Get the limits in force", response_model_exclude_none=True)
async def limits_in_force(request: Request) -> Limits:
    """Return the limits that apply to requests."""
    return Limits.model_validate(app_state(request).settings)


@router.get(
    "/problems/{code}",
    summary="Explain a problem",
    response_class=HTMLResponse,
    responses=problems(Code.NOT_FOUND),
)
async def problem_page(code: Code) -> HTMLResponse:
    """Return a page that explains one code and what to do about it."""
    title, help_ = escape(code.kind.title), escape(code.kind.help)
    return HTMLResponse(PAGE.format(code=code, title=title, help=help_, status=code.kind.status))
