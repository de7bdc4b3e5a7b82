import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import pytest

from service.descent.questions.setting import Question
from service.pool.frames import EventBytes, Reply, ReplyKind, Tally
from service.pool.interface import (
    FailedError,
    FitTimeoutError,
    Load,
    QueueFullError,
    RejectedError,
    ShuttingDownError,
    SlowReaderError,
    WorkerLostError,
)
from service.pool.pool import MAX_LOST_WORKERS, Pool
from service.pool.scheduling import (
    MESSAGE_FITS,
    RESTART_SECONDS,
    SHORT_SECONDS,
    SMALL_SECONDS,
    UNREAD_BYTES,
    UNRESPONSIVE_SECONDS,
    WAITING_SMALL_FITS,
)
from tests.support.time import INSTANT, instant, now, settled
from tests.support.workers import (
    LARGE,
    LONG,
    QUICK,
    SMALL,
    WATCHED,
    FakeWorker,
    FakeWorkers,
    answer,
    fake_pool,
    numbered,
    steps,
)

Fit = asyncio.Task[bytes]


async def asked(pool: Pool, *seeds: int, cost: float = SMALL) -> list[Fit]:
    """Fits that the pool was asked for in one turn of the event loop, once it has dealt with
    them.
    """
    fits = [asyncio.create_task(pool.answer(numbered(seed), cost)) for seed in seeds]
    await settled()
    return fits


async def finished(*fits: Fit) -> list[bytes | BaseException]:
    return await asyncio.gather(*fits, return_exceptions=True)


async def left(*fits: Fit) -> None:
    """The clients of these fits leave."""
    for fit in fits:
        fit.cancel()
    await settled()


def serve(worker: FakeWorker) -> None:
    """Answer the last message, each fit by its seed."""
    worker.reply(*(answer(b"%d" % question.seed) for question in worker.messages[-1]))


async def rest_of(events: AsyncIterator[EventBytes]) -> list[EventBytes]:
    return [event async for event in events]


# How messages are made


@instant
async def test_small_fits_of_one_turn_travel_together() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        fits = await asked(pool, 1, 2, 3)
        assert workers.started[0].seeds == [[1, 2, 3]]

        serve(workers.started[0])

        assert await finished(*fits) == [b"1", b"2", b"3"]


@instant
async def test_a_full_message_leaves_at_once() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        await asked(pool, *range(MESSAGE_FITS + 1))

        assert workers.started[0].seeds == [[*range(8)]]
        assert pool.load.waiting == 1


@instant
async def test_a_full_message_does_not_wait_for_the_end_of_the_turn() -> None:
    async with fake_pool(FakeWorkers()) as pool:
        fits = [asyncio.create_task(pool.answer(QUICK, SMALL)) for _ in range(MESSAGE_FITS)]
        await asyncio.sleep(0)

        assert pool.load == Load(workers=1, warm=1, busy=1, waiting_limit=4, waiting=0)
        await left(*fits)


@instant
async def test_large_fits_travel_alone_and_wait_for_an_idle_worker() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        fits = await asked(pool, 1, 2, cost=LARGE)
        assert workers.started[0].seeds == [[1]]
        serve(workers.started[0])
        await settled()
        assert workers.started[0].seeds == [[1], [2]]
        serve(workers.started[0])

        assert await finished(*fits) == [b"1", b"2"]


@instant
async def test_fits_of_some_milliseconds_are_shared_out() -> None:
    async with fake_pool(workers := FakeWorkers(), workers=2) as pool:
        await asked(pool, 1, 2, 3, 4, cost=0.9 * SMALL_SECONDS)

        assert sorted(worker.seeds for worker in workers.started) == [[[1], [2]], [[3], [4]]]


@instant
async def test_small_fits_go_to_one_warm_worker_while_it_keeps_up() -> None:
    async with fake_pool(workers := FakeWorkers(), workers=2) as pool:
        await asked(pool, 1)
        await asked(pool, 2)
        await asked(pool, 3, 4)

        assert sorted(worker.seeds for worker in workers.started) == [[], [[1], [2], [3, 4]]]


@instant
async def test_a_busy_worker_gets_a_message_of_as_many_fits_as_it_has_to_answer() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        await asked(pool, 1, 2)
        await asked(pool, 3)
        assert workers.started[0].seeds == [[1, 2]]

        await asked(pool, 4)

        assert workers.started[0].seeds == [[1, 2], [3, 4]]


@instant
async def test_a_busy_worker_with_more_to_answer_gets_a_full_message() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        await asked(pool, *range(MESSAGE_FITS), cost=0.0)
        await asked(pool, *range(MESSAGE_FITS), cost=0.0)
        await asked(pool, *range(MESSAGE_FITS), cost=0.0)

        assert [len(message) for message in workers.started[0].messages] == [MESSAGE_FITS] * 3


