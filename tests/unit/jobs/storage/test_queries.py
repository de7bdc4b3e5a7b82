import pytest

from service.jobs.errors import NotFinishedError, UnknownJobError
from service.jobs.job import Ended, Failure
from service.jobs.storage import claims, commands, queries
from service.jobs.storage.queries import PART_BYTES, PIECE_BYTES
from service.jobs.storage.store import Store
from service.pool.frames import EventBytes
from tests.support.stores import STARTED, age, begun, claimed, finished, listed, now, queued, steps


async def test_an_unknown_job_cannot_be_read(store: Store) -> None:
    for asked in (
        store.read(queries.find, "none"),
        store.read(queries.log_part, "none", after=None, limit=32),
        store.read(queries.ending, "none"),
    ):
        with pytest.raises(UnknownJobError):
            await asked


async def test_a_page_has_the_newest_first(store: Store) -> None:
    made = [await queued(store) for _ in range(5)]
    page = await store.read(queries.page, status=None, after=None, limit=3)
    assert page.jobs == listed(sorted(made, key=lambda job: job.id, reverse=True)[:3])
    assert page.has_more


async def test_later_jobs_have_greater_ids(store: Store) -> None:
    made = [(await queued(store)).id for _ in range(5)]
    assert made == sorted(made)


async def test_pages_follow_each_other_to_the_end(store: Store) -> None:
    made = [await queued(store) for _ in range(4)]
    first = await store.read(queries.page, status=None, after=None, limit=2)
    second = await store.read(queries.page, status=None, after=first.jobs[-1].id, limit=2)
    assert [*first.jobs, *second.jobs] == listed(made[::-1])
    assert not second.has_more


async def test_a_page_of_one_status_has_no_other(store: Store) -> None:
    waiting = await queued(store)
    ended = await finished(store)
    assert (await store.read(queries.page, status="queued", after=None, limit=9)).jobs == listed(
        [waiting]
    )
    assert [
        job.id
        for job in (await store.read(queries.page, status="succeeded", after=None, limit=9)).jobs
    ] == [ended]
    assert (await store.read(queries.page, status="failed", after=None, limit=9)).jobs == []


async def test_an_empty_log_has_no_events(store: Store) -> None:
    job = await queued(store)
    part = await store.read(queries.log_part, job.id, after=None, limit=32)
    assert (part.job, part.events) == (job, [])


async def test_a_log_is_read_in_parts(store: Store) -> None:
    claim = await claimed(store)
    await store.change(
        claims.append, claim, after=None, events=[STARTED, steps(2), steps(4), steps(6)]
    )
    first = await store.read(queries.log_part, claim.job, after=None, limit=3)
    second = await store.read(queries.log_part, claim.job, after=first.events[-1].last, limit=3)
    assert [event.last for event in first.events] == [-1, 2, 4]
    assert second.events == [steps(6)]


async def test_the_steps_come_after_the_start(store: Store) -> None:
    claim = await claimed(store)
    await store.change(claims.append, claim, after=None, events=[STARTED, steps(2)])
    assert [
        event.last
        for event in (await store.read(queries.log_part, claim.job, after=-1, limit=3)).events
    ] == [2]


async def test_a_part_says_whether_its_job_has_ended(store: Store) -> None:
    claim = await begun(store)
    assert not (await store.read(queries.log_part, claim.job, after=-1, limit=32)).job.final
    await store.change(commands.cancel, claim.job)
    assert (await store.read(queries.log_part, claim.job, after=-1, limit=32)).job.final


async def test_a_job_that_has_not_ended_has_no_result(store: Store) -> None:
    for job_id in ((await queued(store)).id, (await begun(store)).job):
        with pytest.raises(NotFinishedError):
            await store.read(queries.ending, job_id)


async def test_a_cancelled_job_has_a_failure_for_a_result(store: Store) -> None:
    job = await store.change(commands.cancel, (await queued(store)).id)
    assert await store.read(queries.ending, job.id) == Failure(
        "cancelled", "The job was cancelled."
    )


