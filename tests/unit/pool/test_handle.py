import asyncio
import signal
import subprocess
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from socket import socket
from typing import cast

import pytest

from service.descent.questions.asked import Asked
from service.pool.activity import Activity
from service.pool.clocks import WallClock
from service.pool.frames import (
    EventBytes,
    Reply,
    ReplyKind,
    Tally,
    complete,
    pack_event,
    pack_reply,
    unpack_request,
)
from service.pool.handle import Worker
from service.pool.interface import FitTimeoutError, SlowReaderError
from service.pool.scheduling import (
    SMALL_SECONDS,
    STILL_SECONDS,
    STILL_TIMES,
    UNREAD_BYTES,
    UNRESPONSIVE_SECONDS,
)
from tests.support.time import INSTANT, instant, now, settled
from tests.support.workers import LARGE, QUICK, SMALL, WATCHED, answer, steps, stream, ticket


class Wire(asyncio.Transport):
    """A transport that remembers what the worker's end of it would see."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[list[Asked]] = []
        self.calls: list[str] = []
        self.closing = False
        self._written = bytearray()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._written += data
        self.sent += [list(unpack_request(payload)) for payload in complete(self._written)]

    def pause_reading(self) -> None:
        self.calls.append("pause")

    def resume_reading(self) -> None:
        if not self.closing:  # as the transports of asyncio and uvloop
            self.calls.append("resume")

    def abort(self) -> None:
        self.calls.append("abort")
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing


class Running:
    """A process that can be killed."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.alive = True
        self.kills = 0

    def is_alive(self) -> bool:
        return self.alive

    def kill(self) -> None:
        self.kills += 1
        self.alive = False


class Closable:
    """A socket over which nothing is sent."""

    def close(self) -> None:
        pass


class Driven:
    """A worker, driven by hand."""

    def __init__(self, *, ready: bool = True, seconds: float = 30.0) -> None:
        self.wire = Wire()
        self.process = Running()
        self.heard = 0
        self.counted: list[tuple[Asked, Tally]] = []
        process, memory = cast(BaseProcess, self.process), cast(socket, Closable())
        self.worker = Worker(process, memory, WallClock(seconds), self._hear, self._count)
        self.worker.connection_made(self.wire)
        if ready:
            self.reply(Reply(ReplyKind.READY, b"fake"))

    def _hear(self) -> None:
        self.heard += 1

    def _count(self, question: Asked, tally: Tally) -> None:
        self.counted.append((question, tally))

    def reply(self, *replies: Reply) -> None:
        self.worker.data_received(b"".join(map(pack_reply, replies)))

    def tell(self, *sent: EventBytes) -> None:
        self.worker.data_received(b"".join(map(pack_event, sent)))


@instant
async def test_a_worker_is_ready_once_it_says_so() -> None:
    driven = Driven(ready=False)
    worker = driven.worker
    assert (worker.ready, worker.idle, worker.soon) == (False, False, False)
    assert worker.kind == ""

    driven.reply(Reply(ReplyKind.READY, b"torch 2"))

    assert (worker.ready, worker.idle, worker.soon) == (True, True, True)
    assert worker.kind == "torch 2"


@instant
async def test_a_message_is_sent_whole() -> None:
    driven = Driven()

    driven.worker.send([ticket(), ticket()])
    driven.worker.send([stream()])

    assert driven.wire.sent == [[QUICK, QUICK], [WATCHED]]


@instant
async def test_replies_belong_to_the_fits_in_the_order_they_were_sent() -> None:
    driven = Driven()
    first, second, third = ticket(), ticket(), ticket()
    driven.worker.send([first, second])
    driven.worker.send([third])
    assert driven.worker.fits == [first, second, third]

    driven.reply(answer(b"1"))
    assert driven.worker.fits == [second, third]
    driven.reply(answer(b"2"), answer(b"3"))

    assert [each.answer.result() for each in (first, second, third)] == [[b"1"], [b"2"], [b"3"]]
    assert driven.worker.fits == []
    assert driven.worker.idle


@instant
async def test_the_pool_hears_of_replies_once_for_all_that_came_together() -> None:
    driven = Driven()
    driven.worker.send([ticket(), ticket(), ticket()])
    assert driven.heard == 1

    driven.reply(answer(), answer())
    driven.reply(answer())

    assert driven.heard == 3


