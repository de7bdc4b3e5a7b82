import asyncio
import os
import signal
from uuid import uuid4

import pytest

from service.descent.spec import FitSpec
from service.jobs.errors import NotFinishedError
from service.jobs.execution import Execution
from service.jobs.job import Claim, Failure, Job
from tests.jobs.executions import LECTURE, LONG, SECOND, Site, at_a_site, losses, reference
from tests.jobs.stores import age
from tests.workers.pools import pids

SILENT = LONG[:-1] + ', "record_every": 300000}'
"""Tells its first step and its last."""


def begun(job: Job) -> bool:
    return job.position is not None and job.position > 0


def test_a_job_that_is_run_succeeds_with_every_step_in_its_log(url: str) -> None:
    async def test(site: Site) -> None:
        job_id = await site.queued(LECTURE)

        await site.execution.run(job_id)

        assert (await site.store.job(job_id)).status == "succeeded"
        assert await losses(site.store, job_id) == reference(LECTURE)

    at_a_site(url, test)


def test_a_job_that_is_run_twice_is_run_once(url: str) -> None:
    async def test(site: Site) -> None:
        job_id = await site.queued(SECOND)

        await asyncio.gather(*(site.execution.run(job_id) for _ in range(3)))
        await site.execution.run(job_id)

        assert await losses(site.store, job_id) == reference(SECOND)

    at_a_site(url, test)


def test_a_job_that_is_given_back_in_the_middle_is_continued(url: str) -> None:
    async def test(site: Site) -> None:
        job_id = await site.queued(SECOND)
        first = asyncio.create_task(site.execution.run(job_id))
        await site.until(job_id, begun)
        first.cancel()
        await asyncio.wait({first})
        assert (await site.store.job(job_id)).status == "queued"

        await site.execution.run(job_id)

        assert await losses(site.store, job_id) == reference(SECOND)

    at_a_site(url, test)


def test_a_job_whose_worker_is_killed_goes_on(url: str) -> None:
    async def test(site: Site) -> None:
        job_id = await site.queued(SECOND)
        running = asyncio.create_task(site.execution.run(job_id))
        await site.until(job_id, begun)

        os.kill(pids(site.pool)[0], signal.SIGKILL)
        await running

        assert (await site.store.job(job_id)).status == "succeeded"
        assert await losses(site.store, job_id) == reference(SECOND)

    at_a_site(url, test)


def test_a_job_that_loses_three_workers_without_a_step_more_has_failed(url: str) -> None:
    async def test(site: Site) -> None:
        job_id = await site.queued(SILENT)
        running = asyncio.create_task(site.execution.run(job_id))
        await site.until(job_id, lambda job: job.position == 0)
        for _ in range(3):
            while not any(worker.fits for worker in site.pool._workers):
                await asyncio.sleep(0.01)
            [worker] = pids(site.pool)
            os.kill(worker, signal.SIGKILL)
            while worker in pids(site.pool):
                await asyncio.sleep(0.01)
        await running

        assert (await site.store.job(job_id)).error == Failure(
            "poison", "The worker died in this fit, and so did two others."
        )

    at_a_site(url, test)


def test_a_cancel_ends_the_run_and_frees_the_worker(url: str) -> None:
    async def test(site: Site) -> None:
        job_id = await site.queued(LONG)
        running = asyncio.create_task(site.execution.run(job_id))
        await site.until(job_id, begun)

        await site.store.cancel(job_id)
        async with asyncio.timeout(1):
            await running
            while any(worker.fits for worker in site.pool._workers):
                await asyncio.sleep(0.01)

    at_a_site(url, test)


def test_who_lost_the_claim_stops_and_writes_nothing_more(url: str) -> None:
    async def test(site: Site) -> None:
        job_id = await site.queued(SILENT)
        running = asyncio.create_task(site.execution.run(job_id))
        await site.until(job_id, lambda job: job.position == 0)

        taken = None
        while taken is None:
            await age(site.store, job_id, "touched")
            taken = await site.store.claim(job_id, token=uuid4().hex, kind=str(site.pool.kind))
        await running

        assert (await site.store.job(job_id)).position == taken.position
        assert (await site.store.job(job_id)).status == "running"

    at_a_site(url, test)


def test_a_job_over_its_wall_clock_has_failed(url: str) -> None:
    async def test(site: Site) -> None:
        job_id = await site.queued(LONG)

        await site.execution.run(job_id)

        ending = await site.store.ending(job_id)
        assert isinstance(ending, Failure)
        assert ending.code == "fit_timeout"

    at_a_site(url, test, wall_clock_seconds=0.5)


def test_a_mistake_of_ours_is_told_and_not_repeated(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Claim) -> FitSpec:
        raise ValueError

    async def test(site: Site) -> None:
        job_id = await site.queued(LECTURE)

        await Execution(site.store, site.pool, site.bell, broken).run(job_id)

        assert (await site.store.job(job_id)).error == Failure(
            "internal_error", "The service made a mistake; it was logged."
        )
        assert "job_failed" in caplog.text

    at_a_site(url, test)


def test_an_unknown_job_is_not_run(url: str) -> None:
    async def test(site: Site) -> None:
        await site.execution.run("none")

    at_a_site(url, test)


def test_a_job_that_is_at_work_for_longer_than_a_lease_is_not_taken_from_it(url: str) -> None:
    async def test(site: Site) -> None:
        job_id = await site.queued(SILENT)
        running = asyncio.create_task(site.execution.run(job_id))
        await asyncio.sleep(2.5)

        assert await site.store.claim(job_id, token=uuid4().hex, kind=str(site.pool.kind)) is None
        with pytest.raises(NotFinishedError):
            await site.store.ending(job_id)
        running.cancel()
        await asyncio.wait({running})

    at_a_site(url, test)
