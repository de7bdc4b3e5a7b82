"""The client for threads."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self, TypeAlias, TypeVar, Unpack, overload

from coaster_client import calls
from coaster_client.calls import URL, Fields
from coaster_client.errors import ProblemError
from coaster_client.fits import Fit
from coaster_client.models import (
    AnalysisResult,
    Job,
    JobEvent,
    JobPage,
    JobStatus,
    PortableFactor,
    Progress,
    SeriesResult,
    StreamEvent,
    SweepResult,
)
from coaster_client.requests import (
    AnalysisRequest,
    FitJobRequest,
    FitRequest,
    SeriesJobRequest,
    SeriesRequest,
    SweepJobRequest,
    SweepRequest,
)
from coaster_client.retries import RETRIES, Retries
from coaster_client.sessions import Session
from coaster_client.uploads import is_file
from coaster_client.waiting import has_ended, pauses

R = TypeVar("R", SweepResult, SeriesResult)
"""The class of the result of a job that is not a fit."""
Watch: TypeAlias = Callable[[Progress], object]
"""A function that is called with the progress of a job."""
AHEAD = 4
"""The number of requests that `map` takes ahead, for each one that runs."""


class Coaster:
    """A client of the service at `base_url`, for use in a `with` block. Threads may share it.

    A call that fails because the service is busy or unreachable is sent again, within `retries`.
    Every method may raise one of CoasterError, and ValueError for points that it cannot read.
    """

    def __init__(
        self, base_url: str = URL, api_key: str | None = None, *, retries: Retries = RETRIES
    ) -> None:
        from coaster_client.transport import Transport  # noqa: PLC0415 - takes 60 ms

        self._session = Session(Transport(base_url, api_key), retries)
        self.jobs = Jobs(self._session)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def fit(self, *, fields: Fields = None, **request: Unpack[FitRequest]) -> Fit:
        """Fit a curve to points, and return the result.

        With `fields`, such as `("loss", "params")`, the result has only these fields. All other
        attributes are then None. Sweeps, analyses and results of jobs have the same option.
        """
        return self._session.send(calls.fit(self._session.fit, request, fields))

    def append(self, factor: PortableFactor | None, **request: Unpack[FitRequest]) -> Fit:
        """Fit a curve to the points of `factor` and those of `data`, and return the result with the
        `factor` of all of them. Keep it instead of the points. For the first points, pass None.

        If `data` is a file, it is sent first, for its factor.
        """
        added = None
        if factor is not None and is_file(request.get("data")):
            added = self._session.send(calls.factor_of_file(request))
        return self._session.send(calls.append(self._session.fit, factor, request, added))

    def sweep(self, *, fields: Fields = None, **request: Unpack[SweepRequest]) -> SweepResult:
        """Compare learning rates."""
        return self._session.send(calls.sweep(request, fields))

    def series(self, *, fields: Fields = None, **request: Unpack[SeriesRequest]) -> SeriesResult:
        """Fit many series at once with the same settings, and return columns.

        `data` is a frame or a mapping with the columns `series`, `t` and `y`, in which each row is
        a point, or a pair (t, rows) with the y of each series. None and NaN are missing values. It
        can also be a file of Arrow or NPY. A series that cannot be fitted has None in each column,
        and an entry in `problems`.
        """
        return self._session.send(calls.series(request, fields))

    def analysis(
        self, *, fields: Fields = None, **request: Unpack[AnalysisRequest]
    ) -> AnalysisResult:
        """Return what each learning rate would do, without a step."""
        return self._session.send(calls.analysis(request, fields))

    def stream(self, **request: Unpack[FitRequest]) -> Iterator[StreamEvent]:
        """Fit a curve, and yield its events as they happen.

        If the connection breaks, the fit ends and UnreachableError is raised. Only the events of a
        job can continue: see `jobs.events`.
        """
        return self._session.follow(calls.stream(request), resumes=False)

    def map(
        self, requests: Iterable[FitRequest], *, concurrency: int = 8
    ) -> Iterator[Fit | ProblemError]:
        """Fit many curves, `concurrency` at a time, and yield their results in order.

        A request that the service rejects yields its ProblemError in place of a result, and the
        others continue. Raises UnreachableError if the service cannot be reached. `requests` is
        read as results are taken, so it may be endless.
        """
        pending: deque[Future[Fit | ProblemError]] = deque()
        with ThreadPoolExecutor(concurrency) as threads:
            try:
                for request in requests:
                    pending.append(threads.submit(self._fit_or_problem, request))
                    if len(pending) == AHEAD * concurrency:
                        yield pending.popleft().result()
                while pending:
                    yield pending.popleft().result()
            finally:
                threads.shutdown(wait=False, cancel_futures=True)

    def _fit_or_problem(self, request: FitRequest) -> Fit | ProblemError:
        try:
            return self.fit(**request)
        except ProblemError as problem:
            return problem


class Jobs:
    """The jobs of a client: fits that outlive their request."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @overload
    def create(self, **request: Unpack[FitJobRequest]) -> Job: ...
    @overload
    def create(self, **request: Unpack[SweepJobRequest]) -> Job: ...
    @overload
    def create(self, **request: Unpack[SeriesJobRequest]) -> Job: ...
    def create(self, **request: Any) -> Job:
        """Create a job for a fit or, by its `kind`, for a sweep or many series. It is created once,
        however often the request has to be sent.
        """
        return self._session.send(calls.create_job(request))

    def list(
        self, *, status: JobStatus | None = None, after: str | None = None, limit: int | None = None
    ) -> JobPage:
        """Return a page of jobs, the newest first: those older than the job with the id `after`."""
        return self._session.send(calls.list_jobs(status, after, limit))

    def get(self, job_id: str) -> Job:
        """Return a job, with its status and progress."""
        return self._session.send(calls.job(job_id))

    def cancel(self, job_id: str) -> Job:
        """Cancel a job. A job that has already ended stays as it is."""
        return self._session.send(calls.cancel_job(job_id))

    def delete(self, job_id: str) -> None:
        """Delete a job that is not running, with its events and its result."""
        self._session.send(calls.delete_job(job_id))

    @overload
    def result(self, job_id: str, *, fields: Fields = None) -> Fit: ...
    @overload
    def result(self, job_id: str, kind: type[R], *, fields: Fields = None) -> R: ...
    def result(self, job_id: str, kind: type[R] | None = None, *, fields: Fields = None) -> Fit | R:
        """Return the result of a job that has ended. For a sweep or many series, `kind` is the
        class of the result, `SweepResult` or `SeriesResult`.
        """
        if kind is None:
            return self._session.send(calls.result(job_id, self._session.fit, fields))
        return self._session.send(calls.result(job_id, kind, fields))

    def events(self, job_id: str, *, after: int | None = None) -> Iterator[JobEvent]:
        """Yield the events of a job, during its run and after it, each step once and in order.

        If the connection breaks or the service restarts, the stream continues after the last step
        received. With `after`, it begins after this step. The last event is `done` or `failed`.
        """
        return self._session.follow(calls.job_events(job_id), resumes=True, after=after)

    @overload
    def wait(self, job_id: str, *, progress: Watch | None = None) -> Fit: ...
    @overload
    def wait(self, job_id: str, kind: type[R], *, progress: Watch | None = None) -> R: ...
    def wait(
        self,
        job_id: str,
        kind: type[R] | None = None,
        *,
        progress: Watch | None = None,
    ) -> Fit | R:
        """Wait for a job to end, and return its result, as `result` does.

        `progress` is called with the progress of the job at each look. Raises JobFailedError if the
        job failed or was cancelled.
        """
        for pause in pauses():
            job = self.get(job_id)
            if progress is not None:
                progress(job.progress)
            if has_ended(job):
                break
            time.sleep(pause)
        return self.result(job_id) if kind is None else self.result(job_id, kind)
