import asyncio
import gc
from dataclasses import replace

import pytest

from service.descent.questions.points import packed
from service.descent.questions.series import SeriesChoices, SeriesStream
from service.descent.questions.table import Lists, Table
from service.pool.frames import EventBytes, Reply, ReplyKind
from service.pool.interface import FailedError, FitTimeoutError, RejectedError, SlowReaderError
from service.pool.scheduling import EVENT_NUMBERS, UNREAD_BYTES
from service.pool.tickets import StreamTicket
from tests.support.time import instant, settled
from tests.support.workers import LARGE, LONG, WATCHED, answer, steps, stream


class Wire(asyncio.ReadTransport):
    """The connection to a worker, which remembers whether it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def pause_reading(self) -> None:
        self.calls.append("pause")

    def resume_reading(self) -> None:
        self.calls.append("resume")


def tell(watched: StreamTicket, *sent: EventBytes, wire: Wire | None = None) -> None:
    """Sends events, as a worker does."""
    for each in sent:
        watched.keep(each, wire or Wire())


def full(watched: StreamTicket) -> Wire:
    """A stream that holds more than it may, so that its worker waits."""
    wire = Wire()
    tell(watched, steps(1, bytes(UNREAD_BYTES)), steps(2, b"1"), wire=wire)
    assert wire.calls == ["pause"]
    return wire


async def read(watched: StreamTicket) -> list[EventBytes]:
    """The next events, or the last one."""
    return watched.take() if await watched.has_events() else [watched.done()]


@instant
async def test_a_stream_is_small_if_it_is_brief_and_its_numbers_fit_into_an_event() -> None:
    streams = [stream(0.0), stream(LARGE), stream(0.0, spec=LONG)]

    assert [each.small for each in streams] == [True, False, False]
    assert [each.brief for each in streams] == [True, False, True]


@instant
async def test_a_stream_of_series_is_small_if_all_its_numbers_fit_into_an_event() -> None:
    points = Table(packed([0.0]), Lists.of([[1.0]]))
    many = SeriesChoices(include=("losses",), steps=EVENT_NUMBERS)
    series = [
        StreamTicket(SeriesStream(choices=choices, points=points, max_seconds=10.0), 0.0)
        for choices in (SeriesChoices(), many)
    ]

    assert [each.small for each in series] == [True, False]


@instant
async def test_the_last_events_come_with_the_answer_if_both_are_there() -> None:
    watched = stream()
    tell(watched, steps(1))
    watched.settle(answer())

    assert [event.type for event in await watched.batch()] == ["steps", "done"]


@instant
async def test_a_failure_comes_after_the_last_events() -> None:
    watched = stream()
    tell(watched, steps(1))
    watched.settle(Reply(ReplyKind.REJECTED, b"why"))

    assert await watched.batch() == [steps(1)]
    with pytest.raises(RejectedError, match="why"):
        await watched.batch()


@instant
async def test_events_come_in_their_order_and_the_answer_is_the_last() -> None:
    watched, sent = stream(), [steps(3), steps(7)]
    tell(watched, *sent)
    watched.settle(answer(b'{"loss": 1}'))

    assert await read(watched) == sent
    assert await read(watched) == [EventBytes("done", 7, b'{"type":"done","result":{"loss": 1}}')]


@instant
async def test_a_stream_without_events_is_done_at_step_0() -> None:
    watched = stream()
    watched.settle(answer())

    assert await read(watched) == [EventBytes("done", 0, b'{"type":"done","result":{}}')]


@instant
async def test_a_reader_waits_for_the_next_event() -> None:
    watched = stream()
    reading = asyncio.create_task(read(watched))
    await settled()
    assert not reading.done()

    tell(watched, steps(1))

    assert await reading == [steps(1)]


@instant
async def test_a_reader_waits_for_the_answer() -> None:
    watched = stream()
    tell(watched, steps(1))
    await read(watched)
    reading = asyncio.create_task(read(watched))
    await settled()
    assert not reading.done()

    watched.settle(answer())

    assert [event.type for event in await reading] == ["done"]


@instant
async def test_a_refusal_is_raised_after_the_events_before_it() -> None:
    watched = stream()
    tell(watched, steps(1))
    watched.settle(Reply(ReplyKind.REJECTED, b"why"))

    assert await read(watched) == [steps(1)]
    with pytest.raises(RejectedError, match="why"):
        await read(watched)


@instant
async def test_a_batch_is_what_is_there_already() -> None:
    watched, sent = stream(), [steps(number) for number in range(3)]
    tell(watched, *sent)

    assert watched.take() == sent
    assert watched.take() == []


@instant
async def test_the_next_worker_is_asked_for_the_steps_that_no_other_has_told() -> None:
    watched = stream()
    assert watched.asked == WATCHED

    tell(watched, steps(4))

    assert watched.asked == replace(WATCHED, after=4)


@instant
async def test_a_stream_goes_on_where_its_question_says() -> None:
    later = replace(WATCHED, after=3)

    assert stream(spec=later).asked == later


@instant
async def test_a_fit_that_gets_further_has_lost_no_worker() -> None:
    watched = stream()
    watched.losses = 2

    tell(watched, steps(1))

    assert watched.losses == 0


@instant
async def test_events_after_the_answer_are_ignored() -> None:
    watched = stream()
    watched.losses = 1
    watched.settle(answer())

    tell(watched, steps(4))

    assert [event.type for event in await read(watched)] == ["done"]
    assert watched.asked == WATCHED
    assert watched.losses == 1


@instant
async def test_a_worker_waits_when_more_than_a_megabyte_is_kept() -> None:
    watched, wire = stream(), Wire()

    tell(watched, steps(1, bytes(UNREAD_BYTES)), wire=wire)
    assert wire.calls == []
    tell(watched, steps(2, b"1"), steps(3, b"1"), wire=wire)

    assert wire.calls == ["pause"]
    assert UNREAD_BYTES == 2**20


@instant
async def test_a_worker_goes_on_when_the_events_are_read() -> None:
    watched = stream()
    wire = full(watched)

    await read(watched)

    assert wire.calls == ["pause", "resume"]


@instant
async def test_a_worker_may_wait_again() -> None:
    watched = stream()
    wire = full(watched)
    watched.take()

    tell(watched, steps(3, bytes(UNREAD_BYTES + 1)), wire=wire)

    assert wire.calls == ["pause", "resume", "pause"]


@instant
async def test_a_worker_that_is_done_is_read_again() -> None:
    watched = stream()
    wire = full(watched)

    watched.settle(answer())

    assert wire.calls == ["pause", "resume"]
    assert len(await read(watched)) == 2
    assert [event.type for event in await read(watched)] == ["done"]


@instant
async def test_closing_forgets_the_events_and_lets_the_worker_go_on() -> None:
    watched = stream()
    wire = full(watched)

    watched.close()

    assert wire.calls == ["pause", "resume"]
    assert watched.take() == []
    assert watched.answer.cancelled()
    tell(watched, steps(3, bytes(UNREAD_BYTES + 1)), wire=wire)
    assert wire.calls == ["pause", "resume"]


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
    waited.take()

    assert isinstance(watched.overdue(), FitTimeoutError)
    assert isinstance(waited.overdue(), SlowReaderError)
