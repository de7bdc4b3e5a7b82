import asyncio
import gc
from dataclasses import replace

import pytest

from service.pool.frames import EventBytes, Reply, ReplyKind
from service.pool.interface import FailedError, FitTimeoutError, RefusedError, SlowReaderError
from service.pool.scheduling import UNREAD_BYTES
from service.pool.stream import StreamTicket
from tests.support.time import instant, settled
from tests.support.workers import WATCHED, answer, steps, stream

TENTH = bytes(UNREAD_BYTES // 10)


class Reading:
    """Whether the worker is read from, as the stream says it."""

    def __init__(self, watched: StreamTicket) -> None:
        self.calls: list[str] = []
        self._watched = watched

    def tell(self, *sent: EventBytes) -> None:
        """Tells events, as a worker does."""
        for each in sent:
            self._watched.keep(each)
            self._watched.when_full(
                lambda: self.calls.append("pause"), lambda: self.calls.append("resume")
            )


def full(watched: StreamTicket) -> Reading:
    """A stream that holds eleven tenths of what it may, so that its worker waits."""
    reading = Reading(watched)
    reading.tell(*(steps(number, TENTH) for number in range(11)))
    assert reading.calls == ["pause"]
    return reading


@instant
async def test_a_stream_is_never_small_and_may_be_brief() -> None:
    watched = stream(0.0)

    assert (watched.small, watched.brief) == (False, True)


@instant
async def test_events_come_in_their_order_and_the_answer_is_the_last() -> None:
    watched, sent = stream(), [steps(3), steps(7)]
    for each in sent:
        watched.keep(each)
    watched.settle(answer(b'{"loss": 1}'))

    assert [event async for event in watched] == [
        *sent,
        EventBytes("done", 7, b'{"type":"done","result":{"loss": 1}}'),
    ]


@instant
async def test_a_stream_without_events_is_done_at_step_0() -> None:
    watched = stream()
    watched.settle(answer())

    assert await anext(watched) == EventBytes("done", 0, b'{"type":"done","result":{}}')


@instant
async def test_a_stream_that_has_ended_stays_ended() -> None:
    watched = stream()
    watched.settle(answer())
    await anext(watched)

    for _ in range(2):
        with pytest.raises(StopAsyncIteration):
            await anext(watched)


@instant
async def test_a_reader_waits_for_the_next_event() -> None:
    watched = stream()
    reading = asyncio.create_task(anext(watched))
    await settled()
    assert not reading.done()

    watched.keep(steps(1))

    assert await reading == steps(1)


@instant
async def test_a_reader_waits_for_the_answer() -> None:
    watched = stream()
    watched.keep(steps(1))
    await anext(watched)
    reading = asyncio.create_task(anext(watched))
    await settled()
    assert not reading.done()

    watched.settle(answer())

    assert (await reading).type == "done"


@instant
async def test_a_refusal_is_raised_after_the_events_before_it() -> None:
    watched = stream()
    watched.keep(steps(1))
    watched.settle(Reply(ReplyKind.REFUSED, b"why"))

    assert await anext(watched) == steps(1)
    with pytest.raises(RefusedError, match="why"):
        await anext(watched)


@instant
async def test_the_rest_is_what_is_there_already() -> None:
    watched = stream()
    for number in range(3):
        watched.keep(steps(number))

    assert await anext(watched) == steps(0)
    assert watched.rest() == [steps(1), steps(2)]
    assert watched.rest() == []


@instant
async def test_the_next_worker_is_asked_for_the_steps_that_no_other_has_told() -> None:
    watched = stream()
    assert watched.asked == WATCHED

    watched.keep(steps(4))

    assert watched.asked == replace(WATCHED, after=4)


@instant
async def test_a_stream_goes_on_where_its_question_says() -> None:
    later = replace(WATCHED, after=3)

    assert stream(spec=later).asked == later


@instant
async def test_a_fit_that_gets_further_has_lost_no_worker() -> None:
    watched = stream()
    watched.losses = 2

    watched.keep(steps(1))

    assert watched.losses == 0


@instant
async def test_events_after_the_answer_are_ignored() -> None:
    watched = stream()
    watched.losses = 1
    watched.settle(answer())

    watched.keep(steps(4))

    assert [event.type async for event in watched] == ["done"]
    assert watched.asked == WATCHED
    assert watched.losses == 1


@instant
async def test_a_worker_waits_when_more_than_a_megabyte_is_kept() -> None:
    watched = stream()
    reading = Reading(watched)

    reading.tell(steps(1, bytes(UNREAD_BYTES)))
    assert reading.calls == []
    reading.tell(steps(2, b"1"), steps(3, b"1"))

    assert reading.calls == ["pause"]
    assert UNREAD_BYTES == 2**20


@instant
async def test_a_worker_goes_on_when_half_a_megabyte_is_left() -> None:
    watched = stream()
    reading = full(watched)

    for _ in range(5):
        await anext(watched)
    assert reading.calls == ["pause"]
    await anext(watched)
    assert reading.calls == ["pause", "resume"]
    watched.rest()

    assert reading.calls == ["pause", "resume"]


@instant
async def test_exactly_half_of_what_may_be_kept_lets_a_worker_go_on() -> None:
    watched = stream()
    reading = Reading(watched)
    reading.tell(steps(1, bytes(UNREAD_BYTES // 2 + 1)), steps(2, bytes(UNREAD_BYTES // 2)))

    await anext(watched)

    assert reading.calls == ["pause", "resume"]


@instant
async def test_a_worker_may_wait_again() -> None:
    watched = stream()
    reading = full(watched)
    watched.rest()

    reading.tell(*(steps(number, TENTH) for number in range(11, 22)))

    assert reading.calls == ["pause", "resume", "pause"]


@instant
async def test_a_worker_that_is_done_is_read_again() -> None:
    watched = stream()
    reading = full(watched)

    watched.settle(answer())

    assert reading.calls == ["pause", "resume"]
    assert len([event async for event in watched]) == 12


@instant
async def test_closing_forgets_the_events_and_lets_the_worker_go_on() -> None:
    watched = stream()
    reading = full(watched)

    watched.close()

    assert reading.calls == ["pause", "resume"]
    assert watched.rest() == []
    assert watched.answer.cancelled()
    reading.tell(*(steps(number, TENTH) for number in range(11, 33)))
    assert reading.calls == ["pause", "resume"]


@instant
async def test_a_stream_that_is_closed_twice_is_closed() -> None:
    watched = stream()
    watched.close()

    watched.close()

    assert watched.answer.cancelled()


@instant
async def test_closing_looks_at_an_error_that_nobody_has_read() -> None:
    reported: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context))
    watched = stream()
    watched.fail(FailedError())

    watched.close()
    await settled()
    del watched
    gc.collect()

    assert reported == []


@instant
async def test_a_stream_that_took_too_long_has_timed_out_unless_its_reader_was_slow() -> None:
    waited, watched = stream(), stream()
    full(waited)
    waited.rest()

    assert isinstance(watched.overdue(), FitTimeoutError)
    assert isinstance(waited.overdue(), SlowReaderError)
