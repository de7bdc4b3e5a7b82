"""Jobs as the store gives them out: free of SQL."""

from collections.abc import Mapping, Sequence
from typing import Literal

from service.descent.frozen import frozen

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]


@frozen
class Failure:
    """Why a job ended without a result."""

    code: str
    detail: str


@frozen(kw_only=True)
class Submission:
    """A job to be: `request` is its JSON without the points, `points` their JSON, `digest` says
    whether two requests are the same.
    """

    request: bytes
    points: bytes | None
    metadata: Mapping[str, str]
    key: str | None
    digest: str
    steps: int
    record_every: int
    owner: str = ""
    """Whose it is: nobody else sees the job. Empty where nobody is told from another."""


@frozen(kw_only=True)
class Job:
    """`position` is the last step in the log: -1 before any, None while the log is empty. Times are
    seconds of the epoch.

    `request` is empty where the job is one of a page.
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
        """Whether it has ended: then nothing about it changes any more."""
        return self.finished_at is not None


@frozen
class Created:
    """`replayed`: the key was known, and the job is the one made then."""

    job: Job
    replayed: bool


@frozen
class Page:
    """Jobs, the newest first, and whether there are older ones."""

    jobs: Sequence[Job]
    has_more: bool


@frozen
class Counted:
    """How many jobs there are of each status, and the age in seconds of the oldest that waits: 0
    where none does.
    """

    by_status: Mapping[str, int]
    oldest_seconds: float


@frozen(kw_only=True)
class Claim:
    """The right to continue the log of a job behind `position`; `token` tells it from earlier
    ones.
    """

    job: str
    token: str
    kind: str
    request: bytes
    points: bytes | None
    position: int | None


@frozen
class Row:
    """An event in the log: the number of the last step in it (-1: before any) and its JSON."""

    last: int
    body: bytes


@frozen
class Part:
    """What comes next in a log, and its job as it was at the same moment."""

    job: Job
    rows: Sequence[Row]

    @property
    def ends(self) -> bool:
        """Whether the log holds nothing beyond."""
        return not self.rows or self.rows[-1].last == self.job.position
