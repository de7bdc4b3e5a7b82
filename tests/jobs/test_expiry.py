import pytest

from service.jobs.errors import ExpiredJobError, UnknownJobError
from service.jobs.expiry import BATCH, REMEMBERED_SECONDS
from service.jobs.schema import endings, jobs, log, points
from service.jobs.store import Store
from tests.jobs.stores import age, begun, finished, queued, rows, submission, with_store

DAY = 86_400.0


def test_a_job_that_ended_too_long_ago_expires(url: str) -> None:
    async def test(store: Store) -> None:
        job_id = await finished(store)
        await age(store, job_id, "finished_at", 2 * DAY)
        await store.expire()
        for asked in (
            store.job(job_id),
            store.read(job_id, after=None, limit=32),
            store.cancel(job_id),
            store.delete(job_id),
        ):
            with pytest.raises(ExpiredJobError):
                await asked

    with_store(url, test)


def test_of_an_expired_job_only_its_row_stays(url: str) -> None:
    async def test(store: Store) -> None:
        await age(store, await finished(store), "finished_at", 2 * DAY)
        await store.expire()
        assert [await rows(store, table) for table in (jobs, points, log, endings)] == [1, 0, 0, 0]
        assert (await store.page(status=None, after=None, limit=9)).jobs == []

    with_store(url, test)


def test_a_job_that_has_just_ended_is_kept(url: str) -> None:
    async def test(store: Store) -> None:
        job_id = await finished(store)
        await store.expire()
        assert await store.ending(job_id) == b"done"

    with_store(url, test)


def test_the_newest_are_kept(url: str) -> None:
    async def test(store: Store) -> None:
        ended = [await finished(store) for _ in range(4)]
        await age(store, ended[3], "finished_at", 60)
        await store.expire()
        assert {job.id for job in (await store.page(status=None, after=None, limit=9)).jobs} == {
            ended[1],
            ended[2],
        }

    with_store(url, test, kept=2)


def test_a_job_that_has_not_ended_does_not_expire(url: str) -> None:
    async def test(store: Store) -> None:
        waiting, running = (await queued(store)).id, (await begun(store)).job
        await age(store, waiting, "created_at", 30 * DAY)
        await age(store, running, "created_at", 30 * DAY)
        await store.expire()
        assert (await store.job(waiting)).status == "queued"
        assert (await store.job(running)).status == "running"

    with_store(url, test, kept=0)


def test_more_than_one_batch_expires(url: str) -> None:
    async def test(store: Store) -> None:
        for _ in range(BATCH + 1):
            await store.cancel((await queued(store)).id)
        await store.expire()
        assert (await store.page(status=None, after=None, limit=9)).jobs == []

    with_store(url, test, kept=0)


def test_the_key_of_an_expired_job_is_free(url: str) -> None:
    async def test(store: Store) -> None:
        await store.cancel((await queued(store, key="k", digest="one")).id)
        await store.expire()
        assert not (await store.create(submission(key="k", digest="other"))).replayed

    with_store(url, test, kept=0)


def test_an_expired_job_is_forgotten_in_the_end(url: str) -> None:
    async def test(store: Store) -> None:
        job_id = await finished(store)
        await store.expire()
        await age(store, job_id, "expired_at", REMEMBERED_SECONDS + 1)
        await store.expire()
        with pytest.raises(UnknownJobError):
            await store.job(job_id)
        assert await rows(store, jobs) == 0

    with_store(url, test, kept=0)
