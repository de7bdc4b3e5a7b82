"""Jobs: questions whose answers continue after their request."""

import re
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Annotated

from fastapi import Header, Path, Query
from fastapi.openapi.models import Example
from pydantic import StringConstraints
from pydantic.json_schema import SkipJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from service.api.endpoints import JOB_ENDPOINTS, JSON
from service.api.failures import failure_event, respond
from service.api.limits import MAX_PAGE
from service.api.mistakes.bodies import BODY_CODES
from service.api.problems import Code, ProblemError
from service.api.requests import chosen_fields, preferred
from service.api.routes.job_requests import described_request, new_job
from service.api.routing import (
    HEADERS,
    BareRoute,
    answers,
    fields_of,
    problems,
    router_of,
    selects,
    streams,
)
from service.api.schemas.answers import JobEvent, JobResult
from service.api.schemas.job import (
    Job,
    JobPage,
    job_document,
    problem_of,
)
from service.api.state import client, owner, state_of
from service.api.streaming import FRAMINGS, EventStream
from service.api.transfer.budget import held_by
from service.api.transfer.pieces import Pieces, whole
from service.descent.questions.asked import StoredAnswer
from service.jobs.job import Failure, Status, StoredJob
from service.jobs.storage import commands, queries
from service.pool.frames import PART_BYTES, EventBytes

router = router_of("jobs", BareRoute)

EVENT_ID = re.compile("[0-9]{1,16}")
ONE_JOB = (
    Code.UNKNOWN_FIELD,
    Code.NOT_FOUND,
    Code.EXPIRED,
    Code.STORE_UNAVAILABLE,
    Code.TOO_MANY_ANSWERS,
)
"""The problem codes with which a request for a job can end."""
NO_RESULT = (
    *[Code.CANCELLED, Code.POISON, Code.INTERRUPTED, Code.FIT_TIMEOUT, Code.NOT_COMPUTABLE],
    *[Code.MALFORMED_FILE, Code.TOO_MANY_POINTS, Code.OUT_OF_RANGE, Code.CONFLICTING_FIELDS],
    *[Code.COST_OVER_BUDGET, Code.ANSWER_TOO_LARGE],
)
"""The problem codes of jobs without a result. Those of a file are known when a worker reads it."""
ID = "^[0-9a-f]{26}$"
JOB = {"job": Example(value="0660e92d3d60c744d802809d9a")}
JobId = Annotated[
    str, Path(alias="id", pattern=ID, description="The id of a job.", openapi_examples=JOB)
]
RETRY_AFTER = {"Retry-After": {"$ref": f"{HEADERS}Retry-After"}}
"""The header of a job that has not ended."""
CREATED_HEADERS = {
    **RETRY_AFTER,
    "Location": {"description": "The path of the job.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "Present if an earlier request with the same key created the job.",
        "schema": {"const": "true"},
    },
}
RESULTS = [endpoint.answer for endpoint in JOB_ENDPOINTS]
"""The types of the results of jobs."""
LAST_EVENT = "The id of the last event received, as browsers send it. It overrides `after`."


@router.post(
    "/jobs",
    summary="Create a job",
    status_code=202,
    response_model=Job,
    openapi_extra=described_request(),
    responses={
        202: {"headers": CREATED_HEADERS},
        **problems(
            *BODY_CODES,
            Code.MALFORMED_FILE,
            Code.ANSWER_TOO_LARGE,
            Code.COST_OVER_BUDGET,
            Code.KEY_REUSED,
            Code.TOO_MANY_UPLOADS,
            Code.QUEUE_FULL,
            Code.TOO_MANY_JOBS,
            Code.STORE_FULL,
            Code.STORE_UNAVAILABLE,
        ),
    },
)
async def create_job(request: Request) -> Response:
    """Store the job, then answer. The job runs as soon as a worker is free. With an
    Idempotency-Key, you can safely send the request again.

    The body is that of `POST /fit` or, with its `kind`, that of `POST /sweep` or `POST /series`. It
    can be a file that they take, with `kind` and `metadata` among its options: Arrow or NPY for
    series. The file is deleted when the job has ended. What is wrong with its content ends the job.

    CSV can be larger than for `POST /fit`: a file with more points or bytes is read in parts, by
    several workers, and the answer is that of its factor. The loop, batches, held-out points,
    networks and robust losses need all points at once.
    """
    created = await new_job(request)
    request.state.job_id = created.job.id  # for the log
    answer = _answer(created.job, request, status=202)
    answer.headers["Location"] = f"/jobs/{created.job.id}"
    if created.replayed:
        answer.headers["Idempotency-Replayed"] = "true"
    return answer


