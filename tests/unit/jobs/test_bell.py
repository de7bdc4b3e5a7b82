import asyncio
import gc
import weakref

import pytest

from service.jobs.background import Bell
from tests.support.time import settled


class JobId(str):
    """An id that can be referred to weakly."""

    __slots__ = ("__weakref__",)


def clock() -> float:
    return asyncio.get_running_loop().time()


async def test_a_ring_wakes_a_listener_that_waits() -> None:
    bell = Bell()
    with bell.listening("a") as listener:
        waiting = asyncio.create_task(listener.wait(5))
        await settled()
        assert not waiting.done()
        bell.ring("a")
        await settled()
        assert waiting.done()


async def test_a_ring_before_the_wait_is_not_lost() -> None:
    bell = Bell()
    with bell.listening("a") as listener:
        bell.ring("a")
        await listener.wait(5)
    assert clock() == 0


async def test_a_ring_is_heard_once() -> None:
    bell = Bell()
    with bell.listening("a") as listener:
        bell.ring("a")
        await listener.wait(5)
        await listener.wait(5)
    assert clock() == 5


async def test_a_ring_for_another_job_is_not_heard() -> None:
    bell = Bell()
    with bell.listening("a") as listener:
        bell.ring("b")
        await listener.wait(5)
    assert clock() == 5


async def test_a_cancelled_wait_forgets_no_ring() -> None:
    bell = Bell()
    with bell.listening("a") as listener:
        waiting = asyncio.create_task(listener.wait(5))
        await asyncio.sleep(0)
        bell.ring("a")
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await listener.wait(5)
    assert clock() == 0


async def test_one_ring_wakes_a_thousand() -> None:
    bell = Bell()

    async def listen() -> None:
        with bell.listening("a") as listener:
            await listener.wait(5)

    async with asyncio.TaskGroup() as listeners:
        for _ in range(1000):
            listeners.create_task(listen())
        await asyncio.sleep(0)
        bell.ring("a")
    assert clock() == 0


async def test_a_listener_that_has_gone_does_not_take_the_ring_from_another() -> None:
    bell = Bell()
    with bell.listening("a") as listener:
        with bell.listening("a") as gone:
            pass
        bell.ring("a")
        await listener.wait(5)
        assert clock() == 0
        await gone.wait(5)
        assert clock() == 5


async def test_a_bell_forgets_jobs_that_have_no_listeners_any_more() -> None:
    bell, job_id = Bell(), JobId("a")
    with bell.listening(job_id), bell.listening(job_id):
        pass
    known = weakref.ref(job_id)
    del job_id
    gc.collect(1)
    assert known() is None