@instant
async def test_fits_that_are_fewer_wait_for_a_reply() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        await asked(pool, 1, 2)
        await asked(pool, 3)

        serve(workers.started[0])
        await settled()

        assert workers.started[0].seeds == [[1, 2], [3]]


@instant
async def test_fits_that_are_fewer_do_not_wait_for_a_worker_that_does_not_reply() -> None:
    async with fake_pool(workers := FakeWorkers(), workers=2) as pool:
        await asked(pool, 1, 2)
        await asked(pool, 3)

        await asyncio.sleep(UNRESPONSIVE_SECONDS)

        assert sorted(worker.seeds for worker in workers.started) == [[[1, 2]], [[3]]]


@instant
async def test_small_fits_that_are_too_many_for_one_worker_wake_another() -> None:
    async with fake_pool(workers := FakeWorkers(), workers=2) as pool:
        await asked(pool, 1, cost=SMALL_SECONDS)
        await asked(pool, 2)
        await asked(pool, 3)

        assert sorted(worker.seeds for worker in workers.started) == [[[1], [2]], [[3]]]


@instant
async def test_a_worker_that_does_not_reply_is_not_given_more() -> None:
    async with fake_pool(workers := FakeWorkers(), workers=2) as pool:
        await asked(pool, 1)
        await asyncio.sleep(UNRESPONSIVE_SECONDS)
        await asked(pool, 2)

        assert sorted(worker.seeds for worker in workers.started) == [[[1]], [[2]]]


@instant
async def test_a_large_fit_does_not_go_to_a_worker_that_is_at_small_ones() -> None:
    async with fake_pool(workers := FakeWorkers(), workers=2) as pool:
        await asked(pool, 1)
        await asked(pool, 2, cost=LARGE)

        assert sorted(worker.seeds for worker in workers.started) == [[[1]], [[2]]]


@instant
async def test_nothing_is_sent_to_a_worker_that_is_not_ready() -> None:
    async with fake_pool(workers := FakeWorkers(warm=False)) as pool:
        await asked(pool, 1)
        assert workers.started[0].messages == []

        workers.started[0].become_ready()
        await settled()

        assert workers.started[0].seeds == [[1]]


@instant
async def test_a_fit_that_is_left_before_it_is_sent_is_not_sent() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        leaving = asyncio.create_task(pool.answer(QUICK, LARGE))
        await asyncio.sleep(0)
        await left(leaving)

        assert workers.started[0].messages == []
        assert pool.load.waiting == 0


# Clients


@instant
async def test_a_reserved_worker_gets_short_fits_alone() -> None:
    async with fake_pool(workers := FakeWorkers(), reserved=1) as pool:
        await asked(pool, 1, 2, cost=LARGE)
        await asked(pool, 3, cost=SHORT_SECONDS)

        reserved, other = workers.started
        assert (reserved.seeds, other.seeds) == ([[3]], [[1]])


@instant
async def test_small_fits_go_to_the_reserved_worker_first() -> None:
    async with fake_pool(workers := FakeWorkers(), workers=2, reserved=1) as pool:
        await asked(pool, 1)
        await asked(pool, 2)

        assert [worker.seeds for worker in workers.started] == [[[1], [2]], [], []]


@instant
async def test_small_fits_also_go_to_others_if_the_reserved_worker_is_busy() -> None:
    async with fake_pool(workers := FakeWorkers(), reserved=1) as pool:
        await asked(pool, 1, cost=SHORT_SECONDS)
        await asked(pool, 2)

        assert [worker.seeds for worker in workers.started] == [[[1]], [[2]]]


@instant
async def test_a_worker_for_which_a_long_fit_waits_gets_no_more_small_ones() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        await asked(pool, 1)
        await asked(pool, 2, cost=LARGE)
        await asked(pool, 3)
        assert workers.started[0].seeds == [[1]]

        serve(workers.started[0])
        await settled()
        serve(workers.started[0])
        await settled()

        assert workers.started[0].seeds == [[1], [3], [2]]


@instant
async def test_the_pool_is_ready_once_reserved_and_spare_workers_are_too() -> None:
    async with fake_pool(workers := FakeWorkers(warm=False), reserved=1, spare=1) as pool:
        for worker in workers.started:
            assert not pool.ready
            worker.become_ready()
            await settled()

        assert pool.ready
        assert pool.load.workers == 3


