import asyncio
from collections.abc import Awaitable, Callable
from unittest.mock import Mock

from service.jobs.errors import StoreUnavailableError
from service.jobs.job import Counted
from service.jobs.jobs import Jobs
from tests.support.hints import Hints
from tests.support.stores import DEFAULTS

ONE, TWO = Counted({"queued": 1}, 2.0), Counted({"queued": 2}, 4.0)


def jobs_of(count: Callable[[object], Awaitable[Counted]]) -> Jobs:
    """Jobs that a function counts."""
    return Jobs(Mock(read=count), Hints(), DEFAULTS)


async def test_jobs_are_counted_once_for_all_who_ask_at_once() -> None:
    asked = 0

    async def count(_query: object) -> Counted:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        return ONE

    jobs = jobs_of(count)
    first, second = await asyncio.gather(jobs.counted(), jobs.counted())
    assert (first, second, await jobs.counted()) == (ONE, None, ONE)
    assert asked == 1


async def test_jobs_are_counted_again_after_five_seconds() -> None:
    counted = [TWO, ONE]

    async def count(_query: object) -> Counted:
        return counted.pop()

    jobs = jobs_of(count)
    known = [await jobs.counted()]
    for seconds in (4.9, 0.1):
        await asyncio.sleep(seconds)
        known.append(await jobs.counted())
    assert known == [ONE, ONE, TWO]


async def test_a_count_is_forgotten_when_the_database_does_not_work() -> None:
    counted = [ONE]

    async def count(_query: object) -> Counted:
        if not counted:
            raise StoreUnavailableError
        return counted.pop()

    jobs = jobs_of(count)
    assert await jobs.counted() == ONE
    await asyncio.sleep(5)
    assert await jobs.counted() is None


async def test_a_count_that_takes_more_than_half_a_second_is_given_up() -> None:
    async def count(_query: object) -> Counted:
        await asyncio.sleep(seconds)
        return ONE

    seconds = 0.49
    assert await jobs_of(count).counted() == ONE
    seconds = 0.51
    before = asyncio.get_running_loop().time()
    assert await jobs_of(count).counted() is None
    assert asyncio.get_running_loop().time() - before == 0.5
