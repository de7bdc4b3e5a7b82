"""Streams as a client sees them: read strictly, so that whatever is loose in their framing is
found.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import httpx

SSE, NDJSON = "text/event-stream", "application/x-ndjson"
FRAME = re.compile(
    rb"event: (?P<event>[a-z]+)\n(?:id: (?P<id>\d+)\n)?data: (?P<data>[^\n]+)", re.ASCII
)
ALIVE = b": alive"

Json = dict[str, Any]


class Event(NamedTuple):
    """One event, and what stands on its `id:` line."""

    id: int | None
    content: Json


def sse(content: bytes) -> list[Event]:
    """The events of a whole body in text/event-stream."""
    assert content.endswith(b"\n\n")
    return [_event(frame) for frame in content[:-2].split(b"\n\n") if frame != ALIVE]


def ndjson(content: bytes) -> list[Json]:
    """The events of a whole body in application/x-ndjson."""
    assert content.endswith(b"\n")
    return [json.loads(line) for line in content.splitlines() if line]


def _event(frame: bytes) -> Event:
    found = FRAME.fullmatch(frame)
    assert found, frame[:200]
    content = json.loads(found["data"])
    assert content["type"] == found["event"].decode()
    return Event(None if found["id"] is None else int(found["id"]), content)


def events(client: httpx.Client, body: Json) -> list[Json]:
    """Those of a stream that is read to its end."""
    answer = client.post("/fit/stream", json=body)
    assert answer.status_code == 200, answer.text
    return [event.content for event in sse(answer.content)]


def folded(told: Iterable[Json]) -> Json:
    """The answer that the events of a stream add up to, but for its time."""
    started, *steps, done = told
    assert (started["type"], {event["type"] for event in steps}, done["type"]) == (
        "started",
        {"steps"},
        "done",
    )
    result: Json = done["result"]
    assert "losses" not in result
    return timeless(result | {"losses": [loss for event in steps for loss in event["loss"]]})


def timeless(answer: Json) -> Json:
    """An answer but for the time that it took."""
    return {name: value for name, value in answer.items() if name != "elapsed_ms"}