@instant
async def test_the_spare_worker_is_for_the_long_fits_of_a_second_client() -> None:
    async with fake_pool(workers := FakeWorkers(), workers=2, spare=1) as pool:
        theirs = [asyncio.create_task(pool.answer(QUICK, LARGE, "a")) for _ in range(4)]
        await settled()
        assert pool.load.busy == 2

        other = asyncio.create_task(pool.answer(numbered(7), LARGE, "b"))
        await settled()

        assert workers.started[2].seeds == [[7]]
        await left(*theirs, other)


@instant
async def test_the_next_fit_of_a_client_at_its_bound_is_computed_when_one_of_them_ends() -> None:
    async with fake_pool(workers := FakeWorkers(), spare=1) as pool:
        fits = await asked(pool, 1, 2, cost=LARGE)
        assert [worker.seeds for worker in workers.started] == [[[1]], []]

        serve(workers.started[0])
        await settled()

        assert [worker.seeds for worker in workers.started] == [[[1], [2]], []]
        await left(*fits)


@instant
async def test_a_client_whose_worker_is_lost_is_at_its_bound_no_longer() -> None:
    async with fake_pool(workers := FakeWorkers(), spare=1) as pool:
        await asked(pool, 1, 2, cost=LARGE)
        workers.permit.clear()

        workers.started[0].die()
        await settled()

        assert workers.started[1].seeds == [[2]]  # they came at the same moment
        workers.permit.set()


@instant
async def test_short_fits_of_a_client_at_its_bound_use_the_spare_worker() -> None:
    async with fake_pool(workers := FakeWorkers(), spare=1) as pool:
        await asked(pool, 1, cost=LARGE)
        await asked(pool, 2, cost=SHORT_SECONDS)

        assert [worker.seeds for worker in workers.started] == [[[1]], [[2]]]


@instant
async def test_small_fits_go_on_while_only_a_client_at_its_bound_waits() -> None:
    async with fake_pool(workers := FakeWorkers(), spare=1) as pool:
        await asked(pool, 1, 2, cost=LARGE)
        await asked(pool, 3)
        await asked(pool, 4)

        assert [worker.seeds for worker in workers.started] == [[[1]], [[3], [4]]]


@instant
async def test_where_none_may_wait_a_client_uses_no_more_than_its_bound() -> None:
    async with fake_pool(FakeWorkers(), waiting=0, spare=1) as pool:
        fits: list[Fit] = []
        for name in "aab":
            fits.append(asyncio.create_task(pool.answer(QUICK, LARGE, name)))
            await settled()

        assert [fit.done() for fit in fits] == [False, True, False]
        assert isinstance(fits[1].exception(), QueueFullError)
        await left(fits[0], fits[2])


@instant
async def test_if_the_queue_is_full_the_client_with_the_most_fits_gives_way() -> None:
    async with fake_pool(FakeWorkers(), waiting=2) as pool:
        theirs = [asyncio.create_task(pool.answer(QUICK, LARGE, "a")) for _ in range(3)]
        await settled()
        assert [pool.full_for("a"), pool.full_for("b")] == [True, False]

        other = asyncio.create_task(pool.answer(QUICK, LARGE, "b"))
        await settled()

        assert isinstance(theirs[2].exception(), QueueFullError)
        await left(*theirs[:2], other)


@instant
async def test_if_the_queue_is_full_a_client_with_as_many_fits_as_any_is_rejected() -> None:
    async with fake_pool(FakeWorkers(), waiting=2) as pool:
        running = await asked(pool, 1, cost=LARGE)
        theirs = [asyncio.create_task(pool.answer(QUICK, LARGE, name)) for name in "ab"]
        await settled()

        with pytest.raises(QueueFullError):
            await pool.answer(QUICK, LARGE, "b")

        await left(*running, *theirs)


# What comes back


@instant
async def test_refusals_and_failures_are_raised() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        fits = await asked(pool, 1, 2)
        workers.started[0].reply(
            Reply(ReplyKind.REJECTED, b"The scale is 0."), Reply(ReplyKind.FAILED)
        )

        refused, failed = await finished(*fits)

    assert isinstance(refused, RejectedError)
    assert str(refused) == "The scale is 0."
    assert isinstance(failed, FailedError)


@instant
async def test_every_answer_is_counted() -> None:
    counted: list[tuple[Question, Tally]] = []
    tally = Tally("diverged", 7, 0.25)
    workers = FakeWorkers()
    async with fake_pool(workers, lambda *each: counted.append(each)) as pool:
        (fit,) = await asked(pool, 1)
        workers.started[0].reply(answer(tally=tally))
        await fit

    assert counted == [(numbered(1), tally)]


# What there is to see


