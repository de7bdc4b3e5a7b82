import asyncio
import re
import time

import pytest

from service.jobs.errors import (
    JobsFullError,
    KeyReusedError,
    RunningJobError,
    StoreError,
    StoreFullError,
    TooManyJobsError,
    UnknownJobError,
)
from service.jobs.job import Failure
from service.jobs.storage import commands, queries
from service.jobs.storage.queries import PIECE_BYTES
from service.jobs.storage.schema import PARTS_OF_JOBS, jobs_table
from service.jobs.storage.store import Store
from service.settings import Settings
from tests.support.stores import begun, claimed, create, finished, queued, rows


async def test_a_new_job_waits_and_keeps_what_it_was_made_of(store: Store) -> None:
    job = await queued(
        store, request=b'{"lr":1}', metadata={"name": "é"}, steps=2**40, record_every=3
    )
    assert (job.status, job.position, job.steps, job.record_every) == ("queued", None, 2**40, 3)
    assert (job.request, job.metadata, job.error) == (b'{"lr":1}', {"name": "é"}, None)
    assert await store.read(queries.find, job.id) == job


async def test_the_same_request_by_the_same_key_is_the_same_job(store: Store) -> None:
    first = await create(store, key="k")
    second = await create(store, key="k")
    assert (first.replayed, second.replayed) == (False, True)
    assert second.job == first.job


async def test_another_request_by_the_same_key_is_refused(store: Store) -> None:
    await queued(store, key="k", digest="one")
    with pytest.raises(KeyReusedError):
        await queued(store, key="k", digest="other")


async def test_the_same_request_without_a_key_is_another_job(store: Store) -> None:
    assert (await queued(store)).id != (await queued(store)).id


async def test_at_most_the_allowed_number_of_concurrent_jobs_wait(store: Store) -> None:
    settings = Settings(max_waiting_jobs=10)
    created = await asyncio.gather(
        *(create(store, settings) for _ in range(30)), return_exceptions=True
    )
    assert sum(isinstance(each, JobsFullError) for each in created) == 20
    assert await rows(store, jobs_table) == 10


async def test_a_known_key_is_answered_when_the_queue_is_full(store: Store) -> None:
    settings = Settings(max_waiting_jobs=1)
    await queued(store, settings, key="k")
    assert (await create(store, settings, key="k")).replayed


async def test_a_job_that_runs_does_not_wait(store: Store) -> None:
    settings = Settings(max_waiting_jobs=1)
    await claimed(store)
    assert await queued(store, settings)


async def test_a_job_that_waits_is_cancelled_at_once(store: Store) -> None:
    job = await store.change(commands.cancel, (await queued(store)).id)
    assert (job.status, job.error) == (
        "cancelled",
        Failure("cancelled", "The job was cancelled."),
    )
    assert job.finished_at is not None


async def test_a_job_that_runs_is_cancelled_at_once(store: Store) -> None:
    claim = await begun(store)
    assert (await store.change(commands.cancel, claim.job)).status == "cancelled"


async def test_a_job_that_has_ended_is_not_cancelled(store: Store) -> None:
    ended = await store.read(queries.find, await finished(store))
    assert await store.change(commands.cancel, ended.id) == ended


async def test_cancelling_twice_changes_nothing_more(store: Store) -> None:
    job = await store.change(commands.cancel, (await queued(store)).id)
    assert await store.change(commands.cancel, job.id) == job


async def test_an_unknown_job_is_neither_cancelled_nor_deleted(store: Store) -> None:
    with pytest.raises(UnknownJobError):
        await store.change(commands.cancel, "none")
    with pytest.raises(UnknownJobError):
        await store.change(commands.remove, "none")


async def test_a_deleted_job_leaves_nothing(store: Store) -> None:
    await store.change(commands.remove, await finished(store, bytes(PIECE_BYTES + 1)))
    tables = jobs_table, *PARTS_OF_JOBS
    assert [await rows(store, table) for table in tables] == [0, 0, 0, 0, 0]


async def test_a_job_that_runs_is_not_deleted(store: Store) -> None:
    claim = await begun(store)
    with pytest.raises(RunningJobError):
        await store.change(commands.remove, claim.job)
    assert (await store.read(queries.find, claim.job)).status == "running"


async def test_the_key_of_a_deleted_job_is_free(store: Store) -> None:
    await store.change(commands.remove, (await queued(store, key="k", digest="one")).id)
    assert not (await create(store, key="k", digest="other")).replayed


async def test_times_are_seconds_of_the_epoch(store: Store) -> None:
    before = time.time()
    job = await queued(store)
    after = time.time()
    # SQLite keeps milliseconds, and tells them from a day's number: to 0.05 milliseconds
    assert before - 0.0011 <= job.created_at <= after + 0.0011
    assert (job.started_at, job.finished_at) == (None, None)


async def test_an_id_begins_with_its_time_in_microseconds(store: Store) -> None:
    before = time.time_ns() // 1000
    job = await queued(store)
    after = time.time_ns() // 1000
    assert re.fullmatch("[0-9a-f]{26}", job.id)
    assert before <= int(job.id[:14], 16) <= after


async def test_concurrent_requests_with_one_key_make_one_job(store: Store) -> None:
    created = await asyncio.gather(*(create(store, key="k") for _ in range(50)))
    assert len({each.job.id for each in created}) == 1
    assert sum(not each.replayed for each in created) == 1


FULL: dict[type[StoreError], Settings] = {
    JobsFullError: Settings(max_waiting_jobs=1),
    TooManyJobsError: Settings(max_jobs_per_key=1),
    StoreFullError: Settings(max_store_bytes=1024 * 1024),
}
"""Settings under which no job can be created after the first one, by the error that says so."""


@pytest.mark.parametrize("error", FULL)
async def test_a_job_that_could_not_be_created_is_known_before_its_file_arrives(
    store: Store, error: type[StoreError]
) -> None:
    await create(store, FULL[error], owner="ann")

    with pytest.raises(error):
        await store.read(commands.check, FULL[error], key="new", owner="ann", size=1024 * 1024)


@pytest.mark.parametrize("error", FULL)
async def test_a_file_with_a_known_key_may_arrive(store: Store, error: type[StoreError]) -> None:
    await create(store, FULL[error], owner="ann", key="k")

    await store.read(commands.check, FULL[error], key="k", owner="ann", size=1024 * 1024)
