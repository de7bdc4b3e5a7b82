"""The types in which the store returns jobs. They do not depend on SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from service.jobs.kinds import QuestionKind
from service.pool.frames import EventBytes

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True)
class Failure:
    """The reason for which a job ended without a result."""

    code: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class StoredJob:
    """A job in the store.

    `position` is the last step or row in the log: -1 before any step, and None while the log is
    empty. `steps` is the number of steps or, for series, of rows: 0 until their file is read. Times
    are in seconds since the epoch. `request` is empty if the job is part of a page. `points_read`
    is the number of points in the parts of its file that are read, or None if it has no parts.
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
