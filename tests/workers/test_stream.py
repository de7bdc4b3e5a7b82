import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from time import perf_counter
from typing import Any

import pytest

from service.descent.parts import Points, Stop, Synthetic, Validation
from service.descent.spec import FitSpec, StreamSpec
from service.workers.errors import (
    FitTimeoutError,
    QueueFullError,
    RefusedError,
    ShuttingDownError,
    WorkerLostError,
)
from service.workers.frames import Told
from service.workers.pool import LOSSES, Pool
from service.workers.stream import MAX_BYTES, Stream
from tests.workers.pools import (
    LARGE,
    QUICK,
    SECOND,
    SLOW,
    SMALL,
    begun,
    busy,
    pids,
    until,
    with_pool,
)

CHUNK = 256 * 1024
"""What asyncio reads at once."""
LECTURE: dict[str, Any] = {"synthetic": Synthetic(), "seed": 42, "lr": 1e-5, "steps": 10}
LOOP = StreamSpec(**LECTURE | {"steps": 4000, "solver": "loop"})
"""A stream of half a second."""
ENDLESS = replace(LOOP, steps=1_000_000, record_every=10)
LONG = StreamSpec(**LECTURE | {"steps": 200_000})
"""A stream of some 20 MB."""
FITS: dict[str, dict[str, Any]] = {
    "one step": LECTURE | {"steps": 1},
    "in closed form": LECTURE | {"steps": 2500},
    "by the loop": LECTURE | {"steps": 300, "solver": "loop"},
    "in float32": LECTURE | {"steps": 300, "solver": "loop", "precision": "float32"},
    "thinned": LECTURE | {"steps": 5000, "record_every": 3},
    "diverging": LECTURE | {"steps": 2000, "lr": 1e-4},
    "diverging by the loop": LECTURE
    | {"steps": 2000, "lr": 1e-4, "solver": "loop", "record_every": 50},
    "points held out": LECTURE
    | {"steps": 2500, "validation": Validation(0.3), "include": ("gradients",)},
    "stopped": LECTURE | {"steps": 2500, "stop": Stop(gap=669.695), "include": ("params", "data")},
    "with predictions": LECTURE | {"include": ("predictions",), "at": (0.5, 30.0)},
}


def folded(events: list[Told]) -> dict[str, Any]:
    """The answer that the events add up to, but for its time."""
    started, *steps, done = [json.loads(event.body) for event in events]
    assert [started["type"], done["type"]] == ["started", "done"]
    assert {event["type"] for event in steps} == {"steps"}
    result: dict[str, Any] = done["result"]
    del result["elapsed_ms"]
    return result | {"losses": [loss for event in steps for loss in event["loss"]]}


async def answered(pool: Pool, spec: StreamSpec) -> dict[str, Any]:
    """The answer of the same fit when nobody watches it."""
    fields = vars(spec).copy()
    del fields["after"]
    whole: dict[str, Any] = json.loads(await pool.answer(FitSpec(**fields), LARGE))
    del whole["elapsed_ms"]
    return whole


async def streamed(pool: Pool, spec: StreamSpec, cost: float = LARGE) -> list[Told]:
    return [told async for told in pool.stream(spec, cost)]


async def rest_of(events: AsyncIterator[Told]) -> list[Told]:
    return [told async for told in events]


def at_work(pool: Pool) -> Stream:
    """The stream that a worker is at."""
    (stream,) = [
        ticket for worker in pool._workers for ticket in worker.fits if isinstance(ticket, Stream)
    ]
    return stream


async def stalled(pool: Pool) -> Stream:
    """The same, once its worker waits for a reader who takes nothing."""
    stream = at_work(pool)
    await until(lambda: stream._on_room is not None)
    return stream


def test_a_stream_adds_up_to_the_answer() -> None:
    async def test(pool: Pool) -> None:
        for fields in FITS.values():
            spec = StreamSpec(**fields)
            assert folded(await streamed(pool, spec)) == await answered(pool, spec)

    with_pool(test)


