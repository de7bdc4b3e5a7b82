"""Jobs as they are sent to clients."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Len, MaxLen
from orjson import loads
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from typing_extensions import TypeAliasType  # typing has it from Python 3.12 on

from service.api.limits import MAX_METADATA, MAX_NAME, MAX_NOTE
from service.api.problems import Code, Problem, ProblemError, problem
from service.descent.methods.bounds import MAX_FACTORS
from service.descent.methods.option import Option, kept
from service.descent.questions.file import FitFileSpec, SweepFileSpec
from service.descent.questions.fit import FitSpec
from service.descent.questions.series import SeriesFileSpec, SeriesSpec
from service.descent.questions.sweep import SweepSpec
from service.jobs.job import Failure, Status, StoredJob
from service.jobs.kinds import QuestionKind

Name = Annotated[str, Len(1, MAX_NAME)]
Note = Annotated[str, MaxLen(MAX_NOTE)]


@dataclass(frozen=True, kw_only=True)
class Kept(Option):
    """The part of a request that is kept with its job."""

    metadata: Annotated[dict[Name, Note], MaxLen(MAX_METADATA)] = field(default_factory=dict)
    """Your own entries, which are returned with the job."""


@dataclass(frozen=True, kw_only=True)
class PartsOfPoints(Option):
    """The points of other jobs of yours, which may each be of a file. They are added up by the
    factors in the results of the jobs.
    """

    parts: Annotated[
        tuple[str, ...],
        kept(Annotated[list[Annotated[str, Len(1, MAX_NAME)]], Len(1, MAX_FACTORS)], tuple),
    ]
    """The ids of jobs of fits that have succeeded, with `factor` in their `include`."""


@dataclass(frozen=True, kw_only=True)
class FitFields(Kept):
    """The fields of every job of a fit."""

    kind_required: ClassVar[bool] = False

    kind: Literal["fit"] = "fit"
    """The kind of the job."""


@dataclass(frozen=True, kw_only=True)
class SweepFields(Kept):
    """The fields of every job of a sweep."""

    kind: Literal["sweep"] = "sweep"
    """The kind of the job."""


@dataclass(frozen=True, kw_only=True)
class SeriesFields(Kept):
    """The fields of every job of many series."""

    kind: Literal["series"] = "series"
    """The kind of the job."""


@dataclass(frozen=True, kw_only=True)
class FitJob(FitFields, FitSpec):
    """A fit that continues after its request."""


@dataclass(frozen=True, kw_only=True)
class SweepJob(SweepFields, SweepSpec):
    """A sweep that continues after its request."""


@dataclass(frozen=True, kw_only=True)
class SeriesJob(SeriesFields, SeriesSpec):
    """Many series whose fits continue after their request."""


@dataclass(frozen=True, kw_only=True)
class FitFileJob(FitFields, FitFileSpec):
    """The settings of a fit of the points of a file that continues after its request."""


@dataclass(frozen=True, kw_only=True)
class SweepFileJob(SweepFields, SweepFileSpec):
    """The settings of a sweep about the points of a file that continues after its request."""


@dataclass(frozen=True, kw_only=True)
class SeriesFileJob(SeriesFields, SeriesFileSpec):
    """The settings of the series of a file whose fits continue after their request."""


JobFileRequest = TypeAliasType("JobFileRequest", FitFileJob | SweepFileJob | SeriesFileJob)
JOB_FILE_REQUESTS: Mapping[QuestionKind, type[JobFileRequest]] = {
    "fit": FitFileJob,
    "sweep": SweepFileJob,
    "series": SeriesFileJob,
}
"""The options of a file in `POST /jobs` by their `kind`."""
JobRequest = TypeAliasType("JobRequest", FitJob | SweepJob | SeriesJob)
JOB_REQUESTS: Mapping[QuestionKind, type[JobRequest]] = {
    "fit": FitJob,
    "sweep": SweepJob,
    "series": SeriesJob,
}
"""The bodies of `POST /jobs` by their `kind`."""


class Progress(BaseModel):
    """The progress of a job."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    steps_done: int
    """The number of the last recorded step. For series: the number of series that are done. A sweep
    has no progress until its end.
    """
    steps: int
    """The number of steps requested. For series: the number of series, which is 0 until their file
    is read.
    """
    points_read: int | None = None
    """The number of points that are read of a file in parts. Absent for other jobs, and before the
    first part is read.
    """


class Job(BaseModel):
    """A fit, a sweep or many series that continue after their request."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    """The id of the job: 26 hexadecimal digits."""
    kind: QuestionKind
    """The question: a fit, a sweep or many series."""
    status: Status
    """A fit that diverges has succeeded: its result reports the divergence. `failed` is for jobs
    that ended in an error.
    """
    progress: Progress
    """The progress of the job."""
    created_at: datetime
    """When the job was created, in UTC."""
    started_at: datetime | None = None
    """When a worker started the job, in UTC. Absent while the job waits."""
    finished_at: datetime | None = None
    """When the job ended, in UTC. Absent before."""
    request: dict[str, Any] | None = None
    """The request as sent, with its seed, without the points. Absent in a list."""
    error: Problem | None = None
    """The problem that ended the job."""
    metadata: dict[str, str]
    """Your own entries, as sent."""


class JobPage(BaseModel):
    """Jobs, the newest first."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    data: list[Job]
    """The jobs, without their requests."""
    has_more: bool
    """True if there are older jobs. To get them, set `after` to the id of the last job."""


def job_document(job: StoredJob, request: Request, *, whole: bool) -> Job:
    """Return a job as sent to a client. If it is `whole`, it includes its request."""
    return Job(
        id=job.id,
        kind=job.question,
        status=job.status,
        progress=Progress(steps_done=job.steps_done, steps=job.steps, points_read=job.points_read),
        created_at=job.created_at,  # pydantic reads seconds since the epoch as a time in UTC
        started_at=job.started_at,
        finished_at=job.finished_at,
        request=loads(job.request) if whole else None,
        error=problem(problem_of(job.error), request.state.request_id) if job.error else None,
        metadata=job.metadata,
    )


def problem_of(failure: Failure) -> ProblemError:
    """Return the problem that ended a job."""
    return ProblemError(Code(failure.code), failure.detail)
