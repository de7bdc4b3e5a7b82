"""The types in which the store takes and returns jobs. They do not depend on SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pickle import PickleBuffer
from typing import Literal, Self

from orjson import OPT_SORT_KEYS, Fragment, dumps, loads

from service.descent.questions.file import FileSetting, FitFileSpec, SweepFileSpec
from service.descent.questions.fit import FitSpec
from service.descent.questions.series import SeriesSpec
from service.descent.questions.setting import adapter
from service.descent.questions.sweep import SweepSpec
from service.descent.questions.table import File
from service.jobs.files import StoredFile
from service.pool.frames import EventBytes

QuestionKind = Literal["fit", "sweep", "series"]
JobQuestion = FitSpec | SweepSpec | SeriesSpec
"""A question that a job can answer."""
QUESTIONS: Mapping[QuestionKind, type[JobQuestion]] = {
    "fit": FitSpec,
    "sweep": SweepSpec,
    "series": SeriesSpec,
}
"""The questions that jobs can answer, by the name of their endpoint."""
FILE_SETTINGS: Mapping[QuestionKind, type[FileSetting]] = {
    "fit": FitFileSpec,
    "sweep": SweepFileSpec,
}
"""The settings of the questions that can have a file, by their names."""
SERIES_POINTS = ("t", "y", "series")
"""The members of a request that are the points of its series."""
Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True)
class Failure:
    """The reason for which a job ended without a result."""

    code: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A job that is not created yet.

    `request` is its JSON without the points, and `points` is their JSON, or that of a StoredFile.
    Two requests are the same if their `digest` is the same. Only its `owner`, which is empty
    without keys, sees the job. `reserved` is the predicted size of its log and its result, in
    bytes.
    """

    question: QuestionKind
    request: bytes
    points: bytes | None
    metadata: Mapping[str, str]
    key: str | None
    digest: str
    steps: int
    record_every: int
    owner: str = ""
    reserved: int = 0

    @classmethod
    def of(
        cls,
        sent: bytes,
        spec: JobQuestion,
        metadata: Mapping[str, str],
        key: str | None,
        *,
        owner: str,
        file: StoredFile | None = None,
    ) -> Self:
        """Return the job of a request, with its seed, so that every run gives the same answer.

        `sent` is the body as it was sent, or the options of a file, and `spec` is the question that
        it asks. The points are stored separately, as they are not read with the request.
        """
        request = loads(sent)
        points = _points(spec, request) if file is None else file.to_json()
        for stored_elsewhere in ("data", "metadata", *SERIES_POINTS):
            request.pop(stored_elsewhere, None)
        same = [request, metadata, Fragment(points or b"null")]
        steps, record_every = _progress(spec)
        return cls(
            question=_kind(spec),
            request=dumps(request | {"seed": spec.seed}),
            points=points,
            metadata=metadata,
            key=key,
            digest=sha256(dumps(same, option=OPT_SORT_KEYS)).hexdigest(),
            steps=steps,
            record_every=record_every,
            owner=owner,
        )


def _kind(spec: JobQuestion) -> QuestionKind:
    return next(kind for kind, question in QUESTIONS.items() if isinstance(spec, question))


def _progress(spec: JobQuestion) -> tuple[int, int]:
    """Return the number of steps or rows of a job, and the number of them between two records."""
    if isinstance(spec, SeriesSpec):
        return len(spec.table), 1
    return spec.steps, spec.every


def _points(spec: JobQuestion, request: Mapping[str, object]) -> bytes | None:
    """Return the points of a request as JSON, or None if the service draws them."""
    if isinstance(spec, SeriesSpec):
        given = {name: request[name] for name in SERIES_POINTS if name in request}
        return dumps(given)
    return None if spec.data is None else dumps(spec.data.columns())


