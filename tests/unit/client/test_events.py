import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaster_client.calls import Lost, Response, job_events, stream
from coaster_client.errors import NotFoundError, UnavailableError, UnreachableError
from coaster_client.events import Part, Position, Reading
from coaster_client.models import StepsEvent, StreamEvent
from coaster_client.retries import Attempts, Retries

STARTED = {"type": "started", "resolved": {}, "data": {"t": [], "y": []}, "analysis": {}}
DONE = {"type": "done", "result": {}}
FAILED = {"type": "failed", "problem": {"code": "poison"}}


def steps(*recorded: int) -> dict[str, Any]:
    """An event with these steps, whose columns have the numbers of the steps."""
    return {
        "type": "steps",
        "first": recorded[0],
        "last": recorded[-1],
        "loss": [float(step) for step in recorded],
        "params": {"a": [-float(step) for step in recorded]},
    }


def rows(first: int, last: int) -> dict[str, Any]:
    """An event with these rows."""
    columns = ("loss", "optimum", "r2", "converged", "rate", "reach", "steps_needed", "problems")
    ids = {"ids": [str(row) for row in range(first, last + 1)], "params": {}}
    return {"type": "rows", "first": first, "last": last} | ids | {name: [] for name in columns}


def lines(*events: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def reading(*, after: int | None = None, resumes: bool = True, attempts: int = 10) -> Reading[Any]:
    call = job_events("1") if resumes else stream({})
    allowed = Attempts(Retries(attempts, 100), chance=lambda: 0.0, now=lambda: 0.0)
    return Reading(call, allowed, resumes=resumes, after=after)


def received(stream: Reading[Any], *parts: Part) -> list[StreamEvent]:
    """Open the stream, and return the events of these parts."""
    stream.call()
    return [event for part in parts for event in stream.receive(part)]


def raw(events: Iterable[StreamEvent]) -> list[dict[str, Any]]:
    return [event.raw for event in events]


def position(stream: Reading[Any]) -> str | None:
    """Return the position that the next request sends."""
    return stream.call().headers.get("Last-Event-ID")


def test_events_are_read_however_the_bytes_are_cut() -> None:
    sent = lines(STARTED, steps(0, 1, 2), DONE)

    events = received(reading(), *[sent[index : index + 1] for index in range(len(sent))])

    assert raw(events) == [STARTED, steps(0, 1, 2), DONE]


def test_an_empty_line_keeps_the_connection_open_and_is_no_event() -> None:
    assert received(reading(), b"\n\n") == []


def test_a_line_that_broke_off_is_no_event() -> None:
    broken = reading()

    first = received(broken, lines(steps(0, 1)) + lines(steps(2, 3))[:-1], Lost("cut"))
    then = received(broken, lines(steps(2, 3)))

    assert raw([*first, *then]) == [steps(0, 1), steps(2, 3)]


def test_a_page_of_a_gateway_is_not_a_stream() -> None:
    with pytest.raises(UnreachableError, match="not that of Coaster"):
        received(reading(), b"<html>\n")


def test_an_event_of_a_later_version_is_left_out() -> None:
    assert received(reading(), lines({"type": "weather"})) == []


def test_the_first_request_has_no_position() -> None:
    assert position(reading()) is None


def test_a_stream_continues_after_its_last_step() -> None:
    broken = reading()
    received(broken, lines(STARTED, steps(0, 5), steps(10, 15)))

    assert position(broken) == "15"


def test_a_stream_that_breaks_off_before_its_first_step_continues_where_it_was_opened() -> None:
    broken = reading(after=40)
    received(broken, b"\n", Lost("cut"))

    assert position(broken) == "40"


def test_started_is_not_repeated() -> None:
    broken = reading()

    events = received(broken, lines(STARTED)) + received(broken, lines(STARTED, steps(0, 1)))

    assert raw(events) == [STARTED, steps(0, 1)]


def test_points_that_are_read_are_not_repeated() -> None:
    broken = reading()
    first, second = ({"type": "reading", "points_read": points} for points in (10, 20))

    events = received(broken, lines(first)) + received(broken, lines(first, second))

    assert raw(events) == [first, second]


@given(
    recorded=st.tuples(st.integers(1, 60), st.integers(1, 9)).map(
        lambda drawn: [*range(0, drawn[0], drawn[1]), drawn[0]]
    ),
    blocks=st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=60), min_size=1, max_size=6),
    back=st.lists(st.integers(0, 7), min_size=6, max_size=6),
)
def test_each_step_arrives_once_however_blocks_overlap(
    recorded: list[int], blocks: list[list[int]], back: list[int]
) -> None:
    """Every connection sends blocks of other sizes, from some steps before the position on."""
    known = Position()
    found: list[float] = []
    for sizes, overlap in zip(blocks, back, strict=False):
        start = max(0, len(found) - overlap)
        for size in sizes:
            block = recorded[start : start + size]
            if not block:
                break
            event = known.new(StepsEvent(steps(*block)))
            found += event.loss if isinstance(event, StepsEvent) else []
            start += size

    assert found == recorded[: len(found)]


def test_series_continue_after_their_last_block() -> None:
    stream = reading()
    first, second = rows(0, 2), rows(3, 4)

    events = received(stream, lines(first), Lost("the cable"))
    assert position(stream) == "2"
    events += received(stream, lines(first, second))

    assert raw(events) == [first, second]


def test_every_column_is_cut_like_the_loss() -> None:
    known = Position()
    known.new(StepsEvent(steps(0, 10, 20)))

    event = known.new(StepsEvent(steps(10, 20, 30, 35)))

    assert event is not None
    assert event.raw == steps(30, 35)


@pytest.mark.parametrize("last", [DONE, FAILED], ids=lambda event: str(event["type"]))
def test_a_stream_ends_with_its_last_event(last: dict[str, Any]) -> None:
    ended = reading()
    received(ended, lines(last), Lost("cut after the end"))

    assert ended.ended
    assert ended.pause() == 0.0


def test_no_content_ends_a_stream() -> None:
    ended = reading()
    received(ended, Response(204, {}, b""))

    assert ended.ended


def test_a_stream_that_ends_without_a_last_event_is_opened_again() -> None:
    again = reading()
    received(again, lines(steps(0, 1)))

    again.pause()

    assert not again.ended


def test_a_job_that_does_not_exist_ends_the_stream() -> None:
    lost = reading()
    received(lost, Response(404, {}, b""))

    with pytest.raises(NotFoundError):
        lost.pause()


def test_a_stream_that_is_refused_too_often_ends_with_the_problem() -> None:
    refused = reading(attempts=1)
    received(refused, Response(503, {}, b""))

    with pytest.raises(UnavailableError):
        refused.pause()


def test_a_stream_that_says_nothing_is_given_up() -> None:
    silent = reading(attempts=2)
    received(silent)
    silent.pause()
    received(silent)

    with pytest.raises(UnreachableError, match="before its last event"):
        silent.pause()


def test_each_sign_of_life_begins_the_attempts_anew() -> None:
    slow = reading(attempts=2)
    for _ in range(5):
        received(slow, b"\n", Lost("cut"))
        slow.pause()

    assert not slow.ended


def test_a_fit_that_has_begun_is_never_sent_again() -> None:
    fitting = reading(resumes=False)
    received(fitting, lines(STARTED), Lost("cut"))

    with pytest.raises(UnreachableError, match=r"cut.*cannot continue"):
        fitting.pause()


def test_a_fit_that_has_not_begun_is_sent_again() -> None:
    fitting = reading(resumes=False)
    received(fitting, Response(503, {}, b""))

    assert fitting.pause() == 0.0
    assert position(fitting) is None
