import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from service.descent.questions.fit import FitSpec, StreamSpec
from service.descent.questions.options import Synthetic
from service.descent.questions.points import Points
from service.pool.frames import EventBytes
from service.pool.interface import RejectedError, WorkerLostError
from service.pool.pool import MAX_LOST_WORKERS, Pool
from tests.support.processes import LARGE, QUICK, SMALL, asleep, busy, pids, until, with_pool

LECTURE: dict[str, Any] = {"synthetic": Synthetic(), "seed": 42, "lr": 1e-5, "steps": 10}
LOOP = StreamSpec(**LECTURE | {"steps": 4000, "solver": "loop"})
"""A stream of half a second."""
ENDLESS = replace(LOOP, steps=1_000_000, record_every=10)
LONG = StreamSpec(**LECTURE | {"steps": 200_000})
"""A stream of some 20 MB."""


def folded(events: list[EventBytes]) -> dict[str, Any]:
    """The answer that the events add up to, without its time."""
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


async def streamed(pool: Pool, spec: StreamSpec, cost: float = LARGE) -> list[EventBytes]:
    return [told async for told in pool.stream(spec, cost)]


async def rest_of(events: AsyncIterator[EventBytes]) -> list[EventBytes]:
    return [told async for told in events]


async def stalled() -> None:
    """Wait until the worker waits for a reader who takes nothing: it sleeps whenever one looks."""
    (worker,) = pids()
    looks = 0
    while looks < 20:
        await asyncio.sleep(0.005)
        looks = looks + 1 if asleep(worker) else 0


def test_the_steps_say_where_they_end_and_only_the_last_event_is_done() -> None:
    async def test(pool: Pool) -> None:
        events = await streamed(pool, LONG)
        assert [told.type for told in events] == ["started", *["steps"] * (len(events) - 2), "done"]
        assert events[0].last == -1
        assert sorted({told.last for told in events[:-1]}) == [told.last for told in events[:-1]]
        assert events[-2].last == LONG.steps

    with_pool(test)


@pytest.mark.parametrize("taken", [1, 7])
def test_a_worker_that_dies_is_followed_by_one_that_goes_on(taken: int) -> None:
    async def test(pool: Pool) -> None:
        async with aclosing(pool.stream(LOOP, LARGE)) as events:
            first = [await anext(events) for _ in range(taken)]
            os.kill(pids()[0], signal.SIGKILL)
            assert folded(first + await rest_of(events)) == await answered(pool, LOOP)

    with_pool(test)


def test_a_worker_that_dies_while_it_waits_for_its_reader_is_followed_too() -> None:
    async def test(pool: Pool) -> None:
        async with aclosing(pool.stream(LONG, LARGE)) as events:
            first = [await anext(events)]
            await stalled()
            os.kill(pids()[0], signal.SIGKILL)
            assert folded(first + await rest_of(events)) == await answered(pool, LONG)

    with_pool(test)


def test_a_stream_that_loses_three_workers_without_a_step_more_is_given_up() -> None:
    async def test(pool: Pool) -> None:
        silent = replace(ENDLESS, record_every=ENDLESS.steps)
        async with aclosing(pool.stream(silent, LARGE)) as events:
            seen = [await anext(events), await anext(events)]
            for number in range(MAX_LOST_WORKERS):
                await busy(pool, 1)
                (worker,) = pids()
                os.kill(worker, signal.SIGKILL)
                await until(lambda losses=number + 1: pool.replaced["died"] == losses)  # type: ignore[misc]  # mypy infers no type for its default
            with pytest.raises(WorkerLostError):
                await rest_of(events)
        assert [told.type for told in seen] == ["started", "steps"]
        assert await pool.answer(QUICK, SMALL)

    with_pool(test)


def test_what_cannot_be_computed_is_refused_before_the_first_event() -> None:
    async def test(pool: Pool) -> None:
        spec = StreamSpec(data=Points.of([1e100], [1]), seed=1, lr=0.1, steps=1)
        with pytest.raises(RejectedError, match="scale"):
            await anext(pool.stream(spec, SMALL))

    with_pool(test)


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_closing_a_stream_frees_its_worker(taken: int) -> None:
    async def test(pool: Pool) -> None:
        (left,) = pids()
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
        await until(lambda: left not in pids())
        assert await pool.answer(QUICK, SMALL)
        assert pool.replaced == {"died": 0, "killed": 1}

    with_pool(test)


def test_a_reader_who_reads_again_misses_nothing() -> None:
    async def test(pool: Pool) -> None:
        async with aclosing(pool.stream(LONG, LARGE)) as events:
            seen = [await anext(events)]
            await stalled()
            seen += [await anext(events) for _ in range(10)]
            await stalled()
            assert folded(seen + await rest_of(events)) == await answered(pool, LONG)

    with_pool(test)


def test_streams_and_fits_that_come_together_keep_their_own_events() -> None:
    async def test(pool: Pool) -> None:
        specs = [StreamSpec(**LECTURE | {"seed": seed}) for seed in range(12)]
        streams = asyncio.gather(*(streamed(pool, spec, SMALL) for spec in specs))
        answers = asyncio.gather(*(answered(pool, spec) for spec in specs))
        assert [folded(events) for events in await streams] == await answers

    with_pool(test, workers=2, waiting=30)
