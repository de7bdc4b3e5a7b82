import asyncio

from service.jobs.errors import StoreUnavailableError
from service.jobs.job import Counted
from service.jobs.jobs import JobCounts

ONE, TWO = Counted({"queued": 1}, 2.0), Counted({"queued": 2}, 4.0)


async def test_jobs_are_counted_once_for_all_who_ask_at_once() -> None:
    asked = 0

    async def count() -> Counted:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        return ONE

    jobs = JobCounts(count)
    first, second = await asyncio.gather(jobs.latest(), jobs.latest())
    assert (first, second, await jobs.latest()) == (ONE, None, ONE)
    assert asked == 1


async def test_jobs_are_counted_again_after_five_seconds() -> None:
    counted = [TWO, ONE]

    async def count() -> Counted:
        return counted.pop()

    jobs = JobCounts(count)
    known = [await jobs.latest()]
    for seconds in (4.9, 0.1):
        await asyncio.sleep(seconds)
        known.append(await jobs.latest())
    assert known == [ONE, ONE, TWO]


async def test_a_count_is_forgotten_when_the_database_does_not_work() -> None:
    counted = [ONE]

    async def count() -> Counted:
        if not counted:
            raise StoreUnavailableError
        return counted.pop()

    jobs = JobCounts(count)
    assert await jobs.latest() == ONE
    await asyncio.sleep(5)
    assert await jobs.latest() is None


async def test_a_count_that_takes_more_than_half_a_second_is_given_up() -> None:
    async def count() -> Counted:
        await asyncio.sleep(seconds)
        return ONE

    seconds = 0.49
    assert await JobCounts(count).latest() == ONE
    seconds = 0.51
    before = asyncio.get_running_loop().time()
    assert await JobCounts(count).latest() is None
    assert asyncio.get_running_loop().time() - before == 0.5
