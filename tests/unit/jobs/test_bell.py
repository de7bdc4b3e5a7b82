import asyncio
import gc
import weakref

import pytest

from service.jobs.bell import Bell, wait
from tests.support.time import settled


class JobId(str):
    """An id that can be referred to weakly."""

    __slots__ = ("__weakref__",)


def clock() -> float:
    return asyncio.get_running_loop().time()


async def test_a_ring_wakes_who_waits() -> None:
    bell = Bell()
    waiting = asyncio.create_task(wait(bell.next_ring("a"), 5))
    await settled()
    assert not waiting.done()
    bell.ring("a")
    await settled()
    assert waiting.done()


async def test_a_ring_before_the_wait_is_not_lost() -> None:
    bell = Bell()
    ring = bell.next_ring("a")
    bell.ring("a")
    await wait(ring, 5)
    assert clock() == 0


async def test_a_ring_is_heard_once() -> None:
    bell = Bell()
    ring = bell.next_ring("a")
    bell.ring("a")
    await wait(ring, 5)
    await wait(bell.next_ring("a"), 5)
    assert clock() == 5


async def test_a_ring_for_another_job_is_not_heard() -> None:
    bell = Bell()
    ring = bell.next_ring("a")
    bell.ring("b")
    await wait(ring, 5)
    assert clock() == 5


async def test_a_cancelled_wait_forgets_no_ring() -> None:
    bell = Bell()
    ring = bell.next_ring("a")
    waiting = asyncio.create_task(wait(ring, 5))
    await asyncio.sleep(0)
    bell.ring("a")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await wait(ring, 5)
    assert clock() == 0


async def test_one_ring_wakes_a_thousand() -> None:
    bell = Bell()
    async with asyncio.TaskGroup() as waiting:
        for _ in range(1000):
            waiting.create_task(wait(bell.next_ring("a"), 5))
        await asyncio.sleep(0)
        bell.ring("a")
    assert clock() == 0


async def test_who_waits_no_more_does_not_take_the_ring_from_another() -> None:
    bell = Bell()
    ring, gone = bell.next_ring("a"), bell.next_ring("a")
    await wait(gone, 5)
    del gone
    bell.ring("a")
    await wait(ring, 5)
    assert clock() == 5


async def test_a_bell_forgets_jobs_for_which_nothing_waits_any_more() -> None:
    bell, job_id = Bell(), JobId("a")
    rings = [bell.next_ring(job_id) for _ in range(2)]
    known = weakref.ref(job_id)
    del job_id, rings
    gc.collect(1)
    assert known() is None