@instant
async def test_a_pool_is_ready_when_all_its_workers_are() -> None:
    async with fake_pool(workers := FakeWorkers(warm=False), workers=2, waiting=3) as pool:
        assert (pool.ready, pool.kind) == (False, None)
        assert pool.load == Load(workers=2, warm=0, busy=0, waiting_limit=3, waiting=0)

        workers.started[1].become_ready("torch 2")
        await settled()
        assert (pool.ready, pool.kind) == (False, "torch 2")
        assert pool.load == Load(workers=2, warm=1, busy=0, waiting_limit=3, waiting=0)

        workers.started[0].become_ready("torch 2")
        await settled()
        assert pool.ready
        assert pool.load == Load(workers=2, warm=2, busy=0, waiting_limit=3, waiting=0)


@instant
async def test_a_pool_is_not_ready_while_a_worker_is_started() -> None:
    workers = FakeWorkers()
    async with fake_pool(workers) as pool:
        workers.permit.clear()

        workers.started[0].die()
        await settled()

        assert (pool.ready, pool.kind) == (False, None)
        assert pool.load == Load(workers=1, warm=0, busy=0, waiting_limit=4, waiting=0)
        workers.permit.set()


@instant
async def test_the_load_tells_who_works_and_what_waits() -> None:
    async with fake_pool(FakeWorkers(), workers=2) as pool:
        await asked(pool, 1, cost=LARGE)
        assert pool.load == Load(workers=2, warm=2, busy=1, waiting_limit=4, waiting=0)

        await asked(pool, 2, 3, 4, cost=LARGE)

        assert pool.load == Load(workers=2, warm=2, busy=2, waiting_limit=4, waiting=2)


# Who is refused


@instant
async def test_large_fits_may_wait_for_each_worker_that_is_idle_soon_and_some_more() -> None:
    async with fake_pool(FakeWorkers(), workers=2, waiting=4) as pool:
        fits = await asked(pool, *range(7), cost=LARGE)

        assert [fit.done() for fit in fits] == [False] * 6 + [True]
        assert isinstance(fits[6].exception(), QueueFullError)
        assert pool.load.waiting == 4


@instant
async def test_behind_large_fits_as_many_wait_as_may() -> None:
    async with fake_pool(FakeWorkers(), waiting=4) as pool:
        await asked(pool, 0, cost=LARGE)
        fits = await asked(pool, *range(5), cost=LARGE)

        assert [fit.done() for fit in fits] == [False] * 4 + [True]
        assert isinstance(fits[4].exception(), QueueFullError)
        assert pool.full_for("")


@instant
async def test_a_pool_is_full_when_not_even_a_small_fit_may_wait() -> None:
    async with fake_pool(FakeWorkers(), waiting=2) as pool:
        await asked(pool, 0, cost=LARGE)
        await asked(pool, 1)
        assert not pool.full_for("")
        await asked(pool, 2)
        assert pool.full_for("")

        (refused,) = await asked(pool, 3)

        assert isinstance(refused.exception(), QueueFullError)


@instant
async def test_small_fits_may_wait_for_a_worker_that_is_soon_idle() -> None:
    async with fake_pool(workers := FakeWorkers(), waiting=2) as pool:
        await asked(pool, 0)
        await asyncio.sleep(UNRESPONSIVE_SECONDS)
        fits = await asked(pool, *range(WAITING_SMALL_FITS + 1))
        assert not pool.full_for("")
        fits += await asked(pool, 1, 2)

        assert workers.started[0].seeds == [[0]]
        assert [fit.done() for fit in fits] == [False] * (WAITING_SMALL_FITS + 2) + [True]
        assert isinstance(fits[-1].exception(), QueueFullError)
        assert pool.full_for("")
        assert WAITING_SMALL_FITS == 128


@instant
async def test_where_none_may_wait_each_idle_worker_still_takes_a_large_fit() -> None:
    async with fake_pool(workers := FakeWorkers(), workers=2, waiting=0) as pool:
        fits = await asked(pool, 1, 2, 3, cost=LARGE)

        assert sorted(worker.seeds for worker in workers.started) == [[[1]], [[2]]]
        assert [fit.done() for fit in fits] == [False, False, True]
        assert isinstance(fits[2].exception(), QueueFullError)


@instant
async def test_where_no_worker_is_ready_the_setting_alone_counts() -> None:
    async with fake_pool(FakeWorkers(warm=False), waiting=2) as pool:
        fits = await asked(pool, 1, 2, 3)

        assert [fit.done() for fit in fits] == [False, False, True]
        assert isinstance(fits[2].exception(), QueueFullError)


