"""The client for tasks of asyncio. Its methods do what those of `Coaster` do."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Any, Self, Unpack, overload

from coaster_client import calls
from coaster_client.async_sessions import AsyncSession
from coaster_client.calls import URL, Fields
from coaster_client.client import AHEAD, R, Watch
from coaster_client.errors import ProblemError
from coaster_client.fits import AsyncFit
from coaster_client.models import (
    AnalysisResult,
    Job,
    JobEvent,
    JobPage,
    JobStatus,
    PortableFactor,
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
from coaster_client.transport import AsyncTransport
from coaster_client.uploads import is_file
from coaster_client.waiting import has_ended, pauses


class AsyncCoaster:
    """A client of the service at `base_url`, for use in an `async with` block, like `Coaster`."""

    def __init__(
        self, base_url: str = URL, api_key: str | None = None, *, retries: Retries = RETRIES
    ) -> None:
        self._session = AsyncSession(AsyncTransport(base_url, api_key), retries)
        self.jobs = AsyncJobs(self._session)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def fit(self, *, fields: Fields = None, **request: Unpack[FitRequest]) -> AsyncFit:
        """Fit a curve to points, and return the result, like `Coaster.fit`."""
        return await self._session.send(calls.fit(self._session.fit, request, fields))

    async def append(
        self, factor: PortableFactor | None, **request: Unpack[FitRequest]
    ) -> AsyncFit:
        """Fit a curve to the points of `factor` and those of `data`, like `Coaster.append`."""
        added = None
        if factor is not None and is_file(request.get("data")):
            added = await self._session.send(calls.factor_of_file(request))
        return await self._session.send(calls.append(self._session.fit, factor, request, added))

    async def sweep(self, *, fields: Fields = None, **request: Unpack[SweepRequest]) -> SweepResult:
        """Compare learning rates."""
        return await self._session.send(calls.sweep(request, fields))

    async def series(
        self, *, fields: Fields = None, **request: Unpack[SeriesRequest]
    ) -> SeriesResult:
        """Fit many series at once, and return columns, like `Coaster.series`."""
        return await self._session.send(calls.series(request, fields))

    async def analysis(
        self, *, fields: Fields = None, **request: Unpack[AnalysisRequest]
    ) -> AnalysisResult:
        """Return what each learning rate would do, without a step."""
        return await self._session.send(calls.analysis(request, fields))

    def stream(self, **request: Unpack[FitRequest]) -> AsyncIterator[StreamEvent]:
        """Fit a curve, and yield its events as they happen, like `Coaster.stream`."""
        return self._session.follow(calls.stream(request), resumes=False)

    async def map(
        self, requests: Iterable[FitRequest], *, concurrency: int = 8
    ) -> AsyncIterator[AsyncFit | ProblemError]:
        """Fit many curves and yield their results in order, like `Coaster.map`."""
        places = asyncio.Semaphore(concurrency)
        pending: deque[asyncio.Task[AsyncFit | ProblemError]] = deque()
        try:
            for request in requests:
                pending.append(asyncio.create_task(self._fit_or_problem(request, places)))
                if len(pending) == AHEAD * concurrency:
                    yield await pending[0]
                    pending.popleft()
            while pending:
                yield await pending[0]
                pending.popleft()
        finally:
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    async def _fit_or_problem(
        self, request: FitRequest, places: asyncio.Semaphore
    ) -> AsyncFit | ProblemError:
        async with places:
            try:
                return await self.fit(**request)
            except ProblemError as problem:
                return problem


class AsyncJobs:
    """The jobs of a client, like `Jobs`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    @overload
    async def create(self, **request: Unpack[FitJobRequest]) -> Job: ...
    @overload
    async def create(self, **request: Unpack[SweepJobRequest]) -> Job: ...
    @overload
    async def create(self, **request: Unpack[SeriesJobRequest]) -> Job: ...
    async def create(self, **request: Any) -> Job:
        """Create a job for a fit or, by its `kind`, for a sweep or many series. It is created once,
        however often the request has to be sent.
        """
        return await self._session.send(calls.create_job(request))

    async def list(
        self, *, status: JobStatus | None = None, after: str | None = None, limit: int | None = None
    ) -> JobPage:
        """Return a page of jobs, the newest first: those older than the job with the id `after`."""
        return await self._session.send(calls.list_jobs(status, after, limit))

    async def get(self, job_id: str) -> Job:
        """Return a job, with its status and progress."""
        return await self._session.send(calls.job(job_id))

    async def cancel(self, job_id: str) -> Job:
        """Cancel a job. A job that has already ended stays as it is."""
        return await self._session.send(calls.cancel_job(job_id))

    async def delete(self, job_id: str) -> None:
        """Delete a job that is not running, with its events and its result."""
        await self._session.send(calls.delete_job(job_id))

    @overload
    async def result(self, job_id: str, *, fields: Fields = None) -> AsyncFit: ...
    @overload
    async def result(self, job_id: str, kind: type[R], *, fields: Fields = None) -> R: ...
    async def result(
        self, job_id: str, kind: type[R] | None = None, *, fields: Fields = None
    ) -> AsyncFit | R:
        """Return the result of a job that has ended. For a sweep or many series, `kind` is the
        class of the result, `SweepResult` or `SeriesResult`.
        """
        if kind is None:
            return await self._session.send(calls.result(job_id, self._session.fit, fields))
        return await self._session.send(calls.result(job_id, kind, fields))

    def events(self, job_id: str, *, after: int | None = None) -> AsyncIterator[JobEvent]:
        """Yield the events of a job, each step once and in order, like `Jobs.events`."""
        return self._session.follow(calls.job_events(job_id), resumes=True, after=after)

    @overload
    async def wait(self, job_id: str, *, progress: Watch | None = None) -> AsyncFit: ...
    @overload
    async def wait(self, job_id: str, kind: type[R], *, progress: Watch | None = None) -> R: ...
    async def wait(
        self,
        job_id: str,
        kind: type[R] | None = None,
        *,
        progress: Watch | None = None,
    ) -> AsyncFit | R:
        """Wait for a job to end, and return its result, like `Jobs.wait`."""
        for pause in pauses():
            job = await self.get(job_id)
            if progress is not None:
                progress(job.progress)
            if has_ended(job):
                break
            await asyncio.sleep(pause)
        return await (self.result(job_id) if kind is None else self.result(job_id, kind))