def test_only_the_last_event_is_done_and_the_steps_say_where_they_end() -> None:
    async def test(pool: Pool) -> None:
        events = await streamed(pool, LONG)
        assert [told.type for told in events] == ["started", *["steps"] * (len(events) - 2), "done"]
        assert events[0].last == -1
        assert sorted({told.last for told in events[:-1]}) == [told.last for told in events[:-1]]
        assert events[-2].last == LONG.steps

    with_pool(test)


@pytest.mark.parametrize("taken", [1, 2, 7])
def test_a_worker_that_dies_is_followed_by_one_that_goes_on(taken: int) -> None:
    async def test(pool: Pool) -> None:
        async with aclosing(pool.stream(LOOP, LARGE)) as events:
            first = [await anext(events) for _ in range(taken)]
            os.kill(pids(pool)[0], signal.SIGKILL)
            assert folded(first + await rest_of(events)) == await answered(pool, LOOP)

    with_pool(test)


def test_a_worker_that_dies_while_it_waits_for_its_reader_is_followed_too() -> None:
    async def test(pool: Pool) -> None:
        async with aclosing(pool.stream(LONG, LARGE)) as events:
            first = [await anext(events)]
            await stalled(pool)
            os.kill(pids(pool)[0], signal.SIGKILL)
            assert folded(first + await rest_of(events)) == await answered(pool, LONG)

    with_pool(test)


def test_a_stream_that_loses_three_workers_without_a_step_more_is_given_up() -> None:
    async def test(pool: Pool) -> None:
        silent = replace(ENDLESS, record_every=ENDLESS.steps)
        async with aclosing(pool.stream(silent, LARGE)) as events:
            seen = [await anext(events), await anext(events)]
            for _ in range(LOSSES):
                await busy(pool, 1)
                (worker,) = pids(pool)
                os.kill(worker, signal.SIGKILL)
                await until(lambda gone=worker: gone not in pids(pool))  # type: ignore[misc]  # mypy infers no type for its default
            with pytest.raises(WorkerLostError):
                await rest_of(events)
        assert [told.type for told in seen] == ["started", "steps"]
        assert await pool.answer(QUICK, SMALL)

    with_pool(test)


def test_what_cannot_be_computed_is_refused_before_the_first_event() -> None:
    async def test(pool: Pool) -> None:
        with pytest.raises(RefusedError, match="scale"):
            await anext(
                pool.stream(
                    StreamSpec(data=Points.of([1e100], [1]), seed=1, lr=0.1, steps=1), SMALL
                )
            )

    with_pool(test)


def test_a_stream_over_the_wall_clock_is_ended_after_what_it_told() -> None:
    async def test(pool: Pool) -> None:
        async with aclosing(pool.stream(ENDLESS, LARGE)) as events:
            assert (await anext(events)).type == "started"
            with pytest.raises(FitTimeoutError):
                await rest_of(events)
        assert await pool.answer(QUICK, SMALL)

    with_pool(test, wall_clock_seconds=0.5)


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_closing_a_stream_frees_its_worker(taken: int) -> None:
    async def test(pool: Pool) -> None:
        events = pool.stream(ENDLESS, LARGE)
        reading = asyncio.create_task(anext(events))
        await busy(pool, 1)
        if taken:
            await reading
            for _ in range(taken - 1):
                await anext(events)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await events.aclose()
        began = perf_counter()
        await pool.answer(QUICK, SMALL)
        assert perf_counter() - began < 1

    with_pool(test)


def test_closing_a_stream_that_nobody_reads_frees_its_worker() -> None:
    async def test(pool: Pool) -> None:
        async with aclosing(pool.stream(LONG, LARGE)) as events:
            await anext(events)
            await stalled(pool)
        began = perf_counter()
        await pool.answer(QUICK, SMALL)
        assert perf_counter() - began < 1

    with_pool(test)


def test_a_stream_that_leaves_the_queue_leaves_no_trace() -> None:
    async def test(pool: Pool) -> None:
        running = await begun(pool, SECOND, LARGE)
        leaving = asyncio.create_task(anext(pool.stream(LOOP, LARGE)))
        await until(lambda: len(pool._queue) == 1)
        leaving.cancel()
        await until(lambda: not len(pool._queue))
        assert await running

    with_pool(test)


