"""The workers and the jobs, put together for one process."""

import asyncio

from service.jobs.job import Failure, StoredJob
from service.jobs.storage import queries
from service.jobs.storage.store import Store
from service.pool.frames import EventBytes
from service.pool.pool import PoolLimits
from service.running import fit_limits, job_limits, jobs_in
from service.settings import Settings
from tests.support.executions import LECTURE, created, sent, when
from tests.support.pools import InProcessPool
from tests.support.time import settled


def test_the_workers_that_answer_have_the_limits_of_the_settings() -> None:
    settings = Settings(
        workers=3, waiting_per_worker=5, max_wait_seconds=7, max_fit_seconds=11
    ).model_copy(update={"max_worker_bytes": 600_000_000})

    assert fit_limits(settings) == PoolLimits(
        workers=3,
        waiting=15,
        wait_seconds=7,
        worker_bytes=600_000_000,
        wall_clock_seconds=33,
        spare=1,
        reserved=1,
    )


def test_the_workers_of_jobs_follow_the_settings_and_stand_back() -> None:
    settings = Settings(
        job_workers=3, max_wait_seconds=4, max_job_seconds=7, max_worker_bytes=600 * 1024 * 1024
    )

    assert job_limits(settings) == PoolLimits(
        workers=3,
        waiting=3,
        wait_seconds=4,
        cpu_seconds=14,
        worker_bytes=600 * 1024 * 1024,
        niceness=10,
        reserved=1,
    )


async def test_a_job_that_is_created_is_run_and_can_be_followed(store: Store) -> None:
    async with jobs_in(store, Settings(job_workers=1), InProcessPool()) as jobs:
        created = await jobs.create(sent(LECTURE))
        events = [event async for event in await jobs.follow(created.job.id, None)]

    assert [event.type for event in events if isinstance(event, EventBytes)][::2] == [
        "started",
        "done",
    ]
    assert not any(isinstance(event, Failure) for event in events)


async def test_a_job_that_an_earlier_process_left_is_run(store: Store) -> None:
    job_id = await created(store, LECTURE)
    async with jobs_in(store, Settings(job_workers=1), InProcessPool()):
        job = await when(store, job_id, lambda job: job.final)
    assert job.status == "succeeded"


async def test_as_many_jobs_run_at_once_as_there_are_workers_for_them(store: Store) -> None:
    pool = InProcessPool()
    pool.hold()
    waiting = [await created(store, LECTURE) for _ in range(3)]
    async with jobs_in(store, Settings(workers=1, job_workers=2), pool):
        await settled()
        assert [(await store.read(queries.find, job_id)).status for job_id in waiting] == [
            "running",
            "running",
            "queued",
        ]


async def test_the_limits_of_the_store_hold(store: Store) -> None:
    pool = InProcessPool()
    async with jobs_in(store, Settings(max_kept_jobs=1), pool) as jobs:
        ended: list[StoredJob] = []
        for _ in range(2):
            ended.append((await jobs.create(sent(LECTURE))).job)
            await asyncio.sleep(1)
        await asyncio.sleep(120)
        kept = (await jobs.store.read(queries.page, status=None, after=None, limit=9)).jobs
    assert [job.id for job in kept] == [ended[1].id]
