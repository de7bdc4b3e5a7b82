"""The types in which the store takes and returns jobs. They do not depend on SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, Self

from orjson import OPT_SORT_KEYS, Fragment, dumps, loads

from service.descent.questions.fit import FitSpec
from service.descent.questions.setting import adapter
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

    @classmethod
    def of(
        cls, sent: bytes, spec: FitSpec, metadata: Mapping[str, str], key: str | None, *, owner: str
    ) -> Self:
        """Return the job of a request, with its seed, so that every run gives the same answer.

        `sent` is the body as it was sent, and `spec` is the fit that it describes. The points are
        stored separately, as they are not read with the request.
        """
        request = loads(sent)
        points = dumps(spec.data.columns()) if spec.data else None
        for stored_elsewhere in ("data", "metadata"):
            request.pop(stored_elsewhere, None)
        same = [request, metadata, Fragment(points or b"null")]
        return cls(
            request=dumps(request | {"seed": spec.seed}),
            points=points,
            metadata=metadata,
            key=key,
            digest=sha256(dumps(same, option=OPT_SORT_KEYS)).hexdigest(),
            steps=spec.steps,
            record_every=spec.every,
            owner=owner,
        )


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

    def spec(self) -> FitSpec:
        """Return the fit of the job."""
        request = loads(self.request)
        if self.points:
            request["data"] = Fragment(self.points)
        spec: FitSpec = adapter(FitSpec).validate_json(dumps(request))
        spec.check()
        return spec


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
class LogEnd:
    """The end of a log: the events after the step `after`. The last one is `done`."""

    after: int | None
    events: Sequence[EventBytes]

    @property
    def size(self) -> int:
        """The number of bytes of the events."""
        return sum(len(event.body) for event in self.events)
