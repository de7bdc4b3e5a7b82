"""The results of jobs, and their events on the way."""

import re
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Annotated

from fastapi import Header, Query
from pydantic.json_schema import SkipJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from service.api.endpoints import JOB_ENDPOINTS, JSON
from service.api.failures import failure_event, respond
from service.api.problems import Code, ProblemError
from service.api.requests import chosen_fields, preferred
from service.api.routes.jobs import ONE_JOB, JobId
from service.api.routing import (
    BareRoute,
    answers,
    fields_of,
    problems,
    router_of,
    selects,
    streams,
)
from service.api.schemas.answers import JobEvent, JobResult
from service.api.schemas.job import problem_of
from service.api.state import client, owner, state_of
from service.api.streaming import FRAMINGS, EventStream
from service.api.transfer.budget import held_by
from service.api.transfer.pieces import Pieces, whole
from service.descent.questions.asked import StoredAnswer
from service.jobs.job import Failure
from service.pool.frames import PART_BYTES, EventBytes

router = router_of("jobs", BareRoute)

EVENT_ID = re.compile("[0-9]{1,16}")
NO_RESULT = (
    *[Code.CANCELLED, Code.POISON, Code.INTERRUPTED, Code.FIT_TIMEOUT, Code.NOT_COMPUTABLE],
    *[Code.MALFORMED_FILE, Code.TOO_MANY_POINTS, Code.OUT_OF_RANGE, Code.CONFLICTING_FIELDS],
    *[Code.MISSING_FIELD, Code.LENGTH_MISMATCH, Code.TOO_MANY_ITEMS],
    *[Code.COST_OVER_BUDGET, Code.ANSWER_TOO_LARGE],
)
"""The problem codes of jobs without a result. Those of a file are known when a worker reads it."""
RESULTS = [endpoint.answer for endpoint in JOB_ENDPOINTS]
"""The types of the results of jobs."""
LAST_EVENT = "The id of the last event received, as browsers send it. It overrides `after`."


@router.get(
    "/jobs/{id}/result",
    summary="Get the result of a job",
    openapi_extra=selects(*RESULTS),
    responses={
        200: answers(JobResult.__name__),
        **problems(
            *ONE_JOB,
            Code.UNKNOWN_VALUE,
            Code.NOT_FINISHED,
            *NO_RESULT,
            Code.QUEUE_FULL,
            Code.SHUTTING_DOWN,
            Code.WORKER_LOST,
        ),
    },
)
async def read_job_result(job_id: JobId, request: Request) -> Response:
    """Return the answer that `POST /fit`, `POST /sweep` or `POST /series` would give, or the reason
    why the job has no result.
    """
    fields, state = chosen_fields(request, fields_of(*RESULTS)), state_of(request.app)

    def build(stored: StoredAnswer) -> Awaitable[list[bytes]]:
        return state.pool.pieces(stored, stored.seconds, client(request.scope))

    result = await state.jobs.result(
        job_id, _room_for(request), build, owner=owner(request), fields=fields
    )
    if isinstance(result, Failure):
        return respond(request, problem_of(result))
    if len(result) == 1:
        return whole(request, result.pop(), media_type=JSON)
    return Pieces(request, deque(result), media_type=JSON)


@router.get(
    "/jobs/{id}/events",
    summary="Stream the events of a job",
    response_class=Response,
    responses={
        200: streams(JobEvent.__name__),
        **problems(*ONE_JOB, Code.BAD_EVENT_ID, Code.TOO_MANY_STREAMS, Code.SHUTTING_DOWN),
    },
)
async def read_job_events(
    job_id: JobId,
    request: Request,
    after: Annotated[
        str | SkipJsonSchema[None],
        Query(description="The number of a step or a series: only later events are sent."),
    ] = None,
    last_event_id: Annotated[
        str | SkipJsonSchema[None], Header(alias="Last-Event-ID", description=LAST_EVENT)
    ] = None,
) -> Response:
    """Send the events of the job, during the run and after it, from the step or the series after
    `Last-Event-ID` or `after`: those of `POST /fit/stream` or of a stream of `POST /series`. A
    sweep has only its last event. A block of `rows` is sent whole.

    If the stream ends without `done` or `failed`, there are more events: reconnect with the last
    id.
    """
    step = _step_of(after if last_event_id is None else last_event_id)
    jobs = state_of(request.app).jobs
    followed = await jobs.follow(job_id, step, _room_for(request), owner=owner(request))
    events = _events(followed, failure_event(request))
    return EventStream(request, preferred(request, *FRAMINGS), events, lambda _: None)


def _room_for(request: Request) -> Callable[[int], Awaitable[None]]:
    """Return a function that waits until there is room for so many bytes of the answer, unless they
    are few. It raises ProblemError if that takes too long.
    """
    held = held_by(request)

    async def make_room(size: int) -> None:
        if size > PART_BYTES:
            await held.add(size, Code.TOO_MANY_ANSWERS)

    return make_room


def _step_of(event_id: str | None) -> int | None:
    """Return the number of the step or series that an event id is. Raises ProblemError."""
    if event_id is None:
        return None
    if not EVENT_ID.fullmatch(event_id):
        detail = "An event ID is the number of a step or a series and has only digits."
        raise ProblemError(Code.BAD_EVENT_ID, detail)
    return int(event_id)


async def _events(
    followed: AsyncGenerator[EventBytes | Failure, None],
    failed: Callable[[ProblemError], EventBytes],
) -> AsyncGenerator[EventBytes | None, None]:
    """Yield a keep-alive at once, as a job may wait for long, and then the events of the job."""
    yield None
    async with aclosing(followed):
        async for event in followed:
            outgoing = [failed(problem_of(event)) if isinstance(event, Failure) else event]
            del event  # while a slow client reads, only the frame keeps the event in memory
            yield outgoing.pop()