@instant
async def test_a_fit_waits_no_longer_than_it_may() -> None:
    async with fake_pool(workers := FakeWorkers(), wait_seconds=0.3) as pool:
        (running,) = await asked(pool, 1, cost=LARGE)
        began = now()
        with pytest.raises(QueueFullError):
            await pool.answer(QUICK, SMALL)
        assert now() - began == pytest.approx(0.3, abs=INSTANT)

        serve(workers.started[0])
        assert await running == b"1"


# Who leaves


@instant
async def test_a_client_that_leaves_the_queue_leaves_no_trace() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        (running,) = await asked(pool, 1, cost=LARGE)
        (leaving,) = await asked(pool, 2)
        await left(leaving)
        assert pool.load.waiting == 0

        serve(workers.started[0])

        assert await running == b"1"
        await settled()
        assert workers.started[0].seeds == [[1]]


@instant
async def test_a_client_that_leaves_a_large_fit_frees_its_worker() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        (leaving,) = await asked(pool, 1, cost=LARGE)
        await left(leaving)
        assert workers.started[0].killed
        assert pool.replaced == {"died": 0, "killed": 1}
        assert pool.load.waiting == 0

        (fit,) = await asked(pool, 2)
        serve(workers.started[1])

        assert await fit == b"2"


@instant
async def test_only_the_worker_of_the_fit_that_is_left_is_ended() -> None:
    async with fake_pool(workers := FakeWorkers(), workers=2) as pool:
        leaving, _ = await asked(pool, 1, 2, cost=LARGE)
        await left(leaving)

        assert {worker.messages[0][0].seed: worker.killed for worker in workers.started[:2]} == {
            1: True,
            2: False,
        }


@instant
async def test_a_small_fit_that_is_left_does_not_cost_a_worker() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        (leaving,) = await asked(pool, 1)
        await left(leaving)
        (fit,) = await asked(pool, 2)
        workers.started[0].reply(answer(b"1"), answer(b"2"))

        assert await fit == b"2"
        assert workers.living == workers.started[:1]


# Workers that die


@instant
async def test_a_worker_that_dies_is_replaced_and_its_fit_made_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        (fit,) = await asked(pool, 1, cost=LARGE)
        workers.started[0].die()
        await settled()
        assert workers.started[1].seeds == [[1]]
        serve(workers.started[1])

        assert await fit == b"1"
        assert pool.replaced == {"died": 1, "killed": 0}
    (lost,) = [record for record in caplog.records if record.message == "worker_lost"]
    assert lost.levelno == logging.WARNING
    assert lost.__dict__["fields"] == {"fits": 1, "how": "died"}


@instant
async def test_the_fit_of_a_worker_that_dies_goes_to_one_that_is_idle() -> None:
    async with fake_pool(workers := FakeWorkers(), workers=2) as pool:
        await asked(pool, 1, cost=LARGE)
        busy, idle = sorted(workers.started, key=lambda worker: not worker.messages)
        workers.permit.clear()

        busy.die()
        await settled()

        assert idle.seeds == [[1]]
        workers.permit.set()


@instant
async def test_a_worker_that_has_worked_is_replaced_at_once() -> None:
    async with fake_pool(workers := FakeWorkers()):
        workers.started[0].die()
        began = now()
        await settled()

        assert len(workers.started) == 2
        assert now() - began < RESTART_SECONDS / 2


@instant
async def test_fits_come_back_in_their_order_and_before_those_that_wait() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        await asked(pool, 1, 2)
        await asked(pool, 3, 4)
        assert workers.started[0].seeds == [[1, 2], [3, 4]]
        await asyncio.sleep(UNRESPONSIVE_SECONDS)
        await asked(pool, 5)
        workers.permit.clear()
        workers.started[0].die()
        await settled()
        assert pool.load.waiting == 5

        workers.permit.set()
        served = await served_by(workers)

    assert served == [1, 2, 3, 4, 5]


async def served_by(workers: FakeWorkers) -> list[int]:
    """The seeds of all fits that the last worker is sent while it answers."""
    await settled()
    worker, served = workers.started[-1], 0
    while served < len(worker.messages):
        for message in worker.messages[served:]:
            worker.reply(*(answer() for _ in message))
            served += 1
        await settled()
    return [seed for message in worker.seeds for seed in message]


@instant
async def test_fits_of_a_message_that_lost_a_worker_are_made_again_one_by_one() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        await asked(pool, 1, 2)
        workers.started[0].die()
        await settled()
        assert workers.started[1].seeds == [[1]]
        serve(workers.started[1])
        await settled()

        assert workers.started[1].seeds == [[1], [2]]


@instant
async def test_a_fit_that_loses_three_workers_is_given_up() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        (fit,) = await asked(pool, 1, cost=LARGE)
        for number in range(MAX_LOST_WORKERS):
            assert not fit.done()
            workers.started[number].die()
            await settled()

        assert isinstance(fit.exception(), WorkerLostError)
        assert MAX_LOST_WORKERS == 3
        assert pool.replaced == {"died": 3, "killed": 0}
        (next_fit,) = await asked(pool, 2)
        serve(workers.started[3])
        assert await next_fit == b"2"


