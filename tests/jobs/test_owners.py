import pytest

from service.jobs.errors import ExpiredJobError, TooManyJobsError, UnknownJobError
from service.jobs.job import Created
from service.jobs.store import Store
from tests.jobs.stores import STARTED, age, queued, submission, told, with_store


async def ended(store: Store, owner: str) -> str:
    """A job of this owner that has succeeded."""
    job = await queued(store, owner=owner)
    claim = await store.claim(job.id, token="t", kind="x86")
    assert claim is not None
    await store.append(claim, after=None, told=[STARTED])
    await store.finish(claim, b"done")
    return job.id


@pytest.mark.parametrize("other", ["bob", "", "ann ", "Ann", "ann\nk"])
def test_a_job_is_known_to_its_owner_alone(url: str, other: str) -> None:
    async def test(store: Store) -> None:
        job_id = await ended(store, "ann")
        for asked in (
            store.job(job_id, owner=other),
            store.read(job_id, after=None, limit=32, owner=other),
            store.ending(job_id, owner=other),
            store.cancel(job_id, owner=other),
            store.delete(job_id, owner=other),
        ):
            with pytest.raises(UnknownJobError):
                await asked
        assert (await store.job(job_id, owner="ann")).status == "succeeded"
        assert len((await store.read(job_id, after=None, limit=32, owner="ann")).rows) == 1
        assert await store.ending(job_id, owner="ann") == b"done"
        assert await store.cancel(job_id, owner="ann") == await store.job(job_id, owner="ann")
        await store.delete(job_id, owner="ann")

    with_store(url, test)


def test_a_waiting_job_is_cancelled_by_its_owner_alone(url: str) -> None:
    async def test(store: Store) -> None:
        job = await queued(store, owner="ann")
        with pytest.raises(UnknownJobError):
            await store.cancel(job.id, owner="bob")
        assert (await store.job(job.id, owner="ann")).status == "queued"

    with_store(url, test)


def test_nobodys_job_is_unknown_to_an_owner(url: str) -> None:
    async def test(store: Store) -> None:
        job = await queued(store)
        with pytest.raises(UnknownJobError):
            await store.job(job.id, owner="ann")
        assert await store.job(job.id) == job

    with_store(url, test)


def test_an_expired_job_is_unknown_to_others(url: str) -> None:
    async def test(store: Store) -> None:
        job_id = await ended(store, "ann")
        await age(store, job_id, "finished_at", 2 * 86_400)
        await store.expire()
        with pytest.raises(ExpiredJobError):
            await store.job(job_id, owner="ann")
        with pytest.raises(UnknownJobError):
            await store.job(job_id, owner="bob")

    with_store(url, test)


def test_a_page_has_the_jobs_of_one_owner(url: str) -> None:
    async def test(store: Store) -> None:
        made = {
            owner: [await queued(store, owner=owner) for _ in range(2)]
            for owner in ("ann", "bob", "")
        }
        for owner, jobs in made.items():
            assert (
                await store.page(status="queued", after=None, limit=9, owner=owner)
            ).jobs == told(jobs[::-1])

    with_store(url, test)


def test_a_key_is_its_owners(url: str) -> None:
    async def test(store: Store) -> None:
        first = [
            await store.create(submission(key="k", owner=owner, digest=owner))
            for owner in ("", "ann", "bob")
        ]
        again = [
            await store.create(submission(key="k", owner=owner, digest=owner))
            for owner in ("", "ann", "bob")
        ]
        assert len({each.job.id for each in first}) == 3
        assert again == [Created(each.job, replayed=True) for each in first]

    with_store(url, test)


def test_who_runs_a_job_need_not_be_its_owner(url: str) -> None:
    async def test(store: Store) -> None:
        job = await queued(store, owner="ann")
        assert job.id in await store.stale(again_after=-1)

    with_store(url, test)


def test_of_more_jobs_than_an_owner_may_have_the_last_is_refused(url: str) -> None:
    async def test(store: Store) -> None:
        waiting, running = [await queued(store, owner="ann") for _ in range(2)]
        await store.claim(running.id, token="t", kind="x86")
        with pytest.raises(TooManyJobsError):
            await queued(store, owner="ann")
        assert await queued(store, owner="bob")
        await store.cancel(waiting.id, owner="ann")
        assert await queued(store, owner="ann")

    with_store(url, test, per_owner=2)


def test_a_known_key_is_answered_when_an_owner_may_have_no_more(url: str) -> None:
    async def test(store: Store) -> None:
        await queued(store, owner="ann", key="k")
        assert (await store.create(submission(owner="ann", key="k"))).replayed

    with_store(url, test, per_owner=1)


def test_nobody_may_have_any_number_of_jobs(url: str) -> None:
    async def test(store: Store) -> None:
        assert [(await queued(store)).status for _ in range(3)] == ["queued"] * 3

    with_store(url, test, per_owner=1)
