"""Questions whose points are a file."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest

from service.descent.methods.bounds import MAX_FILE_POINTS, MAX_POINTS, MAX_UNIT_VALUES
from tests.support.applications import client_in_process
from tests.support.streams import NDJSON, Json, timeless
from tests.support.tables import T, Y, arrow, arrow_file, npy, parquet

CSV = "text/csv"
NPY = "application/x-npy"
FILES: dict[str, Callable[[pd.DataFrame], bytes]] = {
    CSV: lambda frame: frame.to_csv(index=False).encode(),
    "application/vnd.apache.parquet": lambda frame: parquet(dict(frame)),
    "application/vnd.apache.arrow.stream": lambda frame: arrow(dict(frame)),
    "application/vnd.apache.arrow.file": lambda frame: arrow_file(dict(frame)),
    NPY: npy,
}
"""The functions that write a frame as a file, by media type."""
SETTINGS: Json = {"seed": 42, "steps": 10}
POINTS = b"t,y\n" + b"".join(b"%r,%r\n" % pair for pair in zip(T, Y, strict=True))
GENERATOR = np.random.default_rng(1)
T_200 = np.cumsum(GENERATOR.exponential(size=200))
FRAME = pd.DataFrame(
    {
        "t": T_200,
        "y": np.where(np.arange(200) == 7, np.nan, np.square(T_200) + GENERATOR.normal(size=200)),
        "w": GENERATOR.integers(0, 4, 200).astype(float),
    }
)
"""Points with weights, one of which is missing."""


def sent(
    client: httpx.Client,
    path: str,
    file: bytes,
    kind: str = CSV,
    headers: dict[str, str] | None = None,
    **options: Any,
) -> httpx.Response:
    given = {"Content-Type": kind, "Coaster-Options": json.dumps(SETTINGS | options)}
    return client.post(path, content=file, headers=given | (headers or {}))


def in_json(frame: pd.DataFrame, **names: str) -> dict[str, list[float | None]]:
    """Return columns of a frame as `data` of a request."""
    return {
        field: [None if np.isnan(value) else value for value in frame[name].tolist()]
        for field, name in names.items()
    }


def refusal(answer: httpx.Response) -> tuple[int, str]:
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, problem["code"]


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/fit", {}),
        ("/fit", {"include": ["data", "params"], "validation": {"fraction": 0.2}}),
        ("/fit", {"loss": {"kind": "huber"}, "steps": 3}),
        ("/fit", {"batch_size": 16, "lr": 1e-6}),
        ("/fit", {"model": {"kind": "mlp"}, "steps": 3}),
        ("/sweep", {"lrs": [1e-7, 1e-6]}),
        ("/analysis", {}),
    ],
)
def test_a_file_gives_the_answer_of_its_json(
    client: httpx.Client, kind: str, path: str, options: Json
) -> None:
    if path == "/analysis":
        options = options | {"lr": 1e-6}
    data = in_json(FRAME, t="t", y="y", weights="w")
    columns = {"t": 1, "y": 2, "weights": 3}

    answer = sent(client, path, FILES[kind](FRAME), kind, columns=columns, **options)

    expected = client.post(path, json=SETTINGS | options | {"data": data})
    assert answer.status_code == 200, answer.text
    assert timeless(answer.json()) == timeless(expected.json())


def test_a_stream_of_a_file_is_that_of_its_json(client: httpx.Client) -> None:
    expected = client.post(
        "/fit/stream", json=SETTINGS | {"data": {"t": T, "y": Y}}, headers={"Accept": NDJSON}
    )

    answer = sent(client, "/fit/stream", POINTS, headers={"Accept": NDJSON})

    lines, others = answer.text.splitlines(), expected.text.splitlines()
    assert lines[:-1] == others[:-1]
    assert timeless(json.loads(lines[-1])["result"]) == timeless(json.loads(others[-1])["result"])


def test_columns_are_chosen_by_name(client: httpx.Client) -> None:
    chosen = sent(client, "/fit", POINTS, columns={"t": "y", "y": "t"}).json()

    expected = client.post("/fit", json=SETTINGS | {"data": {"t": Y, "y": T}}).json()
    assert timeless(chosen) == timeless(expected)


def test_a_third_column_of_npy_has_the_weights_of_t_and_y_in_either_order(
    client: httpx.Client,
) -> None:
    columns = {"t": 2, "y": 1}

    answer = sent(client, "/fit", npy(FRAME[["y", "t", "w"]]), NPY, columns=columns)

    data = in_json(FRAME, t="t", y="y", weights="w")
    expected = client.post("/fit", json=SETTINGS | {"data": data}).json()
    assert timeless(answer.json()) == timeless(expected)


def test_sigma_is_absolute_if_the_options_say_so(client: httpx.Client) -> None:
    frame = FRAME.assign(s=FRAME["w"] + 1)
    data = in_json(frame, t="t", y="y", sigma="s") | {"sigma_is": "absolute"}
    columns = {"t": "t", "y": "y", "sigma": "s"}

    answer = sent(client, "/fit", FILES[CSV](frame), columns=columns, sigma_is="absolute")

    expected = client.post("/fit", json=SETTINGS | {"data": data}).json()
    assert timeless(answer.json()) == timeless(expected)


def test_large_integers_give_the_answer_of_their_json(client: httpx.Client) -> None:
    t = [2**53 + 1, 2**53 + 2, 2**53 + 5, 2**53 + 8]
    file = b"t,y\n" + b"".join(b"%d,%d\n" % (each, each % 7) for each in t)

    answer = sent(client, "/fit", file, model={"degree": 1})

    data = {"t": t, "y": [each % 7 for each in t]}
    expected = client.post("/fit", json=SETTINGS | {"data": data, "model": {"degree": 1}}).json()
    assert timeless(answer.json()) == timeless(expected)


def test_members_of_the_answer_are_chosen(client: httpx.Client) -> None:
    assert [*sent(client, "/fit?fields=loss,r2", POINTS).json()] == ["loss", "r2"]


def test_the_options_can_be_in_the_query_or_absent(client: httpx.Client) -> None:
    kind = {"Content-Type": f"{CSV}; charset=UTF-8"}

    given = client.post("/fit", content=POINTS, headers=kind, params={"options": '{"steps": 7}'})

    assert given.json()["steps"] == 7
    assert client.post("/fit", content=POINTS, headers=kind).json()["steps"] == 100


@pytest.mark.parametrize("path", ["/fit", "/series"])
def test_options_that_are_not_json_are_told_from_the_body(client: httpx.Client, path: str) -> None:
    headers = {"Content-Type": NPY, "Coaster-Options": "{"}

    answer = client.post(path, content=npy(FRAME), headers=headers)

    assert refusal(answer) == (400, "malformed_json")
    assert answer.json()["detail"].startswith("The options of the file are not valid JSON: ")


@pytest.mark.parametrize("path", ["/fit", "/series", "/jobs"])
def test_options_that_are_no_object_are_told_from_the_body(client: httpx.Client, path: str) -> None:
    headers = {"Content-Type": NPY, "Coaster-Options": "[]"}

    problem = client.post(path, content=npy(FRAME), headers=headers).json()

    assert problem["code"] == "wrong_type"
    assert problem["detail"] == problem["errors"][0]["detail"]
    assert problem["detail"].startswith("The options of the file must be an object, not a list.")


def test_a_picture_is_not_drawn_of_a_file(client: httpx.Client) -> None:
    answer = sent(client, "/fit", POINTS, headers={"Accept": "image/svg+xml"})

    assert refusal(answer) == (422, "conflicting_fields")
    assert refusal(sent(client, "/fit/picture", POINTS)) == (415, "unsupported_media_type")


def test_a_picture_of_a_file_is_refused_before_the_file_arrives() -> None:
    headers = {"Content-Type": CSV, "Accept": "image/png"}

    with client_in_process(max_upload_bytes=1024) as client:
        answer = client.post("/fit", content=b"1,2\n" * 1000, headers=headers)

    assert refusal(answer) == (422, "conflicting_fields")


@pytest.mark.parametrize(
    ("file", "options", "pointer"),
    [
        (b"t,y\n1,x\n", {}, "/columns/y"),
        (POINTS, {"columns": {"t": "x"}}, "/columns/t"),
        (POINTS, {"columns": {"sigma": 2, "weights": 1}}, "/columns"),
        (b"1,2\n3,1e200\n", {}, "/columns/y"),
        (b"t,y\n2024-01-01,1\n2024-01-02T00:00:00,2\n", {}, "/columns/t"),
    ],
)
def test_a_fault_of_a_column_points_to_its_option(
    client: httpx.Client, file: bytes, options: Json, pointer: str
) -> None:
    problem = sent(client, "/fit", file, **options).json()

    (error,) = problem["errors"]
    assert error == {"pointer": pointer, "code": problem["code"], "detail": problem["detail"]}


@pytest.mark.parametrize(
    ("options", "pointer", "code"),
    [
        ({"stepz": 1}, "", "unknown_field"),
        ({"columns": {"x": 1}}, "/columns", "unknown_field"),
        ({"columns": {"t": 0}}, "/columns/t", "out_of_range"),
        ({"columns": {"t": ""}}, "/columns/t", "out_of_range"),
        ({"columns": {"t": 1.5}}, "/columns/t", "wrong_type"),
        ({"synthetic": {}}, "/synthetic", "conflicting_fields"),
        ({"data": {"t": T, "y": Y}}, "", "unknown_field"),
        ({"solver": "exact", "batch_size": 2}, "/solver", "conflicting_fields"),
        ({"lr": "best", "loss": {"kind": "mae"}}, "/lr", "conflicting_fields"),
    ],
)
def test_settings_are_checked_before_the_file(
    client: httpx.Client, options: Json, pointer: str, code: str
) -> None:
    problem = sent(client, "/fit", b"no file", **options).json()

    assert problem["code"] == code, problem
    assert {each["pointer"] for each in problem["errors"]} == {pointer}


@pytest.mark.parametrize(
    ("file", "options", "refused"),
    [
        (b"", {}, (400, "malformed_file")),
        (b"t,y\n1,x\n", {}, (400, "malformed_file")),
        (POINTS, {"columns": {"t": "x"}}, (422, "unknown_value")),
        (POINTS, {"batch_size": 6, "lr": 0.1}, (422, "out_of_range")),
        (b"1,2\n", {"validation": {"fraction": 0.5}}, (422, "out_of_range")),
        (b"1,2\n3,1e200\n", {}, (422, "out_of_range")),
        (b"1,1e149\n2,-1e149\n", {"lr": 1e-3, "init": {"a": 1e149, "b": 0, "c": 0}}, None),
    ],
)
def test_rules_about_the_points_hold_for_a_file(
    client: httpx.Client, file: bytes, options: Json, refused: tuple[int, str] | None
) -> None:
    answer = sent(client, "/fit", file, **options)

    assert answer.status_code < 500
    if refused:
        assert refusal(answer) == refused


def test_options_belong_to_a_file(client: httpx.Client) -> None:
    for path, headers in (("/fit?options={}", {}), ("/fit", {"Coaster-Options": "{}"})):
        answer = client.post(path, json={"synthetic": {}}, headers=headers)

        assert refusal(answer) == (422, "conflicting_fields")


def test_another_media_type_is_refused_with_those_that_are_taken(client: httpx.Client) -> None:
    answer = sent(client, "/fit", POINTS, "text/plain")

    assert refusal(answer) == (415, "unsupported_media_type")
    assert all(kind in answer.json()["detail"] for kind in FILES)


def test_the_cost_of_a_file_is_limited() -> None:
    file = b"1,2\n" * 1000
    with client_in_process(max_fit_seconds=0.05) as client:
        problem = sent(client, "/fit", file, solver="loop", steps=10_000).json()

    assert (problem["code"], problem["limit"]) == ("cost_over_budget", 0.05)
    assert problem["detail"].startswith("Set `steps` to ")


def test_a_file_has_at_most_the_bytes_of_the_setting() -> None:
    with client_in_process(max_upload_bytes=1024) as client:
        assert sent(client, "/fit", b"1,2\n3,4\n").status_code == 200
        answer = sent(client, "/fit", b"1,2\n" * 257)

    assert refusal(answer) == (413, "body_too_large")


@pytest.fixture(scope="module")
def million() -> bytes:
    """A million points on a parabola."""
    t = np.linspace(-1, 1, MAX_FILE_POINTS)
    return npy(np.stack([t, 1 + 2 * t + 3 * t * t], axis=1))


@pytest.mark.parametrize(
    "options",
    [
        {"lr": "best", "steps": 1_000_000},
        {"solver": "loop", "lr": 0.1, "steps": 3},
        {"loss": {"kind": "mae"}, "lr": 0.1, "steps": 3},
        {"batch_size": 1000, "lr": 0.1, "steps": 20},
        {"validation": {"fraction": 0.5, "split": "interleaved"}},
    ],
    ids=["closed form", "loop", "mae", "batches", "validation"],
)
def test_a_file_has_up_to_a_million_points(million: bytes, options: Json) -> None:
    with client_in_process() as client:
        answer = sent(client, "/fit", million, NPY, **options)

    assert answer.status_code == 200, answer.text
    assert answer.json()["optimum"]["params"] == pytest.approx({"a": 3, "b": 2, "c": 1})


@pytest.fixture(scope="module")
def more_than_a_million() -> bytes:
    """The same curve, with one point more than a file can have in memory."""
    t = np.linspace(-1, 1, MAX_FILE_POINTS + 1)
    return npy(np.stack([t, 1 + 2 * t + 3 * t * t], axis=1))


@pytest.mark.parametrize("path", ["/fit", "/sweep", "/analysis", "/fit/stream"])
def test_every_question_takes_more_than_a_million_points(
    client: httpx.Client, more_than_a_million: bytes, path: str
) -> None:
    rates: Json = {"lrs": [0.1]} if path == "/sweep" else {}

    answer = sent(client, path, more_than_a_million, NPY, {"Accept": f"{NDJSON}, */*"}, **rates)

    assert answer.status_code == 200, answer.text
    assert f'"points":{MAX_FILE_POINTS + 1}' in answer.text


def test_more_than_a_million_points_give_the_optimum_of_all(
    client: httpx.Client, more_than_a_million: bytes
) -> None:
    optimum = sent(client, "/fit", more_than_a_million, NPY).json()["optimum"]

    assert optimum["params"] == pytest.approx({"a": 3, "b": 2, "c": 1})


def test_predictions_of_more_than_a_million_points_are_refused(
    client: httpx.Client, more_than_a_million: bytes
) -> None:
    answer = sent(client, "/fit", more_than_a_million, NPY, include=["predictions"])

    assert refusal(answer) == (422, "too_many_points")
    assert answer.json()["limit"] == MAX_FILE_POINTS
    assert answer.json()["errors"][0]["pointer"] == "/include"


def test_an_answer_repeats_a_million_points_only_within_its_limit(
    client: httpx.Client, million: bytes
) -> None:
    few = sent(client, "/fit", million, NPY, include=["predictions"], record_every=10)

    assert refusal(few) == (422, "answer_too_large")


def test_a_stream_repeats_as_many_points_as_json_can_have(client: httpx.Client) -> None:
    for count, repeated in ((MAX_POINTS, True), (MAX_POINTS + 1, False)):
        file = npy(np.ones((count, 2)))
        answer = sent(client, "/fit/stream", file, NPY, {"Accept": NDJSON}, steps=1)

        started = json.loads(answer.text.splitlines()[0])
        assert ("data" in started) == repeated


DAYS = pd.date_range("2024-02-28", periods=200, tz="UTC", unit="us")
STAMPS = [f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in DAYS]


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != NPY])
@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/fit", {"at": ["2025-01-01"]}),
        ("/fit", {"at": {"every": "1d", "until": "2024-09-20"}, "include": ["factor", "data"]}),
        (
            "/fit",
            {"init": {"center": "2024-03-01", "scale": 9, "params": {"a": 0, "b": 0, "c": 1}}},
        ),
        ("/sweep", {"lrs": [0.1, 0.2], "scale": "standardize"}),
    ],
    ids=["at", "every", "init", "sweep"],
)
def test_a_file_of_time_stamps_gives_the_answer_of_its_json(
    client: httpx.Client, kind: str, path: str, options: Json
) -> None:
    y = np.sin(np.arange(200)).tolist()

    answer = sent(client, path, FILES[kind](pd.DataFrame({"t": DAYS, "y": y})), kind, **options)

    expected = client.post(path, json=SETTINGS | options | {"data": {"t": STAMPS, "y": y}})
    assert answer.status_code == 200
    assert timeless(answer.json()) == timeless(expected.json())


@pytest.mark.parametrize(
    ("file", "at"),
    [(POINTS, ["2025-01-01"]), (b"t,y\n2024-01-01,1\n2024-01-02,2\n", [1])],
    ids=["numbers", "stamps"],
)
def test_at_has_the_form_of_the_t_of_the_file(
    client: httpx.Client, file: bytes, at: list[Any]
) -> None:
    assert refusal(sent(client, "/fit", file, at=at)) == (422, "conflicting_fields")


def test_the_contract_does_not_promise_the_points_of_a_stream(contract: Json) -> None:
    assert "data" not in contract["components"]["schemas"]["StartedEvent"]["required"]


@pytest.mark.parametrize("path", ["/fit", "/sweep"])
def test_a_network_is_limited_by_its_points_times_its_units(
    client: httpx.Client, path: str
) -> None:
    file = npy(np.ones((MAX_UNIT_VALUES // 128 + 1, 2)))
    options: Json = {"model": {"kind": "mlp", "hidden": [64, 64]}, "steps": 1}
    if path == "/sweep":
        options["lrs"] = [0.1]

    answer = sent(client, path, file, NPY, **options)

    assert refusal(answer) == (422, "too_many_points")
    assert answer.json()["limit"] == MAX_UNIT_VALUES // 128
    assert "128 hidden units" in answer.json()["detail"]