@instant
async def test_a_reply_may_come_in_pieces() -> None:
    driven = Driven()
    waiting = ticket()
    driven.worker.send([waiting])
    frame = pack_reply(answer(b"whole"))

    driven.worker.data_received(frame[:9])
    assert not waiting.answer.done()
    driven.worker.data_received(frame[9:])

    assert waiting.answer.result() == [b"whole"]


@instant
async def test_a_large_answer_comes_in_parts_that_are_not_joined() -> None:
    driven = Driven()
    first, second = ticket(), ticket()
    driven.worker.send([first, second])

    driven.reply(Reply(ReplyKind.PART, b"1"), Reply(ReplyKind.PART, b"2"), answer(b"3"))
    driven.reply(answer(b"small"))

    assert first.answer.result() == [b"1", b"2", b"3"]
    assert second.answer.result() == [b"small"]


@instant
async def test_answers_are_counted_and_refusals_are_not() -> None:
    driven = Driven()
    tickets = [ticket(), ticket(), ticket()]
    driven.worker.send(tickets)
    tally = Tally("completed", 10, 0.5)

    driven.reply(answer(tally=tally), Reply(ReplyKind.REJECTED), Reply(ReplyKind.FAILED))

    assert driven.counted == [(QUICK, tally)]
    assert all(each.answer.exception() for each in tickets[1:])


@instant
async def test_a_worker_is_busy_until_the_last_reply() -> None:
    driven = Driven()
    driven.worker.send([ticket(), ticket()])
    assert not driven.worker.idle

    driven.reply(answer())
    assert not driven.worker.idle
    driven.reply(answer())

    assert driven.worker.idle


@instant
async def test_a_worker_is_soon_idle_if_all_its_fits_are_small() -> None:
    driven = Driven()
    driven.worker.send([ticket(), ticket()])
    assert driven.worker.soon

    driven.worker.send([ticket(LARGE)])

    assert not driven.worker.soon


@instant
async def test_a_worker_that_has_nothing_to_do_does_not_keep_up_with_anything() -> None:
    assert not Driven().worker.keeps_up


