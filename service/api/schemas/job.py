"""A job as it is told."""

from datetime import UTC, datetime
from typing import Any

from orjson import loads
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from service.api.problems import Code, Problem, ProblemError, problem
from service.jobs import job as stored
from service.jobs.job import Failure, Status


class Progress(BaseModel):
    """How far the descent is."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    steps_done: int
    """The last step recorded."""
    steps: int
    """Those asked for."""


class Job(BaseModel):
    """A fit that outlives its request."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    status: Status
    """A fit that diverges has succeeded: its result says so. failed is for accidents."""
    progress: Progress
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    request: dict[str, Any] | None = None
    """As it was sent, with its seed, without the points; absent in a list."""
    error: Problem | None = None
    """Why it failed."""
    metadata: dict[str, str]


class JobPage(BaseModel):
    """Jobs, the newest first."""

    data: list[Job]
    has_more: bool
    """Whether there are older ones: ask for those `after` the last."""


def told(job: stored.Job, request: Request, *, whole: bool) -> Job:
    """A job for a client; whole, with its request."""
    return Job(
        id=job.id,
        status=job.status,
        progress=Progress(steps_done=max(job.position or 0, 0), steps=job.steps),
        created_at=_time(job.created_at),
        started_at=None if job.started_at is None else _time(job.started_at),
        finished_at=None if job.finished_at is None else _time(job.finished_at),
        request=loads(job.request) if whole else None,
        error=problem(why(job.error), request.state.request_id) if job.error else None,
        metadata=dict(job.metadata),
    )


def why(failure: Failure) -> ProblemError:
    """The problem that ended a job."""
    return ProblemError(Code(failure.code), failure.detail)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
