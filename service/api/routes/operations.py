"""How the service is: alive, ready, and within which limits."""

from html import escape
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import HTMLResponse

from service.api import limits
from service.api.openapi import problems
from service.api.problems import KINDS, Code, ProblemError
from service.api.state import app_state
from service.descent.questions.options import MAX_DEGREE
from service.settings import Settings

router = APIRouter(tags=["operations"])

PAGE = (
    "<!doctype html>\n"
    '<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{code}</title>\n"
    "<h1>{title}</h1><p>{help}</p><p>Code <code>{code}</code>, HTTP status {status}.</p>\n"
    "</html>\n"
)


class Alive(BaseModel):
    """The process is up."""

    status: str = "alive"


class Ready(BaseModel):
    """Every worker is warm, jobs can be stored, and the service is not ending."""

    status: str = "ready"
    workers: int


class Limits(BaseModel):
    """The limits in force."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    target_bytes: int = limits.MAX_TARGET_BYTES
    """Of path and query."""
    head_bytes: int = limits.MAX_HEAD_BYTES
    """Of the headers."""
    headers: int = limits.MAX_HEADERS
    head_seconds: float
    """How long the head of a request may take."""
    body_seconds: float
    """How long its body may take."""
    connections: int
    """That may be open at once."""
    body_bytes: int
    points: int = limits.MAX_POINTS
    degree: int = MAX_DEGREE
    steps: int = limits.MAX_STEPS
    at: int = limits.MAX_AT
    records: int = limits.MAX_RECORDS
    """Recorded steps in one answer."""
    numbers: int = limits.MAX_NUMBERS
    """Numbers in one answer: records x columns."""
    number: float = limits.MAX_NUMBER
    """The largest absolute value of t, y and coefficients."""
    lr: float = limits.MAX_LR
    lrs: int = limits.MAX_LRS
    """Rates of one sweep."""
    schedule: int = limits.MAX_SCHEDULE
    """Rates of one list."""
    layers: int = limits.MAX_LAYERS
    """Hidden ones, of a network."""
    units: int = limits.MAX_UNITS
    """Of one layer."""
    seed: int = limits.MAX_SEED
    fit_seconds: float
    """Predicted CPU seconds of one fit; it is ended after twice as much of wall clock."""
    workers: int
    waiting_fits: int
    """Fits that may wait behind long ones; for each worker that is soon idle, 16 small ones more
    may.
    """
    fits_per_client: int | None = None
    """Fits of one client that may run and wait at once; absent where there is no such limit."""
    wait_seconds: float
    streams: int
    """Streams that may be open at once."""
    stream_seconds: float
    """How long one may be open."""
    job_seconds: float
    """Predicted CPU seconds of one job; it is ended after twice as much of wall clock."""
    waiting_jobs: int
    jobs_per_key: int
    """Jobs of one key that may wait and run at once."""
    kept_jobs: int
    """Jobs that are kept after their end."""
    job_kept_seconds: float
    metadata: int = limits.MAX_METADATA
    """Entries of a job's metadata."""
    idempotency_key: int = limits.MAX_KEY
    """Characters."""
    page: int = limits.MAX_PAGE
    """Jobs in one list."""
    shutdown_seconds: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What these settings, and the constants, allow."""
        return cls(
            head_seconds=settings.max_head_seconds,
            body_seconds=settings.max_body_seconds,
            connections=settings.max_connections,
            body_bytes=settings.max_body_bytes,
            fit_seconds=settings.max_fit_seconds,
            workers=settings.workers,
            waiting_fits=settings.waiting,
            fits_per_client=settings.fits_per_client,
            wait_seconds=settings.max_wait_seconds,
            streams=settings.max_streams,
            stream_seconds=settings.max_stream_seconds,
            job_seconds=settings.max_job_seconds,
            waiting_jobs=settings.max_waiting_jobs,
            jobs_per_key=settings.max_jobs_per_key,
            kept_jobs=settings.max_kept_jobs,
            job_kept_seconds=settings.job_kept_seconds,
            shutdown_seconds=settings.shutdown_seconds,
        )


@router.get("/livez", summary="Whether the process answers")
async def livez() -> Alive:
    """Answers while the event loop runs."""
    return Alive()


@router.get(
    "/readyz", summary="Whether fits would be answered at once", responses=problems(Code.NOT_READY)
)
async def readyz(request: Request) -> Ready:
    """Answers 503 until every worker is warm, while jobs cannot be stored, and at the end."""
    state = app_state(request)
    if state.streams.draining:
        raise ProblemError(Code.NOT_READY, "The service is ending.")
    if not state.pool.ready:
        raise ProblemError(Code.NOT_READY, "The workers are starting.")
    if not await state.jobs.store.reachable():
        raise ProblemError(Code.NOT_READY, "The database of the jobs does not work.")
    return Ready(workers=state.settings.workers)


@router.get("/limits", summary="The limits in force", response_model_exclude_none=True)
async def limits_in_force(request: Request) -> Limits:
    """What a request may ask for."""
    return Limits.of(app_state(request).settings)


@router.get(
    "/problems/{code}",
    summary="What a problem means",
    response_class=HTMLResponse,
    responses=problems(Code.NOT_FOUND),
)
async def problem_page(code: Code) -> HTMLResponse:
    """A page that explains one code and says what to do."""
    kind = KINDS[code]
    return HTMLResponse(
        PAGE.format(code=code, title=escape(kind.title), help=escape(kind.help), status=kind.status)
    )