@instant
async def test_fits_that_were_not_begun_are_not_blamed_for_a_lost_worker() -> None:
    """The second message would be given up after three losses of its own; it has had none."""
    async with fake_pool(workers := FakeWorkers()) as pool:
        (first,) = await asked(pool, 1)
        (second,) = await asked(pool, 2)
        for number in range(MAX_LOST_WORKERS):
            assert workers.started[number].seeds == ([[1], [2]] if number == 0 else [[1]])
            workers.started[number].die()
            await settled()
        assert isinstance(first.exception(), WorkerLostError)

        for number in range(MAX_LOST_WORKERS, 2 * MAX_LOST_WORKERS):
            assert not second.done()
            assert workers.started[number].seeds == [[2]]
            workers.started[number].die()
            await settled()

        assert isinstance(second.exception(), WorkerLostError)


@instant
async def test_a_fit_that_nobody_waits_for_is_not_made_again() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        (leaving,) = await asked(pool, 1)
        await left(leaving)
        workers.started[0].die()
        await settled()

        assert pool.load.waiting == 0
        assert workers.started[1].messages == []


@instant
async def test_a_fit_over_the_wall_clock_is_ended_with_its_worker() -> None:
    async with fake_pool(workers := FakeWorkers(), wall_clock_seconds=0.5) as pool:
        began = now()
        with pytest.raises(FitTimeoutError):
            await pool.answer(QUICK, LARGE)
        await settled()

        assert now() - began == pytest.approx(0.5, abs=3 * INSTANT)
        assert workers.started[0].killed
        assert pool.replaced == {"died": 0, "killed": 1}
        (fit,) = await asked(pool, 2)
        serve(workers.started[1])
        assert await fit == b"2"


@instant
async def test_a_slow_fit_does_not_take_the_others_of_its_message_with_it() -> None:
    async with fake_pool(workers := FakeWorkers(), wall_clock_seconds=0.5) as pool:
        slow, quick = await asked(pool, 1, 2)
        await asyncio.sleep(0.5)
        await settled()
        assert workers.started[1].seeds == [[1]]
        await asyncio.sleep(0.5)
        await settled()
        assert isinstance(slow.exception(), FitTimeoutError)

        serve(workers.started[2])

        assert await quick == b"2"


# How workers are started


@instant
async def test_a_worker_that_cannot_start_is_tried_again_after_a_pause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    workers = FakeWorkers()
    workers.failures = [BlockingIOError(), EOFError()]
    async with fake_pool(workers) as pool:
        await asyncio.sleep(2 * RESTART_SECONDS - 0.001)
        assert workers.started == []
        await asyncio.sleep(0.001)
        await settled()

        assert pool.ready
    assert [record.message for record in caplog.records] == ["worker_not_started"] * 2


@instant
async def test_a_worker_that_ends_before_it_is_ready_is_replaced_after_a_pause() -> None:
    workers = FakeWorkers(warm=False)
    async with fake_pool(workers):
        workers.started[0].die()
        await asyncio.sleep(RESTART_SECONDS - 0.001)
        assert len(workers.started) == 1
        await asyncio.sleep(0.001 + INSTANT)

        assert len(workers.started) == 2


@instant
async def test_a_worker_that_is_starting_when_the_pool_ends_is_killed() -> None:
    workers = FakeWorkers()
    workers.permit.clear()
    async with fake_pool(workers) as pool:
        assert not pool.ready
        asyncio.get_running_loop().call_later(3, workers.permit.set)
    await settled()

    assert [worker.killed for worker in workers.started] == [True]
    assert pool.load.warm == 0


@instant
async def test_a_pool_ends_while_a_worker_fails_to_start(caplog: pytest.LogCaptureFixture) -> None:
    """As if the signal that ends the service reached what starts its workers too."""
    workers = FakeWorkers()
    workers.permit.clear()
    workers.failures = [EOFError()]
    async with fake_pool(workers):
        asyncio.get_running_loop().call_later(3, workers.permit.set)

    assert workers.started == []
    assert caplog.records == []


@instant
async def test_the_end_of_a_pool_ends_its_workers_and_fails_all_fits() -> None:
    async with fake_pool(workers := FakeWorkers(), workers=2) as pool:
        fits = await asked(pool, 1, 2, 3, cost=LARGE)
        assert pool.load.waiting == 1
    await settled()

    assert [type(each) for each in await finished(*fits)] == [ShuttingDownError] * 3
    assert [worker.killed for worker in workers.started] == [True, True]
    assert pool.replaced == {"died": 0, "killed": 0}
    with pytest.raises(ShuttingDownError):
        await pool.answer(QUICK, SMALL)
    with pytest.raises(ShuttingDownError):
        await anext(pool.stream(WATCHED, LARGE))


