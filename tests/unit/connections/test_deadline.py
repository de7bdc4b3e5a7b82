"""A deadline is missed at its time, however often it was started, and its timer is rarely set."""

import asyncio
from collections.abc import Callable

import pytest

from service.connections.deadline import Deadline
from tests.support.time import instant, now


def deadline() -> tuple[Deadline, list[float]]:
    """A deadline, and the times at which it is missed."""
    missed: list[float] = []
    return Deadline(asyncio.get_running_loop(), lambda: missed.append(now())), missed


@instant
async def test_a_deadline_is_missed_at_its_time() -> None:
    late, missed = deadline()

    late.start(5)
    assert late.running
    await asyncio.sleep(9)

    assert missed == [5]
    assert not late.running


@instant
async def test_a_deadline_that_is_met_is_not_missed() -> None:
    late, missed = deadline()

    late.start(5)
    late.met()
    assert not late.running
    await asyncio.sleep(9)

    assert missed == []


@instant
async def test_a_deadline_that_is_started_again_is_missed_at_the_later_time() -> None:
    late, missed = deadline()

    late.start(5)
    await asyncio.sleep(3)
    late.start(5)
    await asyncio.sleep(9)

    assert missed == [8]


@instant
async def test_a_deadline_that_is_started_again_may_be_missed_earlier() -> None:
    late, missed = deadline()

    late.start(5)
    late.start(1)
    await asyncio.sleep(9)

    assert missed == [1]


@instant
async def test_a_deadline_can_be_missed_again() -> None:
    late, missed = deadline()

    late.start(1)
    await asyncio.sleep(2)
    late.start(1)
    await asyncio.sleep(2)

    assert missed == [1, 3]


@instant
async def test_a_deadline_that_is_closed_is_not_missed() -> None:
    late, missed = deadline()

    late.start(1)
    late.close()
    await asyncio.sleep(2)

    assert missed == []


@instant
async def test_a_deadline_that_is_met_in_time_sets_one_timer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    call_at, timers = loop.call_at, []

    def counted(when: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        timers.append(when)
        return call_at(when, callback)

    monkeypatch.setattr(loop, "call_at", counted)
    late, _ = deadline()

    for _ in range(100):
        late.start(5)
        late.met()

    assert len(timers) == 1