async def test_any_bytes_come_back(store: Store) -> None:
    body = bytes(range(256)) * 20_000
    claim = await begun(store)
    await store.change(claims.finish, claim, body)
    assert await store.read(queries.ending, claim.job) == body


async def test_the_last_part_of_a_log_has_its_ending_if_that_is_small(store: Store) -> None:
    small, large = await begun(store), await begun(store)
    await store.change(claims.finish, small, b"done")
    await store.change(claims.finish, large, bytes(PART_BYTES))

    parts = [
        await store.read(queries.log_part, claim.job, after=None, limit=1)
        for claim in (small, large)
    ]

    assert [part.ending for part in parts] == [b"done", None]


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES])
async def test_a_last_event_of_any_size_is_returned_as_it_was_stored(
    store: Store, size: int
) -> None:
    done = bytes(range(256)) * (size // 256) + bytes(size % 256)

    job_id = await finished(store, done)

    assert await store.read(queries.ending, job_id) == done


async def test_the_size_of_a_last_event_is_that_of_all_its_pieces(store: Store) -> None:
    job_id = await finished(store, bytes(2 * PIECE_BYTES + 1))
    found = await store.read(queries.ended, job_id)
    assert isinstance(found, Ended)
    assert found.ending_bytes == 2 * PIECE_BYTES + 1


async def test_a_part_before_the_last_has_no_ending(store: Store) -> None:
    claim = await begun(store)
    await store.change(claims.finish, claim, b"done", after=-1, events=[steps(5)])

    part = await store.read(queries.log_part, claim.job, after=None, limit=1)

    assert part.ending is None


async def test_a_page_says_whether_there_are_older_jobs(store: Store) -> None:
    said = []
    for _ in range(4):
        await queued(store)
        said.append((await store.read(queries.page, status=None, after=None, limit=3)).has_more)
    assert said == [False, False, False, True]


async def test_a_part_ends_with_the_event_that_makes_it_32_kib(store: Store) -> None:
    claim = await claimed(store)
    half = [EventBytes("steps", last, bytes(16 * 1024)) for last in range(4)]
    await store.change(claims.append, claim, after=None, events=half)
    first = await store.read(queries.log_part, claim.job, after=None, limit=32)
    assert [event.last for event in first.events] == [0, 1]
    assert first.job.position == 3
    second = await store.read(queries.log_part, claim.job, after=1, limit=32)
    assert [event.last for event in second.events] == [2, 3]
    assert second.job.position == 3


async def test_an_event_larger_than_a_part_is_a_part_of_its_own(store: Store) -> None:
    claim = await claimed(store)
    large = [EventBytes("steps", last, bytes(100_000)) for last in range(2)]
    await store.change(claims.append, claim, after=None, events=large)
    part = await store.read(queries.log_part, claim.job, after=None, limit=32)
    assert [(event.last, len(event.body)) for event in part.events] == [(0, 100_000)]


async def test_jobs_are_counted_by_status(store: Store) -> None:
    await finished(store)
    await claimed(store)
    for _ in range(2):
        await queued(store)
    assert (await store.read(queries.counted)).by_status == {
        "queued": 2,
        "running": 1,
        "succeeded": 1,
        "failed": 0,
        "cancelled": 0,
    }


async def test_the_oldest_job_that_waits_has_an_age(store: Store) -> None:
    await age(store, (await finished(store)), "created_at", 9000.0)
    oldest, younger = [(await queued(store)).id for _ in range(2)]
    await age(store, oldest, "created_at", 2000.0)
    await age(store, younger, "created_at", 1000.0)
    created_at = (await store.read(queries.find, oldest)).created_at

    before = await now(store)
    age_then = (await store.read(queries.counted)).oldest_seconds
    after = await now(store)

    # a second of the epoch has 22 bits behind the point: 0.24 microseconds for each operand
    assert before - created_at - 1e-6 <= age_then <= after - created_at + 1e-6
    assert age_then >= 2000.0 - 1e-6


async def test_if_no_job_waits_the_oldest_has_no_age(store: Store) -> None:
    await claimed(store)
    assert (await store.read(queries.counted)).oldest_seconds == 0
