import asyncio

import pytest

from service.jobs.errors import JobsFullError, KeyReusedError, RunningJobError, UnknownJobError
from service.jobs.job import Failure
from service.jobs.schema import endings, jobs, log, points
from service.jobs.store import Store
from tests.jobs.stores import begun, claimed, finished, queued, rows, submission, with_store


def test_a_new_job_waits_and_keeps_what_it_was_made_of(url: str) -> None:
    async def test(store: Store) -> None:
        job = await queued(
            store, request=b'{"lr":1}', metadata={"name": "é"}, steps=2**40, record_every=3
        )
        assert (job.status, job.position, job.steps, job.record_every) == ("queued", None, 2**40, 3)
        assert (job.request, job.metadata, job.error) == (b'{"lr":1}', {"name": "é"}, None)
        assert await store.job(job.id) == job

    with_store(url, test)


def test_times_are_of_the_epoch(url: str) -> None:
    async def test(store: Store) -> None:
        job = await queued(store)
        made = int(job.id[:14], 16) / 1e6
        assert abs(job.created_at - made) < 1
        assert (job.started_at, job.finished_at) == (None, None)

    with_store(url, test)


def test_the_same_request_by_the_same_key_is_the_same_job(url: str) -> None:
    async def test(store: Store) -> None:
        first = await store.create(submission(key="k"))
        second = await store.create(submission(key="k"))
        assert (first.replayed, second.replayed) == (False, True)
        assert second.job == first.job

    with_store(url, test)


def test_another_request_by_the_same_key_is_refused(url: str) -> None:
    async def test(store: Store) -> None:
        await queued(store, key="k", digest="one")
        with pytest.raises(KeyReusedError):
            await queued(store, key="k", digest="other")

    with_store(url, test)


def test_the_same_request_without_a_key_is_another_job(url: str) -> None:
    async def test(store: Store) -> None:
        assert (await queued(store)).id != (await queued(store)).id

    with_store(url, test)


def test_fifty_at_once_by_one_key_make_one_job(url: str) -> None:
    async def test(store: Store) -> None:
        created = await asyncio.gather(*(store.create(submission(key="k")) for _ in range(50)))
        assert len({each.job.id for each in created}) == 1
        assert sum(not each.replayed for each in created) == 1

    with_store(url, test)


def test_of_many_at_once_no_more_wait_than_may(url: str) -> None:
    async def test(store: Store) -> None:
        created = await asyncio.gather(
            *(store.create(submission()) for _ in range(30)), return_exceptions=True
        )
        assert sum(isinstance(each, JobsFullError) for each in created) == 20
        assert await rows(store, jobs) == 10

    with_store(url, test, waiting=10)


def test_a_known_key_is_answered_when_no_more_may_wait(url: str) -> None:
    async def test(store: Store) -> None:
        await queued(store, key="k")
        assert (await store.create(submission(key="k"))).replayed

    with_store(url, test, waiting=1)


def test_a_job_that_runs_does_not_wait(url: str) -> None:
    async def test(store: Store) -> None:
        await claimed(store)
        assert await queued(store)

    with_store(url, test, waiting=1)


def test_a_job_that_waits_is_cancelled_at_once(url: str) -> None:
    async def test(store: Store) -> None:
        job = await store.cancel((await queued(store)).id)
        assert (job.status, job.error) == (
            "cancelled",
            Failure("cancelled", "The job was cancelled."),
        )
        assert job.finished_at is not None

    with_store(url, test)


def test_a_job_that_runs_is_cancelled_at_once(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        assert (await store.cancel(claim.job)).status == "cancelled"

    with_store(url, test)


def test_a_job_that_has_ended_is_not_cancelled(url: str) -> None:
    async def test(store: Store) -> None:
        ended = await store.job(await finished(store))
        assert await store.cancel(ended.id) == ended

    with_store(url, test)


def test_cancelling_twice_changes_nothing_more(url: str) -> None:
    async def test(store: Store) -> None:
        job = await store.cancel((await queued(store)).id)
        assert await store.cancel(job.id) == job

    with_store(url, test)


def test_what_is_unknown_is_neither_cancelled_nor_deleted(url: str) -> None:
    async def test(store: Store) -> None:
        with pytest.raises(UnknownJobError):
            await store.cancel("none")
        with pytest.raises(UnknownJobError):
            await store.delete("none")

    with_store(url, test)


def test_a_deleted_job_leaves_nothing(url: str) -> None:
    async def test(store: Store) -> None:
        await store.delete(await finished(store))
        assert [await rows(store, table) for table in (jobs, points, log, endings)] == [0, 0, 0, 0]

    with_store(url, test)


def test_a_job_that_runs_is_not_deleted(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        with pytest.raises(RunningJobError):
            await store.delete(claim.job)
        assert (await store.job(claim.job)).status == "running"

    with_store(url, test)


def test_the_key_of_a_deleted_job_is_free(url: str) -> None:
    async def test(store: Store) -> None:
        await store.delete((await queued(store, key="k", digest="one")).id)
        assert not (await store.create(submission(key="k", digest="other"))).replayed

    with_store(url, test)
