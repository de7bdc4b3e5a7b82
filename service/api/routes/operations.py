"""The state of the service, its limits, and the explanations of its problems."""

from html import escape
from typing import Annotated, Literal

from fastapi import Path
from fastapi.openapi.models import Example
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import HTMLResponse

from service.api.limits import Limits
from service.api.problems import Code, ProblemError
from service.api.routing import problems, router_of
from service.api.state import state_of

router = router_of("operations")

PAGE = (
    "<!doctype html>\n"
    '<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{code}</title>\n"
    "<h1>{title}</h1><p>{help}</p><p>Code <code>{code}</code>, HTTP status {status}.</p>\n"
    '<p><a href="../docs">The contract</a> lists the problems of each request.</p>\n'
    "</html>\n"
)
PROBLEM = {"problem": Example(value=Code.QUEUE_FULL)}


class Alive(BaseModel):
    """The state of a process that answers."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    status: Literal["alive"] = "alive"
    """The process answers."""


class Ready(BaseModel):
    """The state of a service whose workers are all warm, that can store jobs and is not shutting
    down.
    """

    model_config = ConfigDict(use_attribute_docstrings=True)

    status: Literal["ready"] = "ready"
    """The service answers fits."""
    workers: int
    """The number of worker processes."""


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
    state = state_of(request.app)
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
    return Limits.model_validate(state_of(request.app).settings)


@router.get(
    "/problems/{code}",
    summary="Explain a problem",
    response_class=HTMLResponse,
    responses=problems(Code.NOT_FOUND),
)
async def problem_page(
    code: Annotated[
        Code,
        Path(description="The `code` of a problem.", openapi_examples=PROBLEM),
    ],
) -> HTMLResponse:
    """Return a page that explains one code and what to do about it."""
    return HTMLResponse(
        PAGE.format(
            code=code,
            title=escape(code.summary),
            help=escape(code.help),
            status=code.status,
        )
    )
