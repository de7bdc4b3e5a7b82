from dataclasses import dataclass
from typing import Any, get_args

import httpx
import pytest

from service.descent.questions.options import Include
from tests.support.bodies import JSON
from tests.support.streams import NDJSON, SSE, Event, Json, events, folded, ndjson, sse, timeless

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
POINTS: Json = {"t": [3.0, 1.0, 2.0, 5.0, 4.0, 9.0], "y": [1.0, 4.0, 2.0, 8.0, 5.0, 7.0]}
THIRD: Json = {"fraction": 0.3, "split": "interleaved"}
FITS: dict[str, Json] = {
    "the lecture": LECTURE,
    "its own arithmetic": LECTURE | {"precision": "float32"},
    "by the loop": LECTURE | {"solver": "loop", "steps": 200},
    "points posted": {"data": POINTS, "seed": 1, "lr": 1e-4},
    "points alone": {"data": POINTS, "seed": 1},
    "one point": {"data": {"t": [3], "y": [5]}, "seed": 1},
    "one step": LECTURE | {"steps": 1},
    "many steps": LECTURE | {"steps": 9_999},
    "thinned by default": LECTURE | {"steps": 25_000},
    "thinned": LECTURE | {"steps": 100, "record_every": 7},
    "thinned to the ends": LECTURE | {"steps": 100, "record_every": 1000},
    "diverging": LECTURE | {"lr": 1e-3, "steps": 1000},
    "diverging between records": LECTURE | {"lr": 1e-3, "steps": 1000, "record_every": 37},
    "diverging by the loop": LECTURE | {"lr": 1e-3, "steps": 1000, "solver": "loop"},
    "diverging at once": LECTURE | {"lr": 1e300},
    "points held out": LECTURE | {"validation": THIRD},
    "points held out, thinned": LECTURE | {"validation": THIRD, "steps": 3000, "record_every": 7},
    "stopped by a gap": LECTURE | {"steps": 1000, "stop": {"gap": 669.695}},
    "stopped by patience": LECTURE
    | {"steps": 1000, "lr": 4e-5, "stop": {"patience": 3}, "record_every": 2},
    "at": LECTURE | {"at": [2, 0, 30]},
    "params": LECTURE | {"include": ["params"]},
    "all that there is": LECTURE
    | {"include": list(get_args(Include)), "validation": THIRD, "at": [1]},
    "the best rate": {
        "synthetic": {"points": 40, "noise": 9},
        "seed": 7,
        "model": {"kind": "polynomial", "degree": 5},
        "steps": 300,
    },
    "degree 1 from zeros": LECTURE
    | {"model": {"kind": "polynomial", "degree": 1}, "init": "zeros", "include": ["gradients"]},
}


@dataclass(frozen=True)
class Run:
    """What a body is answered, once: as a whole, as events, and as lines."""

    whole: Json
    events: list[Event]
    lines: list[Json]


@pytest.fixture(scope="module", params=FITS.values(), ids=list(FITS))
def run(request: pytest.FixtureRequest, client: httpx.Client) -> Run:
    body: Json = request.param
    asked = [
        client.post(path, json=body, headers={"Accept": accept})
        for path, accept in (("/fit", "*/*"), ("/fit/stream", SSE), ("/fit/stream", NDJSON))
    ]
    assert [answer.status_code for answer in asked] == [200, 200, 200]
    whole, streamed, lined = asked
    return Run(whole.json(), sse(streamed.content), ndjson(lined.content))


def test_a_stream_is_its_result(run: Run) -> None:
    assert folded(event.content for event in run.events) == timeless(run.whole)


def test_steps_are_numbered_without_a_gap_and_end_where_the_id_says(run: Run) -> None:
    started, *steps, done = run.events
    every, last = started.content["resolved"]["record_every"], done.content["result"]["steps"]

    expected = 0
    for event in steps:
        assert event.content["first"] == min(expected, last)
        expected += every * len(event.content["loss"])
        assert event.id == min(expected - every, last)
    assert steps[-1].id == last
    assert (started.id, done.id) == (None, None)


def test_the_lines_hold_what_the_events_hold(run: Run) -> None:
    """A loop tells its steps as often as time passes: lines and events may be cut differently."""
    assert folded(run.lines) == folded(event.content for event in run.events)


