"""The application in this process: no server, no worker process, no file, no waiting."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import Connection

from service.api.measures import FITS, JOBS
from service.api.state import state_of
from service.app import create_app
from service.jobs.jobs import Jobs
from service.jobs.storage.transactions import R
from service.pool.interface import FitPool
from service.running import jobs_in
from service.settings import Settings
from tests.support.databases import in_memory
from tests.support.pools import InProcessPool
from tests.support.time import InstantLoop, passed


@asynccontextmanager
async def started(app: FastAPI) -> AsyncIterator[FastAPI]:
    """The application while its lifespan lasts."""
    async with app.router.lifespan_context(app):
        yield app


@asynccontextmanager
async def application(
    pool: InProcessPool | None = None, job_pool: InProcessPool | None = None, **given: Any
) -> AsyncIterator[tuple[FastAPI, InProcessPool]]:
    """An application whose fits are made in this process and whose jobs are kept in memory."""
    settings = Settings(**{"workers": 1, "job_workers": 1} | given)
    pool, job_pool = pool or InProcessPool(), job_pool or InProcessPool()
    async with memory_jobs(settings, job_pool) as jobs:
        app = create_app(settings, pool=pool, jobs=jobs)
        async with started(app):
            measures = state_of(app).measures
            pool.count = measures.counting(FITS)
            job_pool.count = measures.counting(JOBS)
            yield app, pool


@asynccontextmanager
async def memory_jobs(settings: Settings, pool: FitPool | None = None) -> AsyncIterator[Jobs]:
    """Jobs in memory that run in this process."""
    async with in_memory() as store, jobs_in(store, settings, pool or InProcessPool()) as jobs:
        yield jobs


class InProcess(httpx.BaseTransport):
    """Hands each request to an application on an event loop of its own, without a connection.

    Background work of the application goes on while a request is answered and during `wait`, and
    only then. The clock of the loop does not wait: it jumps to the next timer.
    """

    def __init__(self, **given: Any) -> None:
        self._runner = asyncio.Runner(loop_factory=InstantLoop)
        self.job_pool = InProcessPool()
        self._opened = application(job_pool=self.job_pool, **given)
        self.app, self.pool = self._runner.run(self._opened.__aenter__())
        self._application = httpx.ASGITransport(self.app)

    def wait(self, seconds: float) -> None:
        """Let time pass, and whatever is due in it happen."""
        self._runner.run(passed(seconds))

    def set(self, **changes: Any) -> None:
        """Change settings, as an operator does between two starts on the same store."""
        state = state_of(self.app)
        settings = state.settings.model_copy(update=changes)
        self.app.state.coaster = replace(state, settings=settings)

    def read(self, query: Callable[[Connection], R]) -> R:
        """Run a query of the store of the jobs."""
        return self._runner.run(state_of(self.app).jobs.store.read(query))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._runner.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        passed_on = httpx.Request(
            request.method, request.url, headers=request.headers, stream=Parts(request.stream)
        )
        answer = await self._application.handle_async_request(passed_on)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        content = b"".join([part async for part in answer.stream])
        return httpx.Response(
            answer.status_code, headers=answer.headers, stream=httpx.ByteStream(content)
        )

    def close(self) -> None:
        self._runner.run(self._opened.__aexit__(None, None, None))
        self._runner.close()


class Parts(httpx.AsyncByteStream):
    """A body in the parts in which it was given."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._stream:
            yield part


class Client(httpx.Client):
    """A client of an application in this process, which `inside` shows."""

    def __init__(self, **given: Any) -> None:
        self.inside = InProcess(**given)
        super().__init__(transport=self.inside, base_url="http://coaster")

    def as_key(self, key: str) -> httpx.Client:
        """Another client of the same application, which shows this key."""
        return httpx.Client(
            transport=self.inside,
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {key}"},
        )


@contextmanager
def client_in_process(**given: Any) -> Iterator[Client]:
    """A client of an application in this process."""
    with Client(**given) as client:
        yield client
