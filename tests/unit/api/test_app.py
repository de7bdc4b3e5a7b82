"""How the application is put together, with fakes in place of processes and databases."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import ModuleType
from typing import Any, Self

import pytest
from fastapi import FastAPI

from service.api.measuring import gauges
from service.app import RUNNING, create_app, fit_pool, jobs_to_come
from service.descent.questions.options import Synthetic
from service.descent.questions.specs import AnalysisSpec
from service.jobs.errors import StoreUnopenedError
from service.jobs.jobs import Jobs
from service.pool.frames import Tally
from service.pool.pool import PoolLimits
from service.pool.stats import Count, uncounted
from service.settings import Settings
from tests.support.applications import memory_jobs, started
from tests.support.pools import InProcessPool
from tests.support.time import instant, settled

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
    module = ModuleType(RUNNING)
    module.running_jobs = made  # type: ignore[attr-defined]  # it stands in for that module
    monkeypatch.setitem(sys.modules, RUNNING, module)


def failing(error: Exception) -> Running:
    """Jobs that cannot be opened."""

    @asynccontextmanager
    async def fail(_settings: Settings, _count: Count) -> AsyncIterator[Jobs]:
        if error:
            raise error
        yield  # type: ignore[misc]  # it is never reached

    return fail


def test_the_pool_has_the_limits_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[PoolLimits, Count]] = []
    monkeypatch.setattr("service.app.Pool", lambda *given: made.append(given))

    fit_pool(SETTINGS.model_copy(update={"max_worker_bytes": 600_000_000}), uncounted)

    limits = PoolLimits(
        workers=3, waiting=15, wait_seconds=7, worker_bytes=600_000_000, wall_clock_seconds=22
    )
    assert made == [(limits, uncounted)]


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
            assert not app.state.jobs.done()
            jobs = await app.state.jobs
            assert (type(app.state.pool), type(jobs)) == (Enterable, Jobs)
            assert app.state.streams.most == SETTINGS.max_streams
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
        pool: app.state.registry.get_sample_value(
            "coaster_steps_total", {"pool": pool, "solver": "none"}
        )
        for pool in (gauges.FITS, gauges.JOBS)
    }


def test_an_application_uses_the_pool_and_the_jobs_that_it_is_given() -> None:
    @instant
    async def test() -> None:
        pool = InProcessPool()
        async with memory_jobs(SETTINGS) as jobs:
            app = create_app(SETTINGS, pool=pool, jobs=jobs)
            async with started(app):
                assert app.state.pool is pool
                assert app.state.jobs.result() is jobs

    test()


@pytest.mark.parametrize(
    ("error", "logged"), [(StoreUnopenedError("no"), []), (ValueError("no"), ["jobs_failed"])]
)
def test_jobs_that_cannot_be_opened_fail_for_all_who_wait_for_them(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    logged: list[str],
) -> None:
    @instant
    async def test() -> None:
        async with jobs_to_come(SETTINGS, uncounted) as jobs:
            await settled()
            assert jobs.exception() is error

    running(monkeypatch, failing(error))
    test()
    assert [record.getMessage() for record in caplog.records] == logged


def test_jobs_that_fail_at_their_end_were_there_until_then(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    @asynccontextmanager
    async def fail_at_the_end(settings: Settings, _count: Count) -> AsyncIterator[Jobs]:
        async with memory_jobs(settings) as jobs:
            yield jobs
        raise ValueError

    @instant
    async def test() -> None:
        async with jobs_to_come(SETTINGS, uncounted) as jobs:
            assert isinstance(await jobs, Jobs)

    running(monkeypatch, fail_at_the_end)
    test()
    assert [record.getMessage() for record in caplog.records] == ["jobs_failed"]


def test_a_service_that_ends_before_its_jobs_are_opened_waits_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened: list[str] = []

    @asynccontextmanager
    async def slow(settings: Settings, _count: Count) -> AsyncIterator[Jobs]:
        await asyncio.sleep(60)
        async with memory_jobs(settings) as jobs:
            happened.append("opened")
            yield jobs
        happened.append("closed")

    @instant
    async def test() -> None:
        async with jobs_to_come(SETTINGS, uncounted):
            pass

    running(monkeypatch, slow)
    test()
    assert happened == ["opened", "closed"]


def test_the_application_says_what_it_is() -> None:
    app = create_app(SETTINGS)
    given: dict[str, Any] = {"title": app.title, "openapi": app.openapi_version}

    assert given == {"title": "Coaster", "openapi": "3.2.0"}
