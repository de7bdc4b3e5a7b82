import asyncio

import pytest

from service.pool.frames import Reply, ReplyKind
from service.pool.interface import (
    FailedError,
    FitTimeoutError,
    QueueFullError,
    RejectedError,
    ShuttingDownError,
)
from service.pool.queue import Queue, Ticket
from service.pool.scheduling import MESSAGE_FITS, SMALL_SECONDS
from tests.support.time import INSTANT, instant, now, settled
from tests.support.workers import LARGE, LONG, QUICK, answer, stream, ticket

WAIT_SECONDS = 5.0


def queue_of(*tickets: Ticket) -> Queue:
    queue = Queue(WAIT_SECONDS)
    for each in tickets:
        queue.join(each)
    return queue


@instant
async def test_large_fits_leave_one_by_one_in_the_order_they_came() -> None:
    first, second = ticket(LARGE), ticket(LARGE)
    queue = queue_of(first, second)

    assert [queue.take(), queue.take(), queue.take()] == [[first], [second], []]


@instant
async def test_at_most_eight_small_fits_travel_in_one_message() -> None:
    small = [ticket() for _ in range(MESSAGE_FITS + 1)]
    queue = queue_of(*small)

    assert [queue.take(), queue.take()] == [small[:8], small[8:]]
    assert MESSAGE_FITS == 8


@pytest.mark.parametrize(("cost", "together"), [(SMALL_SECONDS / 2, 2), (SMALL_SECONDS / 1.9, 1)])
def test_small_fits_travel_together_up_to_ten_milliseconds(cost: float, together: int) -> None:
    @instant
    async def test() -> None:
        queue = queue_of(ticket(cost), ticket(cost))

        assert len(queue.take()) == together

    test()
    assert SMALL_SECONDS == 0.01


@instant
async def test_a_large_fit_does_not_travel_with_small_ones() -> None:
    before, large, after = ticket(0.0), ticket(LARGE), ticket(0.0)
    queue = queue_of(before, large, after)

    assert [queue.take(), queue.take(), queue.take()] == [[before], [large], [after]]


@instant
async def test_a_small_stream_travels_with_small_fits() -> None:
    message = [ticket(), stream(0.0), ticket()]

    assert queue_of(*message).take() == message


@instant
async def test_a_long_stream_does_not_travel_with_small_fits() -> None:
    before, watched, after = ticket(), stream(0.0, spec=LONG), ticket()
    queue = queue_of(before, watched, after)

    assert [queue.take(), queue.take(), queue.take()] == [[before], [watched], [after]]


@instant
async def test_fits_that_are_no_longer_awaited_are_not_given_out() -> None:
    gone, first, between, last = (ticket() for _ in range(4))
    queue = queue_of(gone, first, between, last)
    for each in (gone, between):
        each.answer.cancel()

    assert queue.head is first
    assert queue.take() == [first, last]
    assert queue.head is None
    assert len(queue) == 0


@instant
async def test_a_fit_that_leaves_is_not_given_out() -> None:
    leaving, staying = ticket(), ticket()
    queue = queue_of(leaving, staying)

    queue.leave(leaving)
    queue.leave(leaving)

    assert len(queue) == 1
    assert queue.take() == [staying]


@instant
async def test_a_fit_that_comes_back_is_the_next() -> None:
    waiting, back = ticket(LARGE), ticket(LARGE)
    queue = queue_of(waiting)

    queue.come_back(back)

    assert [queue.take(), queue.take()] == [[back], [waiting]]


@instant
async def test_a_fit_waits_as_long_as_it_may_and_no_longer() -> None:
    waiting = ticket()
    queue = queue_of(waiting)

    await asyncio.sleep(WAIT_SECONDS - 0.001)
    assert not waiting.answer.done()
    await asyncio.sleep(0.001)
    await settled()

    assert isinstance(waiting.answer.exception(), QueueFullError)
    assert len(queue) == 0


