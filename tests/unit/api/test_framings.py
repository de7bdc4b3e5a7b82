import pytest

from service.api.endpoints import NDJSON, SSE
from service.api.streaming import FRAMINGS
from service.pool.frames import EventBytes

STARTED = EventBytes("started", -1, b'{"type":"started"}')
STEPS = EventBytes("steps", 12, b'{"type":"steps","first":0}')
ROWS = EventBytes("rows", 7, b'{"type":"rows","first":4}')
DONE = EventBytes("done", 12, b'{"type":"done"}')
FAILED = EventBytes("failed", 0, b'{"type":"failed"}')


@pytest.mark.parametrize(
    ("told", "frame"),
    [
        (STARTED, b'event: started\ndata: {"type":"started"}\n\n'),
        (STEPS, b'event: steps\nid: 12\ndata: {"type":"steps","first":0}\n\n'),
        (ROWS, b'event: rows\nid: 7\ndata: {"type":"rows","first":4}\n\n'),
        (DONE, b'event: done\ndata: {"type":"done"}\n\n'),
        (FAILED, b'event: failed\ndata: {"type":"failed"}\n\n'),
    ],
)
def test_an_event_of_a_page_has_its_type_and_steps_and_rows_their_place(
    told: EventBytes, frame: bytes
) -> None:
    assert FRAMINGS[SSE].frame(told) == frame


@pytest.mark.parametrize("told", [STARTED, STEPS, ROWS, DONE, FAILED])
def test_an_event_on_a_line_is_its_json(told: EventBytes) -> None:
    assert FRAMINGS[NDJSON].frame(told) == told.body + b"\n"


def test_a_sign_of_life_is_no_event() -> None:
    assert FRAMINGS[SSE].alive == b": alive\n\n"
    assert FRAMINGS[NDJSON].alive == b"\n"


def test_a_page_is_told_to_come_back_in_a_second() -> None:
    assert FRAMINGS[SSE].more == b"retry: 1000\n\n"
    assert FRAMINGS[NDJSON].more == b""