@router.get(
    "/jobs",
    summary="List jobs, the newest first",
    response_model_exclude_none=True,
    responses=problems(
        Code.UNKNOWN_FIELD,
        Code.UNKNOWN_VALUE,
        Code.WRONG_TYPE,
        Code.OUT_OF_RANGE,
        Code.STORE_UNAVAILABLE,
    ),
)
async def list_jobs(
    request: Request,
    status: Annotated[
        Status | SkipJsonSchema[None], Query(description="Only jobs with this status.")
    ] = None,
    after: Annotated[
        Annotated[str, StringConstraints(pattern=ID)] | SkipJsonSchema[None],
        Query(description="The id of a job: only older jobs are returned."),
    ] = None,
    limit: Annotated[
        int, Query(ge=1, le=MAX_PAGE, description="The maximum number of jobs to return.")
    ] = 20,
) -> JobPage:
    """Return jobs without their requests."""
    page = await state_of(request.app).jobs.store.read(
        queries.page, status=status, after=after, limit=limit, owner=owner(request)
    )
    listed = [job_document(job, request, whole=False) for job in page.jobs]
    return JobPage(data=listed, has_more=page.has_more)


@router.get(
    "/jobs/{id}",
    summary="Get a job",
    response_model=Job,
    responses={200: {"headers": RETRY_AFTER}, **problems(*ONE_JOB)},
)
async def read_job(job_id: JobId, request: Request) -> Response:
    """Return the status and the progress of a job."""
    store = state_of(request.app).jobs.store
    return _answer(await store.read(queries.find, job_id, owner=owner(request)), request)


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


@router.post(
    "/jobs/{id}/cancel",
    summary="Cancel a job",
    response_model=Job,
    responses={200: {"headers": RETRY_AFTER}, **problems(*ONE_JOB)},
)
async def cancel_job(job_id: JobId, request: Request) -> Response:
    """Cancel a job at once. A job that has already ended stays as it is."""
    store = state_of(request.app).jobs.store
    return _answer(await store.change(commands.cancel, job_id, owner=owner(request)), request)


@router.delete(
    "/jobs/{id}",
    summary="Delete a job",
    status_code=204,
    responses=problems(*ONE_JOB, Code.JOB_RUNNING),
)
async def delete_job(job_id: JobId, request: Request) -> Response:
    """Delete a job, its log and its result. If the job is running, cancel it first."""
    await state_of(request.app).jobs.store.change(commands.remove, job_id, owner=owner(request))
    return Response(status_code=204)


def _room_for(request: Request) -> Callable[[int], Awaitable[None]]:
    """Return a function that waits until there is room for so many bytes of the answer, unless they
    are few. It raises ProblemError if that takes too long.
    """
    held = held_by(request)

    async def make_room(size: int) -> None:
        if size > PART_BYTES:
            await held.add(size, Code.TOO_MANY_ANSWERS)

    return make_room


def _answer(job: StoredJob, request: Request, status: int = 200) -> Response:
    headers = {} if job.final else {"Retry-After": "1"}
    document = job_document(job, request, whole=True).model_dump_json(exclude_none=True)
    return whole(request, document.encode(), status, headers, media_type=JSON)


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