# Streams


@instant
async def test_the_events_of_a_stream_come_as_they_happen() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        events = pool.stream(WATCHED, LARGE)
        first = asyncio.create_task(anext(events))
        await settled()
        assert workers.started[0].messages == [[WATCHED]]
        workers.started[0].tell(steps(3))
        assert await first == steps(3)

        workers.started[0].tell(steps(7))
        workers.started[0].reply(answer(b'{"loss": 1}'))

        assert await rest_of(events) == [
            steps(7),
            EventBytes("done", 7, b'{"type":"done","result":{"loss": 1}}'),
        ]


@instant
async def test_a_batch_holds_all_events_that_are_there() -> None:
    async with (
        fake_pool(workers := FakeWorkers()) as pool,
        aclosing(pool.batches(WATCHED, LARGE)) as batches,
    ):
        first = asyncio.create_task(anext(batches))
        await settled()
        workers.started[0].tell(steps(1), steps(2), steps(3))
        assert await first == [steps(1), steps(2), steps(3)]

        workers.started[0].reply(answer())

        assert [[event.type for event in batch] async for batch in batches] == [["done"]]


@instant
async def test_a_stream_goes_on_with_the_next_worker() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        events = pool.stream(WATCHED, LARGE)
        first = asyncio.create_task(anext(events))
        await settled()
        workers.started[0].tell(steps(3))
        await first
        workers.started[0].die()
        await settled()
        assert workers.started[1].messages == [[replace(WATCHED, after=3)]]

        workers.started[1].tell(steps(10))
        workers.started[1].reply(answer())

        assert [event.type for event in await rest_of(events)] == ["steps", "done"]


@instant
async def test_a_stream_is_given_up_after_three_workers_that_got_no_further() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        reading = asyncio.create_task(rest_of(pool.stream(WATCHED, LARGE)))
        await settled()
        for worker in range(2):
            workers.started[worker].die()
            await settled()
        workers.started[2].tell(steps(3))
        await settled()
        for worker in range(2, 2 + MAX_LOST_WORKERS):
            assert not reading.done()
            workers.started[worker].die()
            await settled()

        assert isinstance(reading.exception(), WorkerLostError)


@instant
async def test_a_long_stream_travels_alone_and_others_wait_behind_it() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        reading = asyncio.create_task(rest_of(pool.stream(LONG, SMALL)))
        await settled()
        await asked(pool, 2)
        assert workers.started[0].messages == [[LONG]]
        assert pool.load.waiting == 1

        workers.started[0].reply(answer())
        await settled()

        assert reading.done()
        assert workers.started[0].messages == [[LONG], [numbered(2)]]


@instant
async def test_small_streams_share_a_message_and_each_has_its_own_events() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        readings = [asyncio.create_task(rest_of(pool.stream(WATCHED, SMALL))) for _ in range(2)]
        await settled()
        assert workers.started[0].messages == [[WATCHED, WATCHED]]

        for number, worker in enumerate([workers.started[0]] * 2, 1):
            worker.tell(steps(number))
            worker.reply(answer())
        await settled()

        assert [reading.result()[0] for reading in readings] == [steps(1), steps(2)]


@instant
async def test_closing_a_large_stream_frees_its_worker() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        async with aclosing(pool.stream(WATCHED, LARGE)) as events:
            first = asyncio.create_task(anext(events))
            await settled()
            workers.started[0].tell(steps(3))
            await first
        await settled()

        assert workers.started[0].killed
        assert pool.replaced == {"died": 0, "killed": 1}
        assert pool.load == Load(workers=1, warm=1, busy=0, waiting_limit=4, waiting=0)


@instant
async def test_a_reader_that_leaves_before_the_first_event_frees_the_worker() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        reading = asyncio.create_task(rest_of(pool.stream(WATCHED, LARGE)))
        await settled()
        reading.cancel()
        await settled()

        assert workers.started[0].killed
        assert workers.started[1].messages == []


@instant
async def test_closing_a_small_stream_does_not_cost_a_worker() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        async with aclosing(pool.stream(WATCHED, SMALL)) as events:
            first = asyncio.create_task(anext(events))
            await settled()
            workers.started[0].tell(steps(3))
            await first
        await settled()

        assert workers.living == workers.started[:1]


