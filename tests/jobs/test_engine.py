import asyncio
from collections.abc import Awaitable, Callable

import pytest

from service.jobs.engine import LocalEngine
from tests.jobs.runs import Runs


def with_engine(test: Callable[[LocalEngine, Runs], Awaitable[None]], places: int = 1) -> Runs:
    async def run() -> Runs:
        runs = Runs()
        async with asyncio.timeout(5), LocalEngine(runs.run, places) as engine:
            await test(engine, runs)
        return runs

    return asyncio.run(run())


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_jobs_run_in_order_and_so_many_at_once() -> None:
    async def test(engine: LocalEngine, runs: Runs) -> None:
        for job_id in "abc":
            await engine.submit(job_id)
        await settle()
        assert runs.begun == ["a", "b"]
        runs.go.set()
        await settle()
        assert runs.begun == ["a", "b", "c"]

    with_engine(test, places=2)


def test_a_job_that_is_known_is_not_run_twice() -> None:
    async def test(engine: LocalEngine, runs: Runs) -> None:
        for _ in range(3):
            await engine.submit("a")
            await settle()
        assert runs.begun == ["a"]

    with_engine(test, places=2)


def test_a_job_that_has_been_run_may_be_run_again() -> None:
    async def test(engine: LocalEngine, runs: Runs) -> None:
        runs.go.set()
        for _ in range(2):
            await engine.submit("a")
            await settle()
        assert runs.begun == ["a", "a"]

    with_engine(test)


def test_a_run_that_breaks_leaves_its_place_to_others(caplog: pytest.LogCaptureFixture) -> None:
    async def test(engine: LocalEngine, runs: Runs) -> None:
        runs.go.set()
        await engine.submit("broken")
        await engine.submit("a")
        await settle()
        assert runs.begun == ["broken", "a"]

    with_engine(test)
    assert "job_not_run" in caplog.text


def test_at_the_end_what_runs_is_cancelled() -> None:
    async def test(engine: LocalEngine, _: Runs) -> None:
        await engine.submit("a")
        await settle()

    assert with_engine(test).cancelled == ["a"]
