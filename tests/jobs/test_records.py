import pytest

from service.jobs.errors import NotFinishedError, UnknownJobError
from service.jobs.job import Failure, Row
from service.jobs.store import Store
from tests.jobs.stores import STARTED, begun, claimed, finished, queued, steps, told, with_store


def test_what_is_unknown_is_not_told(url: str) -> None:
    async def test(store: Store) -> None:
        for asked in (
            store.job("none"),
            store.read("none", after=None, limit=32),
            store.ending("none"),
        ):
            with pytest.raises(UnknownJobError):
                await asked

    with_store(url, test)


def test_a_page_has_the_newest_first(url: str) -> None:
    async def test(store: Store) -> None:
        made = [await queued(store) for _ in range(5)]
        page = await store.page(status=None, after=None, limit=3)
        assert page.jobs == told(sorted(made, key=lambda job: job.id, reverse=True)[:3])
        assert page.has_more

    with_store(url, test)


def test_later_jobs_have_greater_ids(url: str) -> None:
    async def test(store: Store) -> None:
        made = [(await queued(store)).id for _ in range(5)]
        assert made == sorted(made)

    with_store(url, test)


def test_pages_follow_each_other_to_the_end(url: str) -> None:
    async def test(store: Store) -> None:
        made = [await queued(store) for _ in range(4)]
        first = await store.page(status=None, after=None, limit=2)
        second = await store.page(status=None, after=first.jobs[-1].id, limit=2)
        assert [*first.jobs, *second.jobs] == told(made[::-1])
        assert not second.has_more

    with_store(url, test)


def test_a_page_of_one_status_has_no_other(url: str) -> None:
    async def test(store: Store) -> None:
        waiting = await queued(store)
        ended = await finished(store)
        assert (await store.page(status="queued", after=None, limit=9)).jobs == told([waiting])
        assert [
            job.id for job in (await store.page(status="succeeded", after=None, limit=9)).jobs
        ] == [ended]
        assert (await store.page(status="failed", after=None, limit=9)).jobs == []

    with_store(url, test)


def test_an_empty_log_has_no_rows(url: str) -> None:
    async def test(store: Store) -> None:
        job = await queued(store)
        part = await store.read(job.id, after=None, limit=32)
        assert (part.job, part.rows) == (job, [])

    with_store(url, test)


def test_a_log_is_read_in_parts(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await claimed(store)
        await store.append(claim, after=None, told=[STARTED, steps(2), steps(4), steps(6)])
        first = await store.read(claim.job, after=None, limit=3)
        second = await store.read(claim.job, after=first.rows[-1].last, limit=3)
        assert [row.last for row in first.rows] == [-1, 2, 4]
        assert second.rows == [Row(6, steps(6).body)]

    with_store(url, test)


def test_behind_the_start_are_the_steps(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await claimed(store)
        await store.append(claim, after=None, told=[STARTED, steps(2)])
        assert [row.last for row in (await store.read(claim.job, after=-1, limit=3)).rows] == [2]

    with_store(url, test)


def test_a_part_tells_whether_more_can_come(url: str) -> None:
    async def test(store: Store) -> None:
        claim = await begun(store)
        assert not (await store.read(claim.job, after=-1, limit=32)).job.final
        await store.cancel(claim.job)
        assert (await store.read(claim.job, after=-1, limit=32)).job.final

    with_store(url, test)


def test_a_job_that_goes_on_has_no_result_yet(url: str) -> None:
    async def test(store: Store) -> None:
        for job_id in ((await queued(store)).id, (await begun(store)).job):
            for asked in (store.ending(job_id),):
                with pytest.raises(NotFinishedError):
                    await asked

    with_store(url, test)


def test_a_cancelled_job_has_a_failure_for_a_result(url: str) -> None:
    async def test(store: Store) -> None:
        job = await store.cancel((await queued(store)).id)
        outcome = await store.ending(job.id)
        assert isinstance(outcome, Failure)
        assert outcome.code == "cancelled"

    with_store(url, test)


def test_any_bytes_come_back(url: str) -> None:
    async def test(store: Store) -> None:
        body = bytes(range(256)) * 20_000
        claim = await begun(store)
        await store.finish(claim, body)
        assert await store.ending(claim.job) == body

    with_store(url, test)


def test_an_open_database_can_be_reached(url: str) -> None:
    async def test(store: Store) -> None:
        assert await store.reachable()

    with_store(url, test)
