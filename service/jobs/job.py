"""The types in which the store returns jobs. They do not depend on SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from service.pool.frames import EventBytes

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True)
class Failure:
    """The reason for which a job ended without a result."""

    code: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A job that is not created yet.

    `request` is its JSON without the points, and `points` is their JSON. Two requests are the same
    if their `digest` is the same. Only its `owner`, which is empty without keys, sees the job.
    """

    request: bytes
    points: bytes | None
    metadata: Mapping[str, str]
    key: str | None
    digest: str
    steps: int
    record_every: int
    owner: str = ""


@dataclass(frozen=True, kw_only=True)
class StoredJob:
    """A job in the store.

    `position` is the last step in the log: -1 before any step, and None while the log is empty.
    Times are in seconds since the epoch. `request` is empty if the job is part of a page.
    """

    id: str
    status: Status
    position: int | None
    steps: int
    record_every: int
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


@dataclass(frozen=True)
class Created:
    """A created job, or if `replayed` is true, the job that the same key created earlier."""

    job: StoredJob
    replayed: bool


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
    """The right to continue the log of a job after `position`. Each claim has its own `token`."""

    job: str
    token: str
    kind: str
    request: bytes
    points: bytes | None
    position: int | None


@dataclass(frozen=True)
class LogPart:
    """The next events in a log, and the job as it was at the same moment."""

    job: StoredJob
    events: Sequence[EventBytes]

    @property
    def ends(self) -> bool:
        """True if the log has no events after these."""
        return not self.events or self.events[-1].last == self.job.position
