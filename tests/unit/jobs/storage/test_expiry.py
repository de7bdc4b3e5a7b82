import pytest
from sqlalchemy import select

from service.jobs.errors import ExpiredJobError, UnknownJobError
from service.jobs.storage import commands, queries
from service.jobs.storage.expiry import EXPIRING
from service.jobs.storage.queries import PIECE_BYTES
from service.jobs.storage.schema import JOB, PARTS_OF_JOBS, jobs_table
from service.jobs.storage.store import Store
from service.settings import Settings
from tests.support.stores import age, begun, create, expire, finished, queued, rows

DAY = 86_400.0
NONE_KEPT = Settings().model_copy(update={"max_kept_jobs": 0})
"""Settings under which every job that has ended expires."""


async def test_of_an_expired_job_only_its_row_stays(store: Store) -> None:
    await age(store, await finished(store, bytes(PIECE_BYTES + 1)), "ended_age", 2 * DAY)
    await expire(store)
    tables = jobs_table, *PARTS_OF_JOBS
    assert [await rows(store, table) for table in tables] == [1, 0, 0, 0, 0]
    assert (await store.read(queries.page, status=None, after=None, limit=9)).jobs == []


async def test_a_job_that_has_just_ended_is_kept(store: Store) -> None:
    job_id = await finished(store)
    await expire(store)
    assert await store.read(queries.ending, job_id) == b"done"


async def test_the_newest_jobs_are_kept(store: Store) -> None:
    settings = Settings(max_kept_jobs=2)
    ended = [await finished(store) for _ in range(4)]
    await age(store, ended[3], "ended_age", 60)
    await expire(store, settings)
    assert {
        job.id for job in (await store.read(queries.page, status=None, after=None, limit=9)).jobs
    } == {
        ended[1],
        ended[2],
    }


async def test_a_job_that_has_not_ended_does_not_expire(store: Store) -> None:
    waiting, running = (await queued(store)).id, (await begun(store)).job
    await age(store, waiting, "created_at", 30 * DAY)
    await age(store, running, "created_at", 30 * DAY)
    await expire(store, NONE_KEPT)
    assert (await store.read(queries.find, waiting)).status == "queued"
    assert (await store.read(queries.find, running)).status == "running"


async def test_more_than_one_batch_expires(store: Store) -> None:
    for _ in range(EXPIRING + 1):
        await store.change(commands.cancel, (await queued(store)).id)
    await expire(store, NONE_KEPT)
    assert (await store.read(queries.page, status=None, after=None, limit=9)).jobs == []


async def test_the_key_of_an_expired_job_is_free(store: Store) -> None:
    await store.change(commands.cancel, (await queued(store, key="k", digest="one")).id)
    await expire(store, NONE_KEPT)
    assert not (await create(store, NONE_KEPT, key="k", digest="other")).replayed


async def test_a_job_expires_after_the_time_for_which_jobs_are_kept(store: Store) -> None:
    settings = Settings(job_kept_seconds=10_000.0)
    job_id = await finished(store)
    await age(store, job_id, "ended_age", 9_000.0)
    await expire(store, settings)
    assert (await store.read(queries.find, job_id)).status == "succeeded"
    await age(store, job_id, "ended_age", 2_000.0)
    await expire(store, settings)
    for asked in (
        store.read(queries.find, job_id),
        store.read(queries.log_part, job_id, after=None, limit=32),
        store.read(queries.ending, job_id),
        store.change(commands.cancel, job_id),
        store.change(commands.remove, job_id),
    ):
        with pytest.raises(ExpiredJobError):
            await asked


async def test_an_expired_job_is_forgotten_after_a_week(store: Store) -> None:
    job_id = await finished(store)
    await expire(store, NONE_KEPT)
    await age(store, job_id, "expired_at", 7 * DAY - 3600.0)
    await expire(store, NONE_KEPT)
    with pytest.raises(ExpiredJobError):
        await store.read(queries.find, job_id)
    await age(store, job_id, "expired_at", 7200.0)
    await expire(store, NONE_KEPT)
    with pytest.raises(UnknownJobError):
        await store.read(queries.find, job_id)
    assert await rows(store, jobs_table) == 0


async def test_nothing_of_the_request_is_left_of_an_expired_job(store: Store) -> None:
    await store.change(commands.cancel, (await queued(store, key="k")).id)
    await expire(store, NONE_KEPT)
    fields = select(JOB.request, JOB.metadata, JOB.key, JOB.digest)
    left = await store.read(lambda connection: connection.execute(fields).one())
    assert tuple(left) == (None, None, None, None)


async def test_an_expired_job_is_not_counted(store: Store) -> None:
    await finished(store)
    await expire(store, NONE_KEPT)
    assert (await store.read(queries.counted)).by_status["succeeded"] == 0
