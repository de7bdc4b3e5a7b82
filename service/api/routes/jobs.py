"""Jobs: questions whose answers continue after their request."""

from typing import Annotated

from fastapi import Path, Query
from fastapi.openapi.models import Example
from pydantic import StringConstraints
from pydantic.json_schema import SkipJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from service.api.endpoints import JSON
from service.api.limits import MAX_PAGE
from service.api.mistakes.bodies import BODY_CODES
from service.api.problems import Code
from service.api.routes.job_requests import described_request, new_job
from service.api.routing import HEADERS, BareRoute, problems, router_of
from service.api.schemas.job import Job, JobPage, job_document
from service.api.state import owner, state_of
from service.api.transfer.pieces import whole
from service.jobs.job import Status, StoredJob
from service.jobs.storage import commands, queries

router = router_of("jobs", BareRoute)

ONE_JOB = (
    Code.UNKNOWN_FIELD,
    Code.NOT_FOUND,
    Code.EXPIRED,
    Code.STORE_UNAVAILABLE,
    Code.TOO_MANY_ANSWERS,
)
"""The problem codes with which a request for a job can end."""
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


def _answer(job: StoredJob, request: Request, status: int = 200) -> Response:
    headers = {} if job.final else {"Retry-After": "1"}
    document = job_document(job, request, whole=True).model_dump_json(exclude_none=True)
    return whole(request, document.encode(), status, headers, media_type=JSON)
