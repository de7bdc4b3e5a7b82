import pytest
from sqlalchemy import select

from service.jobs.errors import ExpiredJobError, UnknownJobError
from service.jobs.storage.database import Database
from service.jobs.storage.expiry import BATCH
from service.jobs.storage.schema import JOB, endings_table, jobs_table, log_table, points_table
from service.jobs.storage.store import Store, StoreLimits
from service.jobs.wakeups import Bell
from tests.support.stores import age, begun, finished, queued, rows, submission

DAY = 86_400.0


async def test_of_an_expired_job_only_its_row_stays(database: Database, store: Store) -> None:
    await age(database, await finished(store), "finished_at", 2 * DAY)
    await store.expire()
    tables = jobs_table, points_table, log_table, endings_table
    assert [await rows(database, table) for table in tables] == [1, 0, 0, 0]
    assert (await store.page(status=None, after=None, limit=9)).jobs == []


async def test_a_job_that_has_just_ended_is_kept(store: Store) -> None:
    job_id = await finished(store)
    await store.expire()
    assert await store.ending(job_id) == b"done"


async def test_the_newest_jobs_are_kept(database: Database) -> None:
    store = Store(database, StoreLimits(kept=2), Bell())
    ended = [await finished(store) for _ in range(4)]
    await age(database, ended[3], "finished_at", 60)
    await store.expire()
    assert {job.id for job in (await store.page(status=None, after=None, limit=9)).jobs} == {
        ended[1],
        ended[2],
    }


async def test_a_job_that_has_not_ended_does_not_expire(database: Database) -> None:
    store = Store(database, StoreLimits(kept=0), Bell())
    waiting, running = (await queued(store)).id, (await begun(store)).job
    await age(database, waiting, "created_at", 30 * DAY)
    await age(database, running, "created_at", 30 * DAY)
    await store.expire()
    assert (await store.job(waiting)).status == "queued"
    assert (await store.job(running)).status == "running"


async def test_more_than_one_batch_expires(database: Database) -> None:
    store = Store(database, StoreLimits(kept=0), Bell())
    for _ in range(BATCH + 1):
        await store.cancel((await queued(store)).id)
    await store.expire()
    assert (await store.page(status=None, after=None, limit=9)).jobs == []


async def test_the_key_of_an_expired_job_is_free(database: Database) -> None:
    store = Store(database, StoreLimits(kept=0), Bell())
    await store.cancel((await queued(store, key="k", digest="one")).id)
    await store.expire()
    assert not (await store.create(submission(key="k", digest="other"))).replayed


async def test_a_job_expires_after_the_time_for_which_jobs_are_kept(database: Database) -> None:
    store = Store(database, StoreLimits(kept_seconds=10_000.0), Bell())
    job_id = await finished(store)
    await age(database, job_id, "finished_at", 9_000.0)
    await store.expire()
    assert (await store.job(job_id)).status == "succeeded"
    await age(database, job_id, "finished_at", 2_000.0)
    await store.expire()
    for asked in (
        store.job(job_id),
        store.read(job_id, after=None, limit=32),
        store.ending(job_id),
        store.cancel(job_id),
        store.delete(job_id),
    ):
        with pytest.raises(ExpiredJobError):
            await asked


async def test_an_expired_job_is_forgotten_after_a_week(database: Database) -> None:
    store = Store(database, StoreLimits(kept=0), Bell())
    job_id = await finished(store)
    await store.expire()
    await age(database, job_id, "expired_at", 7 * DAY - 3600.0)
    await store.expire()
    with pytest.raises(ExpiredJobError):
        await store.job(job_id)
    await age(database, job_id, "expired_at", 7200.0)
    await store.expire()
    with pytest.raises(UnknownJobError):
        await store.job(job_id)
    assert await rows(database, jobs_table) == 0


async def test_nothing_of_the_request_is_left_of_an_expired_job(database: Database) -> None:
    store = Store(database, StoreLimits(kept=0), Bell())
    await store.cancel((await queued(store, key="k")).id)
    await store.expire()
    fields = select(JOB.request, JOB.metadata, JOB.key, JOB.digest)
    left = await database.read(lambda connection: connection.execute(fields).one())
    assert tuple(left) == (None, None, None, None)


async def test_an_expired_job_is_not_counted(database: Database) -> None:
    store = Store(database, StoreLimits(kept=0), Bell())
    await finished(store)
    await store.expire()
    assert (await store.counted()).by_status["succeeded"] == 0
