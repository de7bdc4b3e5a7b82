import asyncio
from collections.abc import Awaitable
from time import perf_counter

import pytest

from service.jobs.bell import Bell


def ran(test: Awaitable[float]) -> float:
    """The seconds that a test took."""

    async def run() -> float:
        async with asyncio.timeout(10):
            return await test

    return asyncio.run(run())


async def seconds(waiting: Awaitable[None]) -> float:
    began = perf_counter()
    await waiting
    return perf_counter() - began


def test_a_ring_wakes_who_waits() -> None:
    async def test() -> float:
        bell = Bell()
        with bell.listening("a") as heard:
            asyncio.get_running_loop().call_later(0.01, bell.ring, "a")
            return await seconds(heard.wait(5))

    assert ran(test()) < 1


def test_a_ring_before_the_wait_is_not_lost() -> None:
    async def test() -> float:
        bell = Bell()
        with bell.listening("a") as heard:
            bell.ring("a")
            return await seconds(heard.wait(5))

    assert ran(test()) < 1


def test_a_ring_is_heard_once() -> None:
    async def test() -> float:
        bell = Bell()
        with bell.listening("a") as heard:
            bell.ring("a")
            await heard.wait(5)
            return await seconds(heard.wait(0.05))

    assert ran(test()) >= 0.05


def test_another_job_is_not_heard() -> None:
    async def test() -> float:
        bell = Bell()
        with bell.listening("a") as heard:
            bell.ring("b")
            return await seconds(heard.wait(0.05))

    assert ran(test()) >= 0.05


def test_a_cancelled_wait_forgets_no_ring() -> None:
    async def test() -> float:
        bell = Bell()
        with bell.listening("a") as heard:
            waiting = asyncio.create_task(heard.wait(5))
            await asyncio.sleep(0)
            bell.ring("a")
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            return await seconds(heard.wait(5))

    assert ran(test()) < 1


def test_thousands_are_woken_by_one_ring() -> None:
    async def test() -> float:
        bell = Bell()

        async def listener() -> None:
            with bell.listening("a") as heard:
                await heard.wait(5)

        listeners = [asyncio.create_task(listener()) for _ in range(5000)]
        await asyncio.sleep(0)
        bell.ring("a")
        return await seconds(asyncio.wait(listeners))  # type: ignore[arg-type]

    assert ran(test()) < 2


def test_who_has_gone_leaves_no_trace() -> None:
    bell = Bell()

    with bell.listening("a"), bell.listening("a"):
        assert len(bell._listeners["a"]) == 2

    assert not bell._listeners
