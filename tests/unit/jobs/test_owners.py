import pytest

from service.jobs.errors import ExpiredJobError, TooManyJobsError, UnknownJobError
from service.jobs.job import Created
from service.jobs.storage import claims, commands, queries
from service.jobs.storage.store import Store
from service.settings import Settings
from tests.support.stores import STARTED, age, create, expire, listed, queued


async def ended(store: Store, owner: str) -> str:
    """A job of this owner that has succeeded."""
    job = await queued(store, owner=owner)
    claim = await store.change(claims.claim_job, job.id, token="t", kind="x86")
    assert claim is not None
    await store.change(claims.append, claim, after=None, events=[STARTED])
    await store.change(claims.finish, claim, b"done")
    return job.id


async def test_a_job_is_known_to_its_owner_alone(store: Store) -> None:
    job_id = await ended(store, "ann")
    for other in ("bob", "", "ann ", "Ann", "ann\nk"):
        for asked in (
            store.read(queries.find, job_id, owner=other),
            store.read(queries.log_part, job_id, after=None, limit=32, owner=other),
            store.read(queries.ending, job_id, owner=other),
            store.change(commands.cancel, job_id, owner=other),
            store.change(commands.remove, job_id, owner=other),
        ):
            with pytest.raises(UnknownJobError):
                await asked


async def test_an_owner_may_do_everything_with_a_job(store: Store) -> None:
    job_id = await ended(store, "ann")
    job = await store.read(queries.find, job_id, owner="ann")
    assert job.status == "succeeded"
    part = await store.read(queries.log_part, job_id, after=None, limit=32, owner="ann")
    assert part.events == [STARTED]
    assert await store.read(queries.ending, job_id, owner="ann") == b"done"
    assert await store.change(commands.cancel, job_id, owner="ann") == job
    await store.change(commands.remove, job_id, owner="ann")
    with pytest.raises(UnknownJobError):
        await store.read(queries.find, job_id, owner="ann")


async def test_a_waiting_job_is_cancelled_by_its_owner_alone(store: Store) -> None:
    job = await queued(store, owner="ann")
    with pytest.raises(UnknownJobError):
        await store.change(commands.cancel, job.id, owner="bob")
    assert (await store.read(queries.find, job.id, owner="ann")).status == "queued"


async def test_a_job_without_an_owner_is_unknown_to_owners(store: Store) -> None:
    job = await queued(store)
    with pytest.raises(UnknownJobError):
        await store.read(queries.find, job.id, owner="ann")
    assert await store.read(queries.find, job.id) == job


async def test_an_expired_job_is_unknown_to_others(store: Store) -> None:
    job_id = await ended(store, "ann")
    await age(store, job_id, "ended_age", 2 * 86_400)
    await expire(store)
    with pytest.raises(ExpiredJobError):
        await store.read(queries.find, job_id, owner="ann")
    with pytest.raises(UnknownJobError):
        await store.read(queries.find, job_id, owner="bob")


async def test_a_page_has_the_jobs_of_one_owner(store: Store) -> None:
    made = {
        owner: [await queued(store, owner=owner) for _ in range(2)] for owner in ("ann", "bob", "")
    }
    for owner, jobs in made.items():
        assert (
            await store.read(queries.page, status="queued", after=None, limit=9, owner=owner)
        ).jobs == listed(jobs[::-1])


async def test_owners_may_use_the_same_key(store: Store) -> None:
    first = [
        await create(store, key="k", owner=owner, digest=owner) for owner in ("", "ann", "bob")
    ]
    again = [
        await create(store, key="k", owner=owner, digest=owner) for owner in ("", "ann", "bob")
    ]
    assert len({each.job.id for each in first}) == 3
    assert again == [Created(each.job, replayed=True) for each in first]


async def test_stale_jobs_are_those_of_all_owners(store: Store) -> None:
    job = await queued(store, owner="ann")
    assert job.id in await store.write(claims.stale, again_after=-1)


async def test_an_owner_with_too_many_unfinished_jobs_is_refused(store: Store) -> None:
    settings = Settings(max_jobs_per_key=2)
    waiting, running = [await queued(store, settings, owner="ann") for _ in range(2)]
    await store.change(claims.claim_job, running.id, token="t", kind="x86")
    with pytest.raises(TooManyJobsError):
        await queued(store, settings, owner="ann")
    assert await queued(store, settings, owner="bob")
    await store.change(commands.cancel, waiting.id, owner="ann")
    assert await queued(store, settings, owner="ann")


async def test_a_known_key_is_answered_at_the_owners_limit(store: Store) -> None:
    settings = Settings(max_jobs_per_key=1)
    await queued(store, settings, owner="ann", key="k")
    assert (await create(store, settings, owner="ann", key="k")).replayed


async def test_jobs_without_an_owner_have_no_limit_per_owner(store: Store) -> None:
    settings = Settings(max_jobs_per_key=1)
    assert [(await queued(store, settings)).status for _ in range(3)] == ["queued"] * 3