def test_the_steps_have_the_columns_of_the_history(client: httpx.Client) -> None:
    body = FITS["all that there is"]

    told = [event for event in events(client, body) if event["type"] == "steps"]

    history = client.post("/fit", json=body).json()["history"]
    for name in ("params", "gradients"):
        assert {
            key: [value for event in told for value in event[name][key]] for key in "abc"
        } == history[name]
    assert [curve for event in told for curve in event["predictions"]] == history["predictions"]


def test_the_steps_have_the_losses_of_the_points_held_out(client: httpx.Client) -> None:
    body = FITS["points held out, thinned"]

    told = [event for event in events(client, body) if event["type"] == "steps"]

    whole = client.post("/fit", json=body).json()["validation_losses"]
    assert [loss for event in told for loss in event["validation_loss"]] == whole


def test_a_stream_has_the_points_and_the_parameters_whatever_is_included(
    client: httpx.Client,
) -> None:
    started, *steps, done = events(client, LECTURE | {"data": POINTS, "synthetic": None})

    assert started["data"] == POINTS
    assert all(set(event) == {"type", "first", "last", "loss", "params"} for event in steps)
    assert not {"history", "data"} & set(done["result"])


def test_the_start_says_what_is_known_before_the_first_step(client: httpx.Client) -> None:
    started, *_, done = events(client, {"synthetic": {}, "seed": 3})

    assert set(started) == {"type", "resolved", "data", "optimum", "analysis"}
    assert {name: started[name] for name in ("resolved", "optimum", "analysis")} == {
        name: done["result"][name] for name in ("resolved", "optimum", "analysis")
    }


def test_resolved_sent_again_gives_the_same_stream(client: httpx.Client) -> None:
    first = events(client, {"synthetic": {}, "steps": 50, "validation": THIRD})

    assert folded(events(client, first[0]["resolved"])) == folded(first)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, SSE),
        ("*/*", SSE),
        (SSE, SSE),
        ("text/*", SSE),
        (NDJSON, NDJSON),
        ("application/*", NDJSON),
        (f"{SSE};q=0.5, {NDJSON}", NDJSON),
        (f"{NDJSON};q=0.5, {SSE}", SSE),
        (f"{NDJSON}, */*;q=0.1", NDJSON),
        (f"{SSE};q=0, */*", NDJSON),
        ("application/json", SSE),
        ("image/png", SSE),
    ],
)
def test_the_framing_is_the_one_preferred(
    client: httpx.Client, accept: str | None, media_type: str
) -> None:
    headers = {} if accept is None else {"Accept": accept}

    answer = client.post("/fit/stream", json=LECTURE, headers=headers)

    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (
        200,
        media_type,
    )
    assert answer.content.startswith(b"event: " if media_type == SSE else b"{")


@pytest.mark.parametrize("accept", [SSE, NDJSON])
def test_no_proxy_holds_a_stream_back(client: httpx.Client, accept: str) -> None:
    headers = client.post(
        "/fit/stream", json=LECTURE, headers={"Accept": accept, "X-Request-ID": "streamed"}
    ).headers

    assert headers["Cache-Control"] == "no-cache"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["X-Request-ID"] == "streamed"
    assert "Content-Encoding" not in headers
    assert "Content-Length" not in headers


@pytest.mark.parametrize("accept", [SSE, NDJSON])
@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (
            {"content": b"{}", "headers": {"Content-Type": "text/plain"}},
            415,
            "unsupported_media_type",
        ),
        ({"content": b" " * (4 * 1024 * 1024 + 1), "headers": JSON}, 413, "body_too_large"),
        (
            {"json": {"data": {"t": [0, 1, 1e100], "y": [0, 1, 2]}, "lr": 1e-5}},
            422,
            "not_computable",
        ),
        ({"json": LECTURE | {"steps": 10_000_000, "solver": "loop"}}, 422, "cost_over_budget"),
        ({"json": LECTURE | {"steps": 999_999, "record_every": 1}}, 422, "answer_too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_fails_before_the_first_event_is_an_ordinary_problem(
    client: httpx.Client, sent: dict[str, Any], status: int, code: str, accept: str
) -> None:
    answer = client.post(
        "/fit/stream", **sent | {"headers": sent.get("headers", {}) | {"Accept": accept}}
    )

    assert (answer.status_code, answer.headers["Content-Type"]) == (
        status,
        "application/problem+json",
    )
    assert answer.json()["code"] == code


def test_other_methods_are_named(client: httpx.Client) -> None:
    answer = client.get("/fit/stream")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