def test_a_small_stream_that_is_left_does_not_cost_a_worker() -> None:
    async def test(pool: Pool) -> None:
        before = pids(pool)
        async with aclosing(pool.stream(LOOP, SMALL)) as events:
            await anext(events)
        assert await pool.answer(QUICK, SMALL)
        assert pids(pool) == before

    with_pool(test)


def test_a_worker_waits_for_a_reader_who_takes_nothing() -> None:
    async def test(pool: Pool) -> None:
        async with aclosing(pool.stream(LONG, LARGE)) as events:
            await anext(events)
            stream = await stalled(pool)
            kept = stream._bytes
            await asyncio.sleep(0.3)
            assert stream._bytes == kept <= MAX_BYTES + CHUNK
            assert not stream.answer.done()

    with_pool(test)


def test_a_reader_who_reads_again_misses_nothing() -> None:
    async def test(pool: Pool) -> None:
        async with aclosing(pool.stream(LONG, LARGE)) as events:
            seen = [await anext(events)]
            await stalled(pool)
            seen += [await anext(events) for _ in range(10)]
            await stalled(pool)
            assert folded(seen + await rest_of(events)) == await answered(pool, LONG)

    with_pool(test)


def test_what_nobody_has_taken_yet_is_bounded_all_the_way() -> None:
    async def test(pool: Pool) -> None:
        async with aclosing(pool.stream(LONG, LARGE)) as events:
            most = 0
            await anext(events)
            stream = at_work(pool)
            async for _ in events:
                most = max(most, stream._bytes)
                await asyncio.sleep(0.001)
            assert MAX_BYTES // 2 < most <= MAX_BYTES + CHUNK

    with_pool(test)


def test_streams_and_fits_that_come_together_keep_their_own_events() -> None:
    async def test(pool: Pool) -> None:
        specs = [StreamSpec(**LECTURE | {"seed": seed}) for seed in range(12)]
        streams = asyncio.gather(*(streamed(pool, spec, SMALL) for spec in specs))
        answers = asyncio.gather(*(answered(pool, spec) for spec in specs))
        assert [folded(events) for events in await streams] == await answers

    with_pool(test, workers=2, waiting=30)


def test_a_stream_travels_alone() -> None:
    async def test(pool: Pool) -> None:
        async with aclosing(pool.stream(LONG, SMALL)) as events:
            await anext(events)
            (worker,) = pool._workers
            behind = asyncio.create_task(pool.answer(QUICK, SMALL))
            await until(lambda: len(pool._queue) == 1)
            assert worker.fits == [at_work(pool)]
            await rest_of(events)
            assert await behind

    with_pool(test)


def test_one_stream_more_than_may_wait_is_refused() -> None:
    async def test(pool: Pool) -> None:
        running = await begun(pool, SLOW, LARGE)
        waiting = [asyncio.create_task(streamed(pool, LOOP)) for _ in range(4)]
        await until(lambda: len(pool._queue) == 4)
        with pytest.raises(QueueFullError):
            await anext(pool.stream(LOOP, LARGE))
        for each in (running, *waiting):
            each.cancel()
        await asyncio.gather(running, *waiting, return_exceptions=True)

    with_pool(test)


def test_a_stream_waits_no_longer_than_it_may() -> None:
    async def test(pool: Pool) -> None:
        running = await begun(pool, SLOW, LARGE)
        with pytest.raises(QueueFullError):
            await anext(pool.stream(LOOP, LARGE))
        running.cancel()

    with_pool(test, wait_seconds=0.3)


def test_the_end_of_the_pool_is_told_to_streams_that_run_and_that_wait() -> None:
    async def test(pool: Pool) -> None:
        running = pool.stream(ENDLESS, LARGE)
        await anext(running)
        waiting = asyncio.create_task(anext(pool.stream(LOOP, LARGE)))
        await until(lambda: len(pool._queue) == 1)
        await pool.__aexit__()
        with pytest.raises(ShuttingDownError):
            await rest_of(running)
        with pytest.raises(ShuttingDownError):
            await waiting
        with pytest.raises(ShuttingDownError):
            await anext(pool.stream(LOOP, LARGE))

    with_pool(test)
