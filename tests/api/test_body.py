import json
from typing import Any

import httpx
import pytest

from tests.api.bodies import HOSTILE, JSON, Hostile, data, fit


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_told_what_is_wrong_and_where(
    client: httpx.Client, hostile: Hostile
) -> None:
    answer = client.post("/fit", content=hostile.body, headers=JSON)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (hostile.status, hostile.code), problem
    assert answer.headers["Content-Type"] == "application/problem+json"
    if hostile.pointer is not None:
        assert problem["errors"][0]["pointer"] == hostile.pointer


def test_several_mistakes_are_all_told(client: httpx.Client) -> None:
    problem = client.post("/fit", content=fit(lr="0", steps="true", stepz="1"), headers=JSON).json()

    assert problem["code"] == "invalid_body"
    assert sorted(error["code"] for error in problem["errors"]) == [
        "out_of_range",
        "unknown_field",
        "wrong_type",
    ]


def test_a_sea_of_mistakes_is_told_in_twenty(client: httpx.Client) -> None:
    problem = client.post("/fit", json={str(number): 1 for number in range(500)}).json()

    assert len(problem["errors"]) == 20


def test_the_place_of_a_syntax_error_is_told(client: httpx.Client) -> None:
    assert (
        "line 2 column 7"
        in client.post("/fit", content=b'{\n"lr": x}', headers=JSON).json()["detail"]
    )


def test_the_last_of_two_equal_keys_counts(client: httpx.Client) -> None:
    answer = client.post(
        "/fit", content=fit().replace(b'"steps": 5', b'"steps": 5, "steps": 7'), headers=JSON
    )

    assert answer.json()["steps"] == 7


def test_whole_numbers_are_numbers(client: httpx.Client) -> None:
    assert client.post("/fit", content=fit(lr="1"), headers=JSON).status_code == 200


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON; charset="UTF-8"',
        "application/json;charset=utf-8",
    ],
)
def test_json_in_utf8_is_read(client: httpx.Client, media_type: str) -> None:
    assert (
        client.post("/fit", content=fit(), headers={"Content-Type": media_type}).status_code == 200
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {},
    ],
)
def test_anything_else_is_415(client: httpx.Client, headers: dict[str, str]) -> None:
    answer = client.post("/fit", content=fit(), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_body_over_the_limit_is_413_by_its_length(client: httpx.Client) -> None:
    answer = client.post("/fit", content=b" " * (4 * 1024 * 1024 + 1), headers=JSON)

    assert answer.status_code == 413
    assert (answer.json()["limit"], answer.json()["given"]) == (
        4 * 1024 * 1024,
        4 * 1024 * 1024 + 1,
    )


def test_a_body_over_the_limit_is_413_while_it_is_read(client: httpx.Client) -> None:
    answer = client.post("/fit", content=(b" " * 65536 for _ in range(100)), headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("given", "bound"),
    [
        ({"lr": 1e301}, "1e+300"),
        ({"at": [-1e151]}, "-1e+150"),
        ({"seed": 2**60}, "9007199254740991"),
    ],
)
def test_a_bound_is_told_as_one_writes_it(
    client: httpx.Client, given: dict[str, Any], bound: str
) -> None:
    assert (
        client.post("/fit", json={"synthetic": {}} | given)
        .json()["detail"]
        .endswith(f"equal to {bound}.")
    )


def test_a_body_in_pieces_is_one_body(client: httpx.Client) -> None:
    assert (
        client.post("/fit", content=(bytes([byte]) for byte in fit()), headers=JSON).status_code
        == 200
    )


def test_what_a_caller_wrote_is_not_repeated(client: httpx.Client) -> None:
    secret = "s3cr3t"
    for body in (
        fit(**{secret: "1"}),
        fit(scale=f'"{secret}"'),
        fit(init=json.dumps({secret: secret})),
        data(f'["{secret}"]'),
    ):
        assert secret not in client.post("/fit", content=body, headers=JSON).text


LARGE = 2_000_000
MANY = {
    "unknown fields": ("{%s}", '"k%d":1'),
    "unknown fields of the points": ('{"data":{%s}}', '"k%d":1'),
    "points": ('{"data":{"t":[%s],"y":[1]}}', "%d"),
    "points that are objects": ('{"data":{"t":[%s],"y":[1]}}', '{"":%d}'),
    "layers": ('{"synthetic":{},"init":{"layers":[%s]}}', '{"weight":[[%d]],"bias":[1]}'),
    "rows of a layer": ('{"synthetic":{},"init":{"layers":[{"weight":[%s],"bias":[1]}]}}', "[%d]"),
}
"""What a body may have far too many of; each would take the API process a second or more to
read.
"""


@pytest.mark.parametrize(("frame", "part"), MANY.values(), ids=MANY)
def test_a_large_body_of_too_many_values_is_refused_before_they_are_read(
    client: httpx.Client, frame: str, part: str
) -> None:
    parts = [part % i for i in range(LARGE // (len(part) + 4))]

    answer = client.post("/fit", content=frame % ",".join(parts), headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_items")
    assert answer.json()["given"] > answer.json()["limit"]
    assert answer.elapsed.total_seconds() < 1


def test_the_body_with_the_most_values_is_read(client: httpx.Client) -> None:
    numbers = [i / 7 for i in range(50_000)]
    body = {"data": {"t": numbers, "y": numbers}, "at": numbers[:10_000], "lr": 1e-12, "steps": 2}

    assert client.post("/fit", json=body).status_code == 200