@dataclass(frozen=True, kw_only=True)
class StoredJob:
    """A job in the store.

    `position` is the last step or row in the log: -1 before any step, and None while the log is
    empty. `steps` is the number of steps or, for series, of rows. Times are in seconds since the
    epoch. `request` is empty if the job is part of a page. `points_read` is the number of points in
    the parts of its file that are read, or None if it has no parts.
    """

    id: str
    question: QuestionKind
    status: Status
    position: int | None
    steps: int
    record_every: int
    points_read: int | None
    created_at: float
    started_at: float | None
    finished_at: float | None
    request: bytes
    metadata: Mapping[str, str]
    error: Failure | None

    @property
    def final(self) -> bool:
        """True if the job has ended. Nothing about it changes after that."""
        return self.finished_at is not None

    @property
    def steps_done(self) -> int:
        """The number of steps or rows that are done, as far as the log has them. A sweep has no
        log: its steps are done when it has succeeded.
        """
        if self.question == "sweep":
            return self.steps if self.status == "succeeded" else 0
        if self.position is None:
            return 0
        return self.position + 1 if self.question == "series" else max(self.position, 0)


@dataclass(frozen=True)
class Created:
    """A created job, or if `replayed` is true, the job that the same key created earlier."""

    job: StoredJob
    replayed: bool
    earlier: int = 0
    """The number of jobs that its owner had waiting and running before."""


@dataclass(frozen=True)
class Page:
    """A page of jobs, newest first. `has_more` is true if there are older jobs."""

    jobs: Sequence[StoredJob]
    has_more: bool


@dataclass(frozen=True)
class Counted:
    """The number of jobs of each status, and the age in seconds of the oldest waiting job, or 0."""

    by_status: Mapping[str, int]
    oldest_seconds: float


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to continue the log of a job after `position`. Each claim has its own `token`.
    `rows` are those of a part of series, or the pieces of a part of a file, and None for a whole
    job. `whole` is the ID of the whole job.
    """

    job: str
    whole: str
    token: str
    kind: str
    question: QuestionKind
    request: bytes
    points: bytes | None
    position: int | None
    rows: range | None = None

    @property
    def file(self) -> StoredFile | None:
        """The file with the points, or None if they are not in a file."""
        return StoredFile.from_json(self.points)

    def spec(self, pieces: Sequence[bytes] = ()) -> JobQuestion:
        """Return the question of the job. If it has a file, these are its pieces."""
        file, request = self.file, self._settings()
        if file:
            sent = File(file.kind, [*map(PickleBuffer, pieces)])
            asked = self.file_setting().question(sent, file.max_seconds)
            assert isinstance(asked, FitSpec | SweepSpec)
            return asked
        if self.question == "series":
            request |= loads(self.points or b"{}")
        elif self.points:
            request["data"] = Fragment(self.points)
        spec: JobQuestion = adapter(QUESTIONS[self.question]).validate_json(dumps(request))
        spec.check()
        return spec

    def file_setting(self) -> FileSetting:
        """Return the settings of the question about a file."""
        settings = adapter(FILE_SETTINGS[self.question]).validate_json(dumps(self._settings()))
        settings.check()
        return settings

    def _settings(self) -> dict[str, object]:
        request: dict[str, object] = loads(self.request)
        request.pop("kind", None)
        return request

    def end_of_log(self, after: int | None) -> int | None:
        """Return the end of the log of the whole job where that of this claim ends at `after`."""
        if after is None and self.rows and self.rows.start:
            return self.rows.start - 1
        return after


@dataclass(frozen=True)
class Part:
    """A part of a job, which any machine may compute: some rows of its series, or some pieces of
    its file. It continues the log of the job from `after`, or None for the first part, to `last`.
    """

    id: str
    rows: range
    after: int | None
    last: int


@dataclass(frozen=True)
class LogPart:
    """The next events in a log, and the job as it was at the same moment.

    `ending` is the event `done` or the failure, if the job has ended, `events` are its last ones,
    and everything together is small.
    """

    job: StoredJob
    events: Sequence[EventBytes]
    ending: bytes | Failure | None = None


@dataclass(frozen=True)
class Ended:
    """The kind of a job that has succeeded, and the sizes in bytes of what its answer is built of:
    its last event, and what its log has of the answer.
    """

    question: QuestionKind
    ending_bytes: int
    log_bytes: int


@dataclass(frozen=True)
class LogEnd:
    """The end of a log: the events after the step `after`. The last one is `done`."""

    after: int | None
    events: Sequence[EventBytes]

    @property
    def size(self) -> int:
        """The number of bytes of the events."""
        return sum(len(event.body) for event in self.events)
