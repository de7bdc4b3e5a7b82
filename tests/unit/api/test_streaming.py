"""Streams on a clock that does not wait: what is sent when, and who is disconnected when."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from service.api.disconnect import WATCH_SECONDS
from service.api.state import state_of
from service.api.streaming import CUT_SECONDS, EventStream
from service.pool.frames import EventBytes
from service.pool.interface import (
    FailedError,
    FitTimeoutError,
    PoolError,
    QueueFullError,
    RejectedError,
    ShuttingDownError,
    SlowReaderError,
    WorkerLostError,
)
from tests.support.applications import application
from tests.support.exchange import Exchange
from tests.support.pools import InProcessPool, ScriptedPool
from tests.support.scraping import scraped_in_process
from tests.support.streams import NDJSON, SSE, Json, ndjson, sse
from tests.support.time import instant, now, passed, settled

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
STARTED = EventBytes("started", -1, b'{"type":"started"}')
STEPS = EventBytes("steps", 3, b'{"type":"steps","first":0,"last":3,"loss":[4,3,2,1]}')
DONE = EventBytes("done", 10, b'{"type":"done","result":{}}')
STARTED_FRAME = b'event: started\ndata: {"type":"started"}\n\n'
STEPS_FRAME = b'event: steps\nid: 3\ndata: {"type":"steps","first":0,"last":3,"loss":[4,3,2,1]}\n\n'
DONE_FRAME = b'event: done\ndata: {"type":"done","result":{}}\n\n'
ALIVE_SECONDS = 15
PATIENCE_SECONDS = 10
PIECE_BYTES = 16_384
PIECES = 5
LONG = EventBytes(
    "steps", 3, b'{"type":"steps","loss":[%s1]}' % (b"1," * (PIECES * PIECE_BYTES // 2))
)
"""An event of a little more than five pieces."""
ALIVE = {SSE: b": alive\n\n", NDJSON: b"\n"}
FAILURES: dict[type[PoolError], tuple[int, str, str]] = {
    QueueFullError: (503, "queue_full", "No worker was free in time"),
    ShuttingDownError: (503, "shutting_down", "The service is shutting down"),
    WorkerLostError: (503, "worker_lost", "Three worker processes ended during this fit"),
    FitTimeoutError: (504, "fit_timeout", "The fit exceeded its time limit"),
    SlowReaderError: (408, "slow_reader", "The client read the stream too slowly"),
    RejectedError: (422, "not_computable", "said by the pool"),
    FailedError: (500, "internal_error", "The service failed and logged the error"),
}


@dataclass(frozen=True)
class Stage:
    """An application whose pool says what the test wants."""

    app: FastAPI
    pool: ScriptedPool
    job_pool: InProcessPool

    def stream(self, accept: str = SSE) -> Exchange:
        """A stream that has been asked for."""
        asked = Exchange(self.app, "POST", "/fit/stream", body=LECTURE, headers={"Accept": accept})
        return asked.begin()

    @property
    def free(self) -> bool:
        """Whether nothing is kept for any stream."""
        places = len(state_of(self.app).streams) + len(state_of(self.app).fits)
        return (places, self.pool.load.busy) == (0, 0)


@asynccontextmanager
async def stage(**given: Any) -> AsyncIterator[Stage]:
    pool, job_pool = ScriptedPool(), InProcessPool()
    async with application(pool, job_pool, **given) as (app, _):
        yield Stage(app, pool, job_pool)


@instant
async def test_each_event_is_sent_as_it_happens() -> None:
    async with stage() as on:
        stream = on.stream()
        await settled()
        assert stream.sent == []
        on.pool.tell(STARTED)
        await settled()
        assert stream.parts == [STARTED_FRAME]
        on.pool.tell(STEPS)
        await settled()
        assert stream.parts == [STARTED_FRAME, STEPS_FRAME]
        on.pool.tell(DONE)
        await settled()
        assert stream.parts == [STARTED_FRAME, STEPS_FRAME, DONE_FRAME]
        on.pool.end()
        await stream.ended()

        assert (stream.status, stream.sent[-1]["more_body"], on.free) == (200, False, True)


@instant
async def test_a_long_event_is_sent_in_pieces() -> None:
    async with stage() as on:
        stream = on.stream(NDJSON)
        on.pool.tell(LONG)
        await settled()

        sizes = [len(part) for part in stream.parts]
        assert sizes == [PIECE_BYTES] * PIECES + [len(LONG.body) + 1 - PIECES * PIECE_BYTES]
        assert stream.content == LONG.body + b"\n"


@pytest.mark.parametrize("accept", [SSE, NDJSON])
def test_a_silent_stream_gives_a_sign_of_life_every_fifteen_seconds(accept: str) -> None:
    @instant
    async def test() -> None:
        async with stage() as on:
            stream = on.stream(accept)
            await passed(ALIVE_SECONDS - 1)
            assert stream.sent == []
            await passed(1)
            assert (stream.status, stream.parts) == (200, [ALIVE[accept]])
            await passed(2 * ALIVE_SECONDS)
            assert stream.parts == [ALIVE[accept]] * 3

    test()


@instant
async def test_an_event_puts_off_the_next_sign_of_life() -> None:
    async with stage() as on:
        stream = on.stream()
        await passed(ALIVE_SECONDS - 1)
        on.pool.tell(STARTED)
        await passed(ALIVE_SECONDS - 1)
        assert stream.parts == [STARTED_FRAME]
        await passed(1)
        assert stream.parts == [STARTED_FRAME, ALIVE[SSE]]


@instant
async def test_an_event_that_comes_after_signs_of_life_is_not_lost() -> None:
    async with stage() as on:
        stream = on.stream()
        await passed(2 * ALIVE_SECONDS)
        on.pool.tell(STARTED, DONE)
        on.pool.end()
        await stream.ended()

        assert [event.content["type"] for event in sse(stream.content)] == ["started", "done"]


@instant
async def test_a_client_that_leaves_in_the_middle_frees_what_was_kept_for_it() -> None:
    async with stage() as on:
        stream = on.stream()
        on.pool.tell(STARTED)
        await passed(1)
        assert not on.free
        stream.leave()
        await settled()

        assert (stream.done, on.free, stream.content) == (True, True, STARTED_FRAME)


@instant
async def test_a_client_that_leaves_before_the_first_event_is_told_of_as_gone() -> None:
    async with stage() as on:
        stream = on.stream()
        stream.leave()
        await passed(WATCH_SECONDS)

        assert (stream.done, on.free) == (True, True)
        metrics = await scraped_in_process(on.app)
        request = {"route": "/fit/stream", "method": "POST", "status": "499"}
        assert metrics("coaster_request_duration_seconds_count", **request) == 1


@instant
async def test_a_slow_reader_frees_the_worker_and_is_told_why_when_it_reads_again() -> None:
    async with stage() as on:
        stream = on.stream()
        on.pool.tell(STARTED)
        await settled()
        stream.stop_reading()
        on.pool.tell(STEPS)
        await passed(PATIENCE_SECONDS - 1)
        assert on.pool.load.busy == 1
        await passed(1)
        assert on.pool.load.busy == 0
        stream.read_on()
        await stream.ended()

        told = [event.content for event in sse(stream.content)]
        assert [each["type"] for each in told] == ["started", "steps", "failed"]
        assert told[1] == json.loads(STEPS.body)
        problem = told[2]["problem"]
        assert (problem["code"], problem["status"]) == ("slow_reader", 408)
        assert problem["detail"] == "The client read nothing for 10 seconds."
        assert (stream.aborted, on.free) == (False, True)


@instant
async def test_a_slow_reader_is_given_the_rest_of_the_event_that_it_was_taking() -> None:
    async with stage() as on:
        stream = on.stream(NDJSON)
        stream.stop_reading()
        on.pool.tell(LONG)
        await passed(1)
        stream.take(3)  # the head, and two pieces
        await passed(PATIENCE_SECONDS)
        stream.read_on()
        await stream.ended()

        event, failed = stream.content.splitlines()
        assert event == LONG.body
        assert json.loads(failed)["problem"]["code"] == "slow_reader"


@instant
async def test_a_slow_reader_that_never_reads_again_is_disconnected() -> None:
    async with stage() as on:
        stream = on.stream()
        on.pool.tell(STARTED)
        await settled()
        stream.stop_reading()
        on.pool.tell(STEPS)
        await passed(2 * PATIENCE_SECONDS - 1)
        assert not stream.aborted
        await passed(1)
        assert stream.aborted
        await passed(CUT_SECONDS)

        assert (stream.done, on.free, stream.content) == (True, True, STARTED_FRAME)


@instant
async def test_without_a_way_to_disconnect_it_the_stream_of_a_slow_reader_ends() -> None:
    async with stage() as on:
        stream = on.stream()
        del stream.scope["extensions"]
        on.pool.tell(STARTED)
        await settled()
        stream.stop_reading()
        on.pool.tell(STEPS)
        await passed(2 * PATIENCE_SECONDS)

        assert (stream.done, on.free, stream.content) == (True, True, STARTED_FRAME)


@instant
async def test_a_reader_that_does_not_take_the_head_is_disconnected() -> None:
    async with stage() as on:
        stream = on.stream()
        stream.stop_reading()
        on.pool.tell(STARTED)
        await passed(PATIENCE_SECONDS - 1)
        assert not stream.aborted
        await passed(1 + CUT_SECONDS)

        assert (stream.aborted, stream.done, on.free) == (True, True, True)


@instant
async def test_a_reader_that_stops_within_the_last_event_is_disconnected() -> None:
    async with stage() as on:
        stream = on.stream()
        on.pool.tell(STARTED)
        await settled()
        stream.stop_reading()
        on.pool.tell(DONE)
        on.pool.end()
        await passed(2 * PATIENCE_SECONDS + CUT_SECONDS)

        assert (stream.aborted, stream.done, on.free) == (True, True, True)


@instant
async def test_a_reader_that_takes_a_piece_at_a_time_is_not_cut() -> None:
    async with stage() as on:
        stream = on.stream(NDJSON)
        stream.stop_reading()
        on.pool.tell(LONG)
        on.pool.end()
        while not stream.done:
            await passed(PATIENCE_SECONDS - 1)
            stream.take(1)

        # the head, each piece and the end are taken nine seconds apart
        assert now() > PIECES * (PATIENCE_SECONDS - 1)
        assert (stream.aborted, stream.content) == (False, LONG.body + b"\n")


@pytest.mark.parametrize("error", FAILURES)
def test_a_failure_after_the_first_event_is_the_last_event(error: type[PoolError]) -> None:
    @instant
    async def test() -> None:
        status, code, detail = FAILURES[error]
        async with stage() as on:
            stream = on.stream()
            on.pool.tell(STARTED)
            on.pool.fail(error("said by the pool") if error is RejectedError else error())
            await stream.ended()

            _, failed = sse(stream.content)
            problem = failed.content["problem"]
            assert (stream.status, failed.id, failed.content["type"]) == (200, None, "failed")
            assert (problem["status"], problem["code"]) == (status, code)
            assert problem["detail"].startswith(detail)
            assert problem["request_id"] == stream.headers["x-request-id"]
            metrics = await scraped_in_process(on.app)
            assert metrics("coaster_problems_total", code=code) == 1
            assert on.free

    test()


@pytest.mark.parametrize("error", FAILURES)
def test_a_failure_before_the_first_event_is_an_ordinary_problem(error: type[PoolError]) -> None:
    @instant
    async def test() -> None:
        status, code, detail = FAILURES[error]
        async with stage() as on:
            stream = on.stream()
            on.pool.fail(error("said by the pool") if error is RejectedError else error())
            await stream.ended()

            problem = stream.json()
            assert (stream.status, problem["code"]) == (status, code)
            assert problem["detail"].startswith(detail)
            assert stream.headers["content-type"] == "application/problem+json"
            assert stream.headers.get("retry-after") == ("1" if status == 503 else None)
            assert on.free

    test()


@instant
async def test_a_stream_that_is_open_for_too_long_ends_with_the_reason() -> None:
    async with stage(max_stream_seconds=40) as on:
        stream = on.stream(NDJSON)
        on.pool.tell(STARTED)
        await passed(39)
        assert not stream.done
        await passed(1)

        started, failed = ndjson(stream.content)
        assert (started["type"], failed["type"], stream.done) == ("started", "failed", True)
        assert failed["problem"]["code"] == "stream_limit"
        assert failed["problem"]["detail"] == "The stream was open for the maximum time."
        assert on.free


@instant
async def test_a_stream_that_has_not_begun_when_its_time_is_over_is_an_ordinary_problem() -> None:
    async with stage(max_stream_seconds=10) as on:
        stream = on.stream()
        await passed(10)

        assert (stream.status, stream.json()["code"], on.free) == (503, "stream_limit", True)


@instant
async def test_a_stream_that_ends_in_time_is_not_ended_again() -> None:
    async with stage(max_stream_seconds=10) as on:
        stream = on.stream()
        on.pool.tell(STARTED, DONE)
        on.pool.end()
        await passed(20)

        assert [event.content["type"] for event in sse(stream.content)] == ["started", "done"]


@instant
async def test_more_streams_than_may_be_open_are_refused() -> None:
    async with stage(max_streams=2) as on:
        first, second = on.stream(), on.stream()
        await settled()
        refused = await on.stream().ended()
        problem = refused.json()
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert (problem["code"], problem["limit"]) == ("too_many_streams", 2)
        assert len(state_of(on.app).streams) == 2
        first.leave()
        await passed(1)
        third = on.stream()
        on.pool.tell(STARTED)  # the second waits for it first
        await settled()

        assert (first.done, second.status, third.done) == (True, 200, False)


@instant
async def test_when_the_service_ends_all_streams_end_and_no_more_are_taken() -> None:
    async with stage() as on:
        begun = on.stream()
        on.pool.tell(STARTED)
        await settled()
        waiting = on.stream()
        await settled()
        state_of(on.app).streams.end()
        await settled()
        late = await on.stream().ended()

        failed = sse(begun.content)[-1].content
        assert failed["problem"]["code"] == "shutting_down"
        assert failed["problem"]["detail"] == "The service is shutting down."
        for stream in (waiting, late):
            assert (stream.status, stream.json()["code"]) == (503, "shutting_down")
        assert on.free


@instant
async def test_streams_that_are_open_when_the_application_ends_are_ended() -> None:
    async with stage() as on:
        stream = on.stream()
        on.pool.tell(STARTED)
        await settled()
    await stream.ended()

    failed = sse(stream.content)[-1].content
    assert (failed["type"], failed["problem"]["code"]) == ("failed", "shutting_down")


@instant
async def test_a_stream_that_a_server_cancels_ends_with_the_reason() -> None:
    async with stage() as on:
        begun = on.stream()
        on.pool.tell(STARTED)
        await settled()
        waiting = on.stream()
        await settled()
        for stream in (begun, waiting):
            stream.cancel()
        await settled()

        assert sse(begun.content)[-1].content["problem"]["code"] == "shutting_down"
        assert (waiting.status, waiting.json()["code"]) == (503, "shutting_down")
        assert on.free


@instant
async def test_a_stream_is_a_response_that_any_application_can_send() -> None:
    async def events() -> AsyncGenerator[EventBytes, None]:
        yield STARTED
        yield DONE

    async with stage() as on:

        async def plain(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request({**scope, "app": on.app}, receive)
            response = EventStream(request, SSE, events(), lambda _: None)
            await response(request.scope, receive, send)

        exchange = Exchange(plain, "GET", "/")
        exchange.scope["state"] = {}
        await exchange.begin().ended()

        assert (exchange.status, exchange.parts) == (200, [STARTED_FRAME, DONE_FRAME])


@pytest.mark.parametrize(
    ("accept", "content"), [(SSE, b": alive\n\nretry: 1000\n\n"), (NDJSON, b"\n")]
)
def test_a_reader_of_a_job_is_asked_to_come_back_when_its_stream_ends_early(
    accept: str, content: bytes
) -> None:
    @instant
    async def test() -> None:
        async with stage(max_stream_seconds=10) as on:
            on.job_pool.hold()
            job = await Exchange(on.app, "POST", "/jobs", body=LECTURE).begin().ended()
            place = job.headers["location"]
            stream = Exchange(on.app, "GET", f"{place}/events", headers={"Accept": accept}).begin()
            await passed(10)

            assert (stream.done, stream.status, stream.content) == (True, 200, content)
            metrics = await scraped_in_process(on.app)
            assert metrics("coaster_problems_total", code="stream_limit") == 0

    test()