@instant
async def test_a_stream_that_leaves_the_queue_leaves_no_trace() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        (running,) = await asked(pool, 1, cost=LARGE)
        leaving = asyncio.create_task(rest_of(pool.stream(WATCHED, LARGE)))
        await settled()
        assert pool.load.waiting == 1
        leaving.cancel()
        await settled()
        assert pool.load.waiting == 0

        serve(workers.started[0])

        assert await running == b"1"


@instant
async def test_one_stream_more_than_may_wait_is_refused() -> None:
    async with fake_pool(FakeWorkers(), waiting=1) as pool:
        await asked(pool, 1, cost=LARGE)
        waiting = asyncio.create_task(rest_of(pool.stream(WATCHED, LARGE)))
        await settled()

        with pytest.raises(QueueFullError):
            await anext(pool.stream(WATCHED, LARGE))

        assert not waiting.done()


@instant
async def test_a_stream_waits_no_longer_than_it_may() -> None:
    async with fake_pool(FakeWorkers(), wait_seconds=0.3) as pool:
        await asked(pool, 1, cost=LARGE)
        began = now()

        with pytest.raises(QueueFullError):
            await anext(pool.stream(WATCHED, LARGE))

        assert now() - began == pytest.approx(0.3, abs=INSTANT)


async def unread(pool: Pool, workers: FakeWorkers, events: AsyncIterator[EventBytes]) -> FakeWorker:
    """A worker that has much more to tell than may be kept, and whose reader took one event."""
    first = asyncio.ensure_future(anext(events))
    await settled()
    assert pool.load.busy == 1
    worker = workers.started[-1]
    worker.tell(*(steps(number, bytes(UNREAD_BYTES // 4)) for number in range(40)))
    await first
    await settled()
    assert worker.unheard_bytes > 0
    return worker


@instant
async def test_a_worker_waits_for_a_reader_who_takes_nothing_and_no_event_is_lost() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        async with aclosing(pool.stream(WATCHED, LARGE)) as events:
            worker = await unread(pool, workers, events)
            worker.reply(answer())

            rest = await rest_of(events)

        assert [event.last for event in rest] == [*range(1, 40), 39]
        assert worker.unheard_bytes == 0
        assert workers.living == [worker]


CHUNK = 256 * 1024
"""What asyncio reads at once."""


@instant
async def test_what_nobody_has_taken_yet_is_bounded() -> None:
    """A worker is heard until more than a megabyte is kept: what was read with it is kept too."""
    async with (
        fake_pool(workers := FakeWorkers()) as pool,
        aclosing(pool.batches(WATCHED, LARGE)) as batches,
    ):
        first = asyncio.ensure_future(anext(batches))
        await settled()
        workers.started[0].tell(*(steps(number, bytes(1000)) for number in range(10_000)))
        await first
        await settled()

        kept = await anext(batches)

    assert UNREAD_BYTES < sum(len(event.body) for event in kept) <= UNREAD_BYTES + CHUNK


@instant
async def test_closing_a_stream_that_nobody_reads_frees_its_worker() -> None:
    async with fake_pool(workers := FakeWorkers()) as pool:
        async with aclosing(pool.stream(WATCHED, LARGE)) as events:
            await unread(pool, workers, events)
        await settled()
        (fit,) = await asked(pool, 1)
        serve(workers.started[1])

        assert await fit == b"1"


@instant
async def test_a_reader_who_is_too_slow_loses_the_stream_after_what_was_kept() -> None:
    async with (
        fake_pool(workers := FakeWorkers(), wall_clock_seconds=0.5) as pool,
        aclosing(pool.stream(WATCHED, LARGE)) as events,
    ):
        worker = await unread(pool, workers, events)
        await asyncio.sleep(0.5)
        await settled()
        assert worker.killed

        with pytest.raises(SlowReaderError):
            await rest_of(events)


@instant
async def test_a_stream_over_the_wall_clock_is_ended_after_what_it_told() -> None:
    async with (
        fake_pool(workers := FakeWorkers(), wall_clock_seconds=0.5) as pool,
        aclosing(pool.stream(WATCHED, LARGE)) as events,
    ):
        first = asyncio.ensure_future(anext(events))
        await settled()
        workers.started[0].tell(steps(1))
        assert await first == steps(1)

        with pytest.raises(FitTimeoutError):
            await anext(events)


@instant
async def test_the_end_of_the_pool_reaches_streams_that_run_and_that_wait() -> None:
    async with fake_pool(FakeWorkers()) as pool:
        reading = [asyncio.create_task(rest_of(pool.stream(WATCHED, LARGE))) for _ in range(2)]
        await settled()
        assert pool.load.waiting == 1
    await settled()

    assert [type(each.exception()) for each in reading] == [ShuttingDownError] * 2
