import json
from collections.abc import Iterable
from itertools import chain
from typing import Any

import httpx
import numpy as np
import pytest

from service.descent.methods.bounds import MAX_JSON_SERIES, MAX_JSON_VALUES
from tests.support.applications import client_in_process
from tests.support.streams import NDJSON, SSE
from tests.support.tables import ARROW, NPY, T, Y, arrow, from_arrow, from_npy, npy

SETTINGS: dict[str, Any] = {"seed": 42, "steps": 10}
ROWS = SETTINGS | {"t": T, "y": [Y, [*Y[:4], None], [None] * 5]}
"""A series, a series with a missing value, and a series without values."""
ONE = {"t": T, "y": Y}
JSON = {"Content-Type": "application/json"}


def joined(lists: Iterable[list[Any]]) -> list[Any]:
    return [*chain.from_iterable(lists)]


def asked(client: httpx.Client, body: dict[str, Any], **headers: str) -> httpx.Response:
    return client.post("/series", json=body, headers=headers)


def columns(client: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    answer = asked(client, body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def uploaded(
    client: httpx.Client, file: bytes, headers: dict[str, str], **options: Any
) -> httpx.Response:
    options_header = {"Coaster-Options": json.dumps(SETTINGS | options)}
    return client.post("/series", content=file, headers=headers | options_header)


def timeless(answer: httpx.Response) -> dict[str, Any]:
    told: dict[str, Any] = answer.json()
    del told["elapsed_ms"]
    return told


def refusal(answer: httpx.Response) -> tuple[int, str]:
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, problem["code"]


def test_each_row_is_the_fit_of_its_series(client: httpx.Client) -> None:
    told = columns(client, ROWS | {"at": [5]})

    for row, points in enumerate([ONE, {"t": T[:4], "y": Y[:4]}]):
        single = client.post("/fit", json=SETTINGS | {"data": points, "at": [5]}).json()
        assert {name: column[row] for name, column in told["params"].items()} == single["params"]
        assert told["predictions_at"][0][row] == single["predictions_at"][0]
        assert [told[name][row] for name in ("loss", "r2", "converged")] == [
            single[name] for name in ("loss", "r2", "converged")
        ]
        assert told["optimum"][row] == single["optimum"]["loss"]
        assert [told[name][row] for name in ("rate", "reach")] == [
            single["verdict"][name] for name in ("rate", "reach")
        ]


def test_listed_series_give_the_columns_of_rows(client: httpx.Client) -> None:
    listed = [{"t": T, "y": row} for row in ROWS["y"]]

    by_rows, by_list = asked(client, ROWS), asked(client, SETTINGS | {"series": listed})

    assert timeless(by_list) == timeless(by_rows)


def test_one_bad_series_is_one_bad_row(client: httpx.Client) -> None:
    told = columns(client, ROWS)

    assert [(each["row"], each["code"]) for each in told["problems"]] == [(2, "too_few_points")]
    assert told["loss"][2] is None
    assert told["loss"][0] is not None


def test_the_resolved_request_gives_the_same_answer(client: httpx.Client) -> None:
    del (seedless := dict(ROWS))["seed"]
    first = asked(client, seedless)

    again = asked(client, first.json()["resolved"] | {"t": T, "y": ROWS["y"]})

    assert timeless(again) == timeless(first)


def test_only_the_chosen_members_are_sent(client: httpx.Client) -> None:
    answer = client.post("/series?fields=ids,loss", json=ROWS)

    assert [*answer.json()] == ["ids", "loss"]


@pytest.mark.parametrize("media_type", [NPY["Content-Type"], ARROW["Content-Type"], NDJSON, SSE])
def test_only_json_has_members_to_choose(client: httpx.Client, media_type: str) -> None:
    answer = client.post("/series?fields=loss", json=ROWS, headers={"Accept": media_type})

    assert refusal(answer) == (422, "conflicting_fields")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"t": T}, "missing_field"),
        ({"y": [Y]}, "missing_field"),
        ({}, "missing_field"),
        ({"t": T, "y": [Y], "series": [ONE]}, "conflicting_fields"),
        ({"t": T, "y": []}, "too_few_items"),
        ({"series": []}, "too_few_items"),
        ({"t": T, "y": [["1"]]}, "wrong_type"),
        ({"series": [ONE | {"x": 1}]}, "unknown_field"),
        ({"t": T, "y": [Y], "model": {"kind": "mlp"}}, "unknown_value"),
        ({"t": T, "y": [Y], "loss": {"kind": "mae"}}, "unknown_field"),
        ({"t": T, "y": [Y], "batch_size": 2}, "unknown_field"),
        ({"t": T, "y": [Y], "init": {"a": 1}}, "missing_field"),
    ],
)
def test_what_no_series_can_mean_is_refused(
    client: httpx.Client, fields: dict[str, Any], code: str
) -> None:
    assert refusal(asked(client, SETTINGS | fields)) == (422, code)


