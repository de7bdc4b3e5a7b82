"""How the application is put together, with fakes in place of processes and databases."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Self

import pytest
from fastapi import FastAPI

from service.api.measures import FITS, JOBS
from service.api.state import state_of
from service.app import create_app
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.options import Synthetic
from service.jobs.errors import StoreUnopenedError
from service.jobs.jobs import Jobs
from service.pool.frames import Tally
from service.pool.interface import Count
from service.pool.pool import PoolLimits
from service.settings import Settings
from tests.support.applications import memory_jobs, started
from tests.support.pools import InProcessPool
from tests.support.time import instant

SETTINGS = Settings(workers=3, waiting_per_worker=5, max_wait_seconds=7, max_fit_seconds=11)

Running = Callable[[Settings, Count], AbstractAsyncContextManager[Jobs]]


class Enterable(InProcessPool):
    """A pool that remembers when it was entered and left."""

    def __init__(self, happened: list[str]) -> None:
        super().__init__()
        self._happened = happened

    async def __aenter__(self) -> Self:
        self._happened.append("pool begins")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._happened.append("pool ends")


def running(monkeypatch: pytest.MonkeyPatch, made: Running) -> None:
    """Let jobs be made by a function of the test."""
    monkeypatch.setattr("service.app.opened_jobs", made)


def failing(error: Exception) -> Running:
    """Jobs that cannot be opened."""

    @asynccontextmanager
    async def fail(_settings: Settings, _count: Count) -> AsyncIterator[Jobs]:
        if error:
            raise error
        yield  # type: ignore[misc]  # it is never reached

    return fail


def test_the_application_begins_and_ends_its_own_pool_and_jobs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened: list[str] = []
    counts: dict[str, Count] = {}

    def pool(_limits: PoolLimits, count: Count) -> Enterable:
        counts["fits"] = count
        return Enterable(happened)

    @asynccontextmanager
    async def jobs_in_memory(settings: Settings, count: Count) -> AsyncIterator[Jobs]:
        counts["jobs"] = count
        async with memory_jobs(settings) as jobs:
            happened.append("jobs begin")
            yield jobs
        happened.append("jobs end")

    @instant
    async def test() -> None:
        app = create_app(SETTINGS)
        async with started(app):
            state = state_of(app)
            assert (type(state.pool), type(state.jobs)) == (Enterable, Jobs)
            assert state.streams.most == SETTINGS.max_streams
        assert happened == ["pool begins", "jobs begin", "jobs end", "pool ends"]
        for count in counts.values():
            count(AnalysisSpec(synthetic=Synthetic(), seed=1, steps=1), Tally(None, 10, 0.5))
        assert counted(app) == {"fits": 10, "jobs": 10}

    monkeypatch.setattr("service.app.Pool", pool)
    running(monkeypatch, jobs_in_memory)
    test()


def counted(app: FastAPI) -> dict[str, float | None]:
    """The steps that were counted in each pool."""
    return {
        pool: state_of(app).measures.registry.get_sample_value(
            "coaster_steps_total", {"pool": pool, "solver": "none"}
        )
        for pool in (FITS, JOBS)
    }


def test_an_application_uses_the_pool_and_the_jobs_that_it_is_given() -> None:
    @instant
    async def test() -> None:
        pool = InProcessPool()
        async with memory_jobs(SETTINGS) as jobs:
            app = create_app(SETTINGS, pool=pool, jobs=jobs)
            async with started(app):
                assert state_of(app).pool is pool
                assert state_of(app).jobs is jobs

    test()


def test_jobs_that_cannot_be_opened_end_the_start_and_the_pool(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened: list[str] = []

    @instant
    async def test() -> None:
        with pytest.raises(StoreUnopenedError):
            async with started(create_app(SETTINGS)):
                pytest.fail("the application started")

    monkeypatch.setattr("service.app.Pool", lambda *_: Enterable(happened))
    running(monkeypatch, failing(StoreUnopenedError("no")))
    test()
    assert happened == ["pool begins", "pool ends"]


def test_the_application_says_what_it_is() -> None:
    assert create_app(SETTINGS).title == "Coaster"