@instant
async def test_each_fit_waits_from_the_time_it_came() -> None:
    tickets = [ticket() for _ in range(3)]
    queue = queue_of(tickets[0])
    failed: list[float] = []
    for each in tickets:
        each.answer.add_done_callback(lambda _: failed.append(now()))

    await asyncio.sleep(2)
    queue.join(tickets[1])
    queue.join(tickets[2])
    await asyncio.sleep(WAIT_SECONDS + 1)

    assert failed == pytest.approx([5, 7, 7], abs=INSTANT)
    assert {type(each.answer.exception()) for each in tickets} == {QueueFullError}


@instant
async def test_a_fit_that_comes_back_waits_anew() -> None:
    back = ticket()
    queue = queue_of(back)
    await asyncio.sleep(4)
    queue.come_back(queue.take()[0])

    await asyncio.sleep(4)
    assert not back.answer.done()
    await asyncio.sleep(1 + INSTANT)

    assert isinstance(back.answer.exception(), QueueFullError)


@instant
async def test_fits_that_left_do_not_stop_the_clock_of_others() -> None:
    leaving, later = ticket(), ticket()
    queue = queue_of(leaving)
    queue.leave(leaving)
    await asyncio.sleep(WAIT_SECONDS + 1)

    queue.join(later)
    await asyncio.sleep(WAIT_SECONDS - 0.001)
    assert not later.answer.done()
    await asyncio.sleep(0.001 + INSTANT)

    assert not leaving.answer.done()
    assert isinstance(later.answer.exception(), QueueFullError)


@instant
async def test_every_fit_that_waits_is_failed_at_the_end() -> None:
    waiting = [ticket(), ticket(LARGE)]
    queue = queue_of(*waiting)

    queue.fail(ShuttingDownError())

    assert [type(each.answer.exception()) for each in waiting] == [ShuttingDownError] * 2
    assert len(queue) == 0


# Fits


@instant
async def test_a_fit_of_ten_milliseconds_is_small_and_a_longer_one_is_not() -> None:
    assert [ticket(cost).small for cost in (0.0, SMALL_SECONDS, 1.001 * SMALL_SECONDS, LARGE)] == [
        True,
        True,
        False,
        False,
    ]


@instant
async def test_a_fit_that_lost_a_worker_is_neither_small_nor_brief() -> None:
    lost = ticket()
    assert (lost.small, lost.brief) == (True, True)

    lost.losses += 1

    assert (lost.small, lost.brief) == (False, False)


@instant
async def test_a_worker_is_asked_the_question() -> None:
    assert ticket().asked is QUICK


@instant
async def test_an_answer_is_handed_on() -> None:
    waiting = ticket()

    waiting.settle(answer(b'{"loss": 1}'))

    assert waiting.answer.result() == [b'{"loss": 1}']


@instant
async def test_a_refusal_is_an_error_with_its_reason() -> None:
    waiting = ticket()

    waiting.settle(Reply(ReplyKind.REJECTED, b"The scale is 0."))

    error = waiting.answer.exception()
    assert isinstance(error, RejectedError)
    assert str(error) == "The scale is 0."


@instant
async def test_a_mistake_of_the_service_is_an_error_without_a_reason() -> None:
    waiting = ticket()

    waiting.settle(Reply(ReplyKind.FAILED, b"a secret"))

    error = waiting.answer.exception()
    assert isinstance(error, FailedError)
    assert str(error) == ""


@instant
async def test_replies_to_a_fit_that_is_no_longer_awaited_are_ignored() -> None:
    for reply in (answer(), Reply(ReplyKind.REJECTED), Reply(ReplyKind.FAILED)):
        left = ticket()
        left.answer.cancel()

        left.settle(reply)

        assert left.answer.cancelled()


@instant
async def test_the_first_answer_counts() -> None:
    waiting = ticket()
    waiting.settle(answer(b"first"))

    waiting.settle(answer(b"second"))
    waiting.fail(FailedError())

    assert waiting.answer.result() == [b"first"]


@instant
async def test_a_fit_that_took_too_long_has_timed_out() -> None:
    assert isinstance(ticket().overdue(), FitTimeoutError)