def test_json_has_at_most_25000_series(client: httpx.Client) -> None:
    series = [{"t": [None], "y": [None]}]

    assert columns(client, {"series": series * MAX_JSON_SERIES})["problems"]
    answer = asked(client, {"series": series * (MAX_JSON_SERIES + 1)})

    assert refusal(answer) == (422, "too_many_items")


def test_json_has_at_most_600000_values(client: httpx.Client) -> None:
    nothing = b'{"steps":1,"t":[1],"y":[[%s]]}'
    most = b",".join([b"null"] * (MAX_JSON_VALUES - 1))  # two commas are between the fields

    assert client.post("/series", content=nothing % most, headers=JSON).status_code == 200
    answer = client.post("/series", content=nothing % (most + b",null"), headers=JSON)

    assert refusal(answer) == (422, "too_many_items")
    assert answer.json()["limit"] == MAX_JSON_VALUES


@pytest.mark.parametrize(
    ("file", "headers", "options"),
    [
        (npy([Y, [*Y[:4], np.nan], [np.nan] * 5]), NPY, {"t": T}),
        (npy([[T, Y], [T, [*Y[:4], np.nan]], [T, [np.nan] * 5]]), NPY, {}),
        (npy(np.asfortranarray([Y, [*Y[:4], np.nan], [np.nan] * 5])), NPY, {"t": T}),
        (arrow({"t": [T] * 3, "y": ROWS["y"]}), ARROW, {}),
        (
            arrow(
                {
                    "series": [str(row) for row in range(3) for _ in T],
                    "t": T * 3,
                    "y": joined(ROWS["y"]),
                }
            ),
            ARROW,
            {},
        ),
    ],
    ids=["npy", "npy with t", "npy by columns", "arrow of series", "arrow of points"],
)
def test_a_file_gives_the_answer_of_its_json(
    client: httpx.Client, file: bytes, headers: dict[str, str], options: dict[str, Any]
) -> None:
    answer = uploaded(client, file, headers, **options)

    assert timeless(answer) == timeless(asked(client, ROWS))


def test_the_options_of_a_file_can_be_in_the_query(client: httpx.Client) -> None:
    query = {"options": json.dumps(SETTINGS | {"t": T})}

    answer = client.post("/series", params=query, content=npy([Y]), headers=NPY)

    assert answer.json()["loss"] == columns(client, ROWS)["loss"][:1]


def test_options_have_one_place(client: httpx.Client) -> None:
    answer = client.post(
        "/series?options={}", content=npy([Y]), headers=NPY | {"Coaster-Options": "{}"}
    )

    assert refusal(answer) == (422, "conflicting_fields")


def test_the_options_of_json_are_in_its_body(client: httpx.Client) -> None:
    answer = asked(client, ROWS, **{"Coaster-Options": "{}"})

    assert refusal(answer) == (422, "conflicting_fields")


def test_an_unknown_option_of_a_file_is_refused(client: httpx.Client) -> None:
    assert refusal(uploaded(client, npy([Y]), NPY, stepz=1)) == (422, "unknown_field")


def test_an_answer_in_npy_has_the_numbers_in_the_order_of_its_header(client: httpx.Client) -> None:
    told = columns(client, ROWS | {"at": [5, 6]})

    answer = asked(client, ROWS | {"at": [5, 6]}, Accept="application/x-npy")

    named = ["loss", "optimum", "r2", "converged", "steps_needed"]
    expected = [*told["params"].values(), *map(told.get, named), *told["predictions_at"]]
    assert answer.headers["Content-Type"] == "application/x-npy"
    assert answer.headers["Coaster-Columns"].split(",") == [
        *("a", "b", "c", *named, "predictions_at")
    ]
    np.testing.assert_array_equal(from_npy(answer.content).T, np.array(expected, dtype=float))


def test_an_answer_in_arrow_has_the_columns_of_the_json(client: httpx.Client) -> None:
    body = ROWS | {"at": [5, 6], "include": ["losses", "messages"]}
    told = columns(client, body)

    answer = asked(client, body, Accept=ARROW["Content-Type"])

    table = from_arrow(answer.content).to_pydict()
    assert answer.headers["Content-Type"] == ARROW["Content-Type"]
    assert table["id"] == told["ids"]
    assert {name: table[name] for name in "abc"} == told["params"]
    for name in ("loss", "optimum", "r2", "converged", "rate", "reach", "steps_needed", "losses"):
        assert table[name] == told[name]
    assert (
        table["predictions_at"][:2] == [*zip(*told["predictions_at"], strict=True)][:2]
        or [list(each) for each in zip(*told["predictions_at"], strict=True)]
        == table["predictions_at"]
    )
    assert (table["message_en"], table["message_ko"]) == (
        told["messages"]["en"],
        told["messages"]["ko"],
    )
    assert table["code"] == [None, None, "too_few_points"]
    assert table["detail"][2] == told["problems"][0]["detail"]


