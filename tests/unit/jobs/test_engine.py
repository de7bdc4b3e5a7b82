import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from service.background import in_background
from service.jobs.engine import TOGETHER, LocalEngine
from tests.support.runs import Runs
from tests.support.time import settled


@asynccontextmanager
async def working(
    runs: Runs, slots: int, reserved: int = 0, spare: int = 0
) -> AsyncIterator[LocalEngine]:
    """An engine that works."""
    engine = LocalEngine()
    async with in_background(engine.work(runs.run, slots, reserved, spare)):
        yield engine


async def test_jobs_are_run_in_order_and_as_many_at_once_as_there_are_slots() -> None:
    runs = Runs()
    async with working(runs, 2) as engine:
        for job_id in "abc":
            await engine.submit(job_id)
        await settled()
        assert runs.begun == ["a", "b"]
        runs.go.set()
        await settled()
        assert runs.begun == ["a", "b", "c"]


async def test_a_job_that_waits_or_runs_is_not_run_twice() -> None:
    runs = Runs()
    async with working(runs, 1) as engine:
        for job_id in "abab":
            await engine.submit(job_id)
            await settled()
        assert runs.begun == ["a"]
        runs.go.set()
        await settled()
        assert runs.begun == ["a", "b"]


async def test_small_jobs_that_wait_run_together() -> None:
    runs = Runs()
    async with working(runs, 1) as engine:
        for number in range(TOGETHER + 1):
            await engine.submit(str(number), small=True)
        await settled()

        assert runs.begun == [str(number) for number in range(TOGETHER)]


async def test_a_large_job_does_not_wait_for_small_ones() -> None:
    runs = Runs()
    async with working(runs, 1) as engine:
        await engine.submit("small", small=True)
        await engine.submit("large")
        await settled()

        assert runs.begun == ["large"]


async def test_a_small_job_does_not_wait_for_large_ones() -> None:
    runs = Runs()
    async with working(runs, 1, reserved=1) as engine:
        await engine.submit("a")
        await engine.submit("b")
        await engine.submit("small", small=True)
        await settled()

        assert runs.begun == ["a", "small"]


async def test_a_large_job_does_not_wait_for_those_of_another_client() -> None:
    runs = Runs()
    async with working(runs, 2, spare=1) as engine:
        for job_id in ("a1", "a2", "a3"):
            await engine.submit(job_id, client="a")
        await settled()
        assert runs.begun == ["a1", "a2"]

        await engine.submit("b1", client="b")
        await settled()
        assert runs.begun == ["a1", "a2", "b1"]

        runs.go.set()
        await settled()
        assert runs.begun == ["a1", "a2", "b1", "a3"]


async def test_clients_take_turns() -> None:
    runs = Runs()
    async with working(runs, 3) as engine:
        for job_id in ("a1", "a2", "a3"):
            await engine.submit(job_id, client="a")
        await engine.submit("b1", client="b")
        await settled()

        assert runs.begun == ["a1", "b1", "a2"]


async def test_the_waiting_jobs_of_a_client_are_counted_until_they_run() -> None:
    runs = Runs()
    async with working(runs, 1) as engine:
        for job_id in ("a1", "a2", "a2", "b1"):
            await engine.submit(job_id, client=job_id[0])
        assert [engine.waiting(client) for client in "abc"] == [2, 1, 0]
        await settled()

        assert [engine.waiting(client) for client in "abc"] == [1, 1, 0]


async def test_small_jobs_of_several_clients_do_not_share_a_hint() -> None:
    runs = Runs()
    async with working(runs, 1) as engine:
        for job_id in ("a1", "b1", "a2", "b2"):
            await engine.submit(job_id, client=job_id[0], small=True)
        await settled()

        assert runs.begun == ["a1", "a2"]


async def test_a_small_job_does_not_join_those_that_run() -> None:
    runs = Runs()
    async with working(runs, 1) as engine:
        await engine.submit("a", small=True)
        await settled()
        await engine.submit("b", small=True)
        await settled()
        assert runs.begun == ["a"]

        runs.go.set()
        await settled()

        assert runs.begun == ["a", "b"]


async def test_a_job_that_has_been_run_may_be_run_again() -> None:
    runs = Runs()
    runs.go.set()
    async with working(runs, 1) as engine:
        for _ in range(2):
            await engine.submit("a")
            await settled()
        assert runs.begun == ["a", "a"]


async def test_a_run_that_breaks_leaves_its_place_to_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    runs = Runs()
    runs.go.set()
    async with working(runs, 1) as engine:
        for job_id in ("broken", "a", "broken"):
            await engine.submit(job_id)
            await settled()
        assert runs.begun == ["broken", "a", "broken"]
    assert [(record.getMessage(), record.__dict__["fields"]) for record in caplog.records] == [
        ("job_not_run", {"job_id": "broken"})
    ] * 2


async def test_what_runs_is_cancelled_at_the_end() -> None:
    runs = Runs()
    async with working(runs, 2) as engine:
        for job_id in "abc":
            await engine.submit(job_id)
        await settled()
    assert sorted(runs.cancelled) == ["a", "b"]
    assert runs.begun == ["a", "b"]


async def test_the_work_ends_after_the_last_of_its_runs() -> None:
    ended: list[str] = []

    async def run(job_id: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(len(job_id))
            ended.append(job_id)

    engine = LocalEngine()
    async with in_background(engine.work(run, 2)):
        for job_id in ("short", "very long"):
            await engine.submit(job_id)
        await settled()
    assert ended == ["short", "very long"]
