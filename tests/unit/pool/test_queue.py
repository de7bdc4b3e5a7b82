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
from service.pool.queue import Queue
from service.pool.scheduling import MESSAGE_FITS, SHORT_SECONDS, SMALL_SECONDS
from service.pool.tickets import Ticket
from tests.support.time import INSTANT, instant, now, settled
from tests.support.workers import LARGE, LONG, QUICK, SMALL, answer, stream, ticket

WAIT_SECONDS = 5.0


def queue_of(*tickets: Ticket) -> Queue:
    queue = Queue(WAIT_SECONDS, lambda _client: False)
    for each in tickets:
        queue.join(each)
    return queue


def next_of(queue: Queue) -> list[Ticket]:
    """The next message, whichever worker takes it."""
    heads = queue.heads
    return queue.take(heads[0]) if heads else []


@instant
async def test_large_fits_leave_one_by_one_in_the_order_they_came() -> None:
    first, second = ticket(LARGE), ticket(LARGE)
    queue = queue_of(first, second)

    assert [next_of(queue), next_of(queue), next_of(queue)] == [[first], [second], []]


@instant
async def test_at_most_eight_small_fits_travel_in_one_message() -> None:
    small = [ticket() for _ in range(MESSAGE_FITS + 1)]
    queue = queue_of(*small)

    assert [next_of(queue), next_of(queue)] == [small[:8], small[8:]]
    assert MESSAGE_FITS == 8


@pytest.mark.parametrize(("cost", "together"), [(SMALL_SECONDS / 2, 2), (SMALL_SECONDS / 1.9, 1)])
def test_small_fits_travel_together_up_to_ten_milliseconds(cost: float, together: int) -> None:
    @instant
    async def test() -> None:
        queue = queue_of(ticket(cost), ticket(cost))

        assert len(next_of(queue)) == together

    test()
    assert SMALL_SECONDS == 0.01


@instant
async def test_a_large_fit_does_not_travel_with_small_ones() -> None:
    before, large, after = ticket(0.0), ticket(LARGE), ticket(0.0)
    queue = queue_of(before, large, after)

    assert [next_of(queue), next_of(queue)] == [[before, after], [large]]


@instant
async def test_a_small_stream_travels_with_small_fits() -> None:
    message = [ticket(), stream(SMALL), ticket()]

    assert next_of(queue_of(*message)) == message


@instant
async def test_a_long_stream_does_not_travel_with_small_fits() -> None:
    before, watched, after = ticket(), stream(0.0, spec=LONG), ticket()
    queue = queue_of(before, watched, after)

    assert sorted(map(len, (next_of(queue), next_of(queue)))) == [1, 2]


@instant
async def test_fits_that_are_no_longer_awaited_are_not_given_out() -> None:
    gone, first, between, last = (ticket() for _ in range(4))
    queue = queue_of(gone, first, between, last)
    for each in (gone, between):
        each.answer.cancel()

    assert queue.heads == [first]
    assert next_of(queue) == [first, last]
    assert queue.heads == []
    assert len(queue) == 0


@instant
async def test_a_fit_that_leaves_is_not_given_out() -> None:
    leaving, staying = ticket(), ticket()
    queue = queue_of(leaving, staying)

    queue.leave(leaving)
    queue.leave(leaving)

    assert len(queue) == 1
    assert next_of(queue) == [staying]


@instant
async def test_a_fit_that_comes_back_is_the_next() -> None:
    back, waiting = ticket(LARGE), ticket(LARGE)
    queue = queue_of(back)
    next_of(queue)
    await asyncio.sleep(1)
    queue.join(waiting)

    queue.join(back)

    assert [next_of(queue), next_of(queue)] == [[back], [waiting]]


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
    queue.join(next_of(queue)[0])

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


# Clients


@instant
async def test_clients_take_turns() -> None:
    a, b, c = [[ticket(LARGE, name) for _ in range(2)] for name in "abc"]
    queue = queue_of(*a, *b, *c)

    assert [next_of(queue) for _ in range(6)] == [
        [a[0]], [b[0]], [c[0]], [a[1]], [b[1]], [c[1]]
    ]  # fmt: skip


@instant
async def test_small_fits_of_several_clients_share_a_message_in_turn() -> None:
    many, one = [ticket(client="many") for _ in range(MESSAGE_FITS)], ticket(client="one")
    queue = queue_of(*many, one)

    assert next_of(queue) == [many[0], one, *many[1:7]]


@instant
async def test_the_shortest_fit_of_a_client_is_the_first() -> None:
    longer, shorter = ticket(2 * LARGE), ticket(LARGE)
    queue = queue_of(longer, shorter)

    assert [next_of(queue), next_of(queue)] == [[shorter], [longer]]


@instant
async def test_a_fit_is_overtaken_only_until_it_has_waited_for_the_difference() -> None:
    longer = ticket(LARGE + 2)
    queue = queue_of(longer)
    await asyncio.sleep(3)

    queue.join(ticket(LARGE))

    assert next_of(queue) == [longer]


@instant
async def test_short_fits_and_long_ones_wait_separately() -> None:
    long, short = ticket(1.001 * SHORT_SECONDS), ticket(SHORT_SECONDS)
    queue = queue_of(long, short)

    assert queue.heads == [short, long]
    assert queue.has_long


@instant
async def test_a_stream_with_many_events_is_not_short() -> None:
    assert [stream(0.0).short, stream(0.0, spec=LONG).short] == [True, False]


@instant
async def test_the_last_fit_of_the_client_with_the_most_gives_way() -> None:
    most = [ticket(client="most") for _ in range(3)]
    queue = queue_of(*most, ticket(client="fewer"))

    assert queue.crowding("fewer") is most[-1]
    assert queue.crowding("new") is most[-1]
    assert queue.crowding("most") is None


@instant
async def test_no_fit_gives_way_to_a_client_that_would_then_have_more() -> None:
    queue = queue_of(ticket(client="a"), ticket(client="a"), ticket(client="b"))

    assert queue.crowding("b") is None


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