def test_the_metadata_of_arrow_have_the_settings(client: httpx.Client) -> None:
    body = ROWS | {"include": ["losses"]}
    told = columns(client, body)

    metadata = from_arrow(asked(client, body, Accept=ARROW["Content-Type"]).content).schema.metadata

    assert json.loads(metadata[b"settings"]) == {
        "step": told["step"],
        "resolved": told["resolved"],
    }


def test_npy_has_no_losses(client: httpx.Client) -> None:
    answer = asked(client, ROWS | {"include": ["losses"]}, Accept="application/x-npy")

    assert refusal(answer) == (422, "conflicting_fields")


def test_the_blocks_of_a_stream_are_the_columns(client: httpx.Client) -> None:
    body = SETTINGS | {"t": T, "y": [Y] * 700 + [[None] * 5]}
    told = columns(client, body)

    answer = asked(client, body, Accept=NDJSON)

    *blocks, done = map(json.loads, answer.text.splitlines())
    assert len(blocks) > 1
    assert [each["first"] for each in blocks[1:]] == [each["last"] + 1 for each in blocks[:-1]]
    assert joined(each["loss"] for each in blocks) == told["loss"]
    assert joined(each["ids"] for each in blocks) == told["ids"]
    assert joined(each["problems"] for each in blocks) == told["problems"]
    result = done["result"]
    assert (done["type"], result["series"], result["failed"]) == ("done", 701, 1)
    assert result["resolved"] == told["resolved"]


def test_a_stream_of_server_sent_events_has_the_same_data(client: httpx.Client) -> None:
    lines = asked(client, ROWS, Accept=NDJSON).text.splitlines()

    answer = asked(client, ROWS, Accept=SSE)

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    data = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    assert json.loads(data[0]) == json.loads(lines[0])
    assert "event: rows\n" in answer.text


def test_a_stream_has_more_numbers_than_an_answer(client: httpx.Client) -> None:
    body = SETTINGS | {"steps": 200_000, "t": [1], "y": [[1]] * 20, "include": ["losses"]}
    body |= {"record_every": 2, "lr": 1e-3}

    assert refusal(asked(client, body)) == (422, "answer_too_large")
    assert asked(client, body | {"y": [[None]] * 20}, Accept=NDJSON).status_code == 200


def test_another_media_type_is_refused_with_those_that_are_taken(client: httpx.Client) -> None:
    answer = client.post("/series", content=b"t,y", headers={"Content-Type": "text/csv"})

    assert refusal(answer) == (415, "unsupported_media_type")
    assert "application/x-npy" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("file", "headers", "options", "refused"),
    [
        (b"", NPY, {}, (400, "malformed_file")),
        (npy([Y]), NPY, {}, (422, "missing_field")),
        (npy([Y]), NPY, {"t": T[1:]}, (422, "length_mismatch")),
        (npy([[T, Y]]), NPY, {"t": T}, (422, "conflicting_fields")),
        (arrow({"t": [T], "y": [Y]}), ARROW, {"t": T}, (422, "conflicting_fields")),
        (arrow({"t": T, "y": Y}), ARROW, {}, (400, "malformed_file")),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    client: httpx.Client,
    file: bytes,
    headers: dict[str, str],
    options: dict[str, Any],
    refused: tuple[int, str],
) -> None:
    assert refusal(uploaded(client, file, headers, **options)) == refused


def test_the_cost_of_a_file_is_limited() -> None:
    file = npy(np.ones((400, 2, 5)))
    with client_in_process(max_fit_seconds=0.03) as client:
        problem = uploaded(client, file, NPY, optimizer={"kind": "sgd", "momentum": 0.5}).json()

    assert (problem["code"], problem["limit"]) == ("cost_over_budget", 0.03)
    assert problem["given"] > 0.03


def test_a_file_has_at_most_the_bytes_of_the_setting() -> None:
    file = npy(np.ones((100, 2, 5)))
    with client_in_process(max_upload_bytes=len(file)) as client:
        assert uploaded(client, file, NPY).status_code == 200
        answer = uploaded(client, file + b"1", NPY)

    assert refusal(answer) == (413, "body_too_large")
    assert (answer.json()["limit"], answer.json()["given"]) == (len(file), len(file) + 1)


def test_a_file_may_be_larger_than_json() -> None:
    file = npy(np.ones((100, 2, 5)))
    with client_in_process(max_body_bytes=1024) as client:
        assert uploaded(client, file, NPY).status_code == 200