@pytest.mark.parametrize(
    ("costs", "keeps_up"),
    [
        ([SMALL], True),
        ([SMALL_SECONDS / 2, SMALL_SECONDS / 2], True),
        ([SMALL_SECONDS / 2, SMALL_SECONDS / 1.9], False),
        ([LARGE], False),
    ],
)
def test_a_worker_keeps_up_while_its_fits_take_ten_milliseconds(
    costs: list[float],
    keeps_up: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    @instant
    async def test() -> None:
        driven = Driven()
        driven.worker.send([ticket(cost) for cost in costs])

        assert driven.worker.keeps_up == keeps_up

    test()


@instant
async def test_a_worker_that_is_long_at_one_message_does_not_keep_up() -> None:
    driven = Driven()
    driven.worker.send([ticket()])

    await asyncio.sleep(UNRESPONSIVE_SECONDS - 0.001)
    assert driven.worker.keeps_up
    await asyncio.sleep(0.001)

    assert not driven.worker.keeps_up


@instant
async def test_patience_begins_anew_with_each_message() -> None:
    driven = Driven()
    driven.worker.send([ticket()])
    driven.worker.send([ticket()])

    await asyncio.sleep(UNRESPONSIVE_SECONDS)
    driven.reply(answer())

    assert driven.worker.keeps_up


@instant
async def test_a_fit_that_takes_too_long_is_ended_with_its_worker() -> None:
    driven = Driven(seconds=3)
    slow, behind = ticket(), ticket()
    driven.worker.send([slow])
    driven.worker.send([behind])

    await asyncio.sleep(2.999)
    assert not slow.answer.done()
    await asyncio.sleep(0.001)
    await settled()

    assert isinstance(slow.answer.exception(), FitTimeoutError)
    assert (driven.worker.killed, driven.worker.ready, driven.process.kills) == (True, False, 1)
    assert not behind.answer.done()


@instant
async def test_a_stream_whose_reader_was_slow_says_so_when_it_is_ended() -> None:
    driven = Driven(seconds=3)
    watched = stream()
    driven.worker.send([watched])
    driven.tell(steps(0, bytes(UNREAD_BYTES + 1)))

    await asyncio.sleep(3)
    await settled()

    assert isinstance(watched.answer.exception(), SlowReaderError)


@instant
async def test_fits_of_one_message_that_take_too_long_are_not_failed() -> None:
    driven = Driven(seconds=3)
    together = [ticket(), ticket()]
    driven.worker.send(together)

    await asyncio.sleep(2.999)
    assert not driven.worker.killed
    await asyncio.sleep(0.001)
    await settled()

    assert driven.worker.killed
    assert [each.answer.done() for each in together] == [False, False]
    assert driven.worker.fits == together


@instant
async def test_the_last_of_a_message_may_be_the_slow_one() -> None:
    driven = Driven(seconds=3)
    first, slow = ticket(), ticket()
    driven.worker.send([first, slow])

    await asyncio.sleep(2)
    driven.reply(answer())
    await asyncio.sleep(1)
    await settled()

    assert first.answer.result() == [b"{}"]
    assert isinstance(slow.answer.exception(), FitTimeoutError)


@instant
async def test_a_message_that_is_answered_in_time_ends_no_worker() -> None:
    driven = Driven(seconds=3)
    driven.worker.send([ticket()])
    driven.reply(answer())

    await asyncio.sleep(10)

    assert not driven.worker.killed


def watched(monkeypatch: pytest.MonkeyPatch, *seen: Activity | None) -> list[float]:
    """Let looks at the process see this, the last of it again and again. Return their times."""
    looks: list[float] = []

    def look(_pid: int | None) -> Activity | None:
        looks.append(now())
        return seen[min(len(looks), len(seen)) - 1]

    monkeypatch.setattr("service.pool.handle.activity_of", look)
    return looks


STILL = Activity(busy=False, cpu_seconds=1.0)


def test_a_worker_that_stands_still_is_killed_at_the_second_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @instant
    async def test() -> None:
        looks = watched(monkeypatch, STILL)
        driven = Driven()
        innocent = ticket()
        driven.worker.send([innocent])

        await asyncio.sleep(10)

        first = STILL_SECONDS + STILL_TIMES * SMALL
        assert looks == pytest.approx([first, first + STILL_SECONDS])
        assert driven.process.kills == 1
        assert not innocent.answer.done()

    test()


def test_a_worker_that_stands_still_in_its_start_is_killed_at_the_second_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @instant
    async def test() -> None:
        looks = watched(monkeypatch, STILL)
        driven = Driven(ready=False)

        await asyncio.sleep(10)

        assert looks == pytest.approx([STILL_SECONDS, 2 * STILL_SECONDS])
        assert driven.process.kills == 1

    test()


def test_an_idle_worker_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    @instant
    async def test() -> None:
        looks = watched(monkeypatch, STILL)
        Driven()

        await asyncio.sleep(10)

        assert looks == []

    test()


@pytest.mark.parametrize(
    "seen",
    [
        [Activity(busy=True, cpu_seconds=1.0)],
        [Activity(busy=False, cpu_seconds=each / 10) for each in range(20)],
        [None],
    ],
    ids=["it waits for a processor", "it sleeps now and then", "nothing is known about it"],
)
def test_a_worker_that_does_not_stand_still_has_its_whole_time(
    monkeypatch: pytest.MonkeyPatch, seen: list[Activity | None]
) -> None:
    @instant
    async def test() -> None:
        watched(monkeypatch, *seen)
        driven = Driven(seconds=10)
        driven.worker.send([ticket()])

        await asyncio.sleep(9.999)
        assert not driven.worker.killed
        await asyncio.sleep(0.001 + INSTANT)

        assert driven.worker.killed

    test()


def test_a_worker_that_waits_for_a_reader_does_not_stand_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @instant
    async def test() -> None:
        watched(monkeypatch, STILL)
        driven = Driven()
        driven.worker.send([stream(SMALL)])
        driven.tell(steps(0, bytes(UNREAD_BYTES + 1)))

        await asyncio.sleep(10)

        assert not driven.worker.killed

    test()


def test_a_worker_is_looked_at_after_several_predicted_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @instant
    async def test() -> None:
        looks = watched(monkeypatch, STILL)
        driven = Driven()
        driven.worker.send([ticket(LARGE)])

        await asyncio.sleep(STILL_SECONDS + STILL_TIMES * LARGE + INSTANT)

        assert looks == pytest.approx([STILL_SECONDS + STILL_TIMES * LARGE], abs=INSTANT)

    test()


@instant
async def test_the_time_of_a_message_begins_when_the_worker_turns_to_it() -> None:
    driven = Driven(seconds=3)
    first, second = ticket(), ticket()
    driven.worker.send([first])
    driven.worker.send([second])

    await asyncio.sleep(2)
    driven.reply(answer())
    await asyncio.sleep(2.999)
    assert not second.answer.done()
    await asyncio.sleep(0.001)
    await settled()

    assert isinstance(second.answer.exception(), FitTimeoutError)


@instant
async def test_killing_a_worker_ends_its_process_and_its_connection() -> None:
    driven = Driven()

    driven.worker.kill()

    assert (driven.process.kills, driven.wire.calls) == (1, ["abort"])
    assert (driven.worker.ready, driven.worker.killed) == (False, True)
    assert not driven.worker.lost.is_set()


@instant
async def test_a_process_that_has_ended_is_not_killed() -> None:
    driven = Driven()
    driven.process.alive = False
    driven.worker.connection_lost(None)

    driven.worker.kill()

    assert (driven.process.kills, driven.wire.calls) == (0, ["abort"])


@pytest.fixture
def sleeping() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing for a minute."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


@instant
async def test_a_process_whose_forkserver_has_ended_is_killed(
    sleeping: subprocess.Popen[bytes],
) -> None:
    driven = Driven()
    driven.process.pid, driven.process.alive = sleeping.pid, False

    driven.worker.kill()

    assert sleeping.wait() == -signal.SIGKILL


@instant
async def test_a_worker_whose_connection_ends_is_lost_and_keeps_what_it_has_not_answered() -> None:
    driven = Driven(seconds=3)
    waiting = ticket()
    driven.worker.send([waiting])

    driven.worker.connection_lost(None)
    await asyncio.sleep(10)

    assert (driven.worker.ready, driven.worker.killed) == (False, False)
    assert driven.worker.lost.is_set()
    assert driven.worker.fits == [waiting]
    assert not waiting.answer.done()


@instant
async def test_events_are_those_of_the_stream_at_work() -> None:
    driven = Driven()
    watched, behind = stream(), stream()
    driven.worker.send([watched])
    driven.worker.send([behind])

    driven.tell(steps(1), steps(2))

    assert watched.take() == [steps(1), steps(2)]
    assert behind.take() == []


def filled(driven: Driven) -> Callable[[], object]:
    """Fills a stream beyond what may be kept, and returns what takes it."""
    watched = stream()
    driven.worker.send([watched])
    driven.tell(steps(0, bytes(UNREAD_BYTES + 1)))
    assert driven.wire.calls == ["pause"]
    return watched.take


@instant
async def test_a_worker_is_not_read_while_too_much_is_kept() -> None:
    driven = Driven()
    take = filled(driven)

    take()

    assert driven.wire.calls == ["pause", "resume"]


@instant
async def test_a_connection_that_is_closing_is_not_read_again() -> None:
    driven = Driven()
    take = filled(driven)
    driven.wire.closing = True

    take()

    assert driven.wire.calls == ["pause"]


@instant
async def test_a_worker_that_ends_a_stream_nobody_reads_is_heard_by_the_next() -> None:
    """What fills the stream comes in one piece with the end of the fit."""
    driven = Driven()
    unread, quick = stream(), ticket()
    driven.worker.send([unread])
    driven.worker.data_received(
        pack_event(steps(0, bytes(UNREAD_BYTES + 1))) + pack_reply(answer(b"long"))
    )
    assert driven.wire.calls == ["pause", "resume"]

    driven.worker.send([quick])
    driven.reply(answer(b"quick"))

    assert quick.answer.result() == [b"quick"]


@instant
async def test_what_comes_after_a_stream_was_closed_is_heard_and_forgotten() -> None:
    driven = Driven()
    left = stream()
    driven.worker.send([left])
    driven.tell(steps(0, bytes(UNREAD_BYTES + 1)))
    left.close()

    driven.tell(steps(1, bytes(UNREAD_BYTES + 1)))
    driven.reply(answer())

    assert driven.wire.calls == ["pause", "resume"]
    assert left.take() == []
    assert driven.worker.idle


@instant
async def test_a_message_waits_while_the_worker_has_not_read_what_was_sent() -> None:
    driven = Driven()
    driven.worker.pause_writing()
    driven.worker.send([ticket()])
    assert driven.wire.sent == []

    driven.worker.resume_writing()

    assert driven.wire.sent == [[QUICK]]
