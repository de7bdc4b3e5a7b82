import struct
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

FIT: dict[str, Any] = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
SVG, PNG = "image/svg+xml", "image/png"
CASES: dict[str, dict[str, Any]] = {
    "the lecture": FIT,
    "points alone": {"synthetic": {}, "seed": 42},
    "50,000 points": {"synthetic": {"points": 50_000, "spacing": 0.0004}, "seed": 1},
    "10,000 steps": FIT | {"steps": 10_000},
    "ten million steps": FIT | {"steps": 10_000_000},
    "diverged": FIT | {"lr": 1e-3, "steps": 1000},
    "diverged at step 1": FIT | {"lr": 1e300},
    "in float32 by the loop": FIT | {"precision": "float32"},
    "stopped, with points held out": {
        "synthetic": {},
        "seed": 42,
        "stop": {"patience": 5},
        "validation": {"fraction": 0.25},
    },
    "one point": {"data": {"t": [3], "y": [5]}, "seed": 1},
    "degree 10 in Unix seconds": {
        "data": {"t": [1.7e9 + 60 * i for i in range(40)], "y": [i % 7 for i in range(40)]},
        "model": {"kind": "polynomial", "degree": 10},
        "seed": 1,
    },
}


def drawn(client: httpx.Client, body: dict[str, Any], form: str = SVG) -> httpx.Response:
    return client.post("/fit", json=body, headers={"Accept": form})


@pytest.mark.parametrize("body", CASES.values(), ids=CASES)
def test_every_fit_has_a_picture_with_its_verdict(
    client: httpx.Client, body: dict[str, Any]
) -> None:
    told = client.post("/fit", json=body | {"record_every": body.get("steps", 100)}).json()

    answer = drawn(client, body)

    assert answer.status_code == 200, answer.text
    assert ET.fromstring(answer.content)[0].text == told["verdict"]["message"]["en"]


@pytest.mark.parametrize("name", ["the lecture", "50,000 points", "10,000 steps", "diverged"])
def test_a_png_has_fifteen_hundred_pixels(client: httpx.Client, name: str) -> None:
    answer = drawn(client, CASES[name], PNG)

    assert answer.content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack_from(">II", answer.content, 16) == (1500, 600)


@pytest.mark.parametrize("form", [SVG, PNG])
def test_the_same_body_gives_the_same_bytes(client: httpx.Client, form: str) -> None:
    assert drawn(client, FIT, form).content == drawn(client, FIT, form).content


def test_what_is_included_makes_no_difference(client: httpx.Client) -> None:
    assert (
        drawn(client, FIT | {"include": ["params", "gradients"]}).content
        == drawn(client, FIT).content
    )


def test_a_picture_carries_the_id_of_its_request(client: httpx.Client) -> None:
    answer = client.post("/fit", json=FIT, headers={"Accept": SVG, "X-Request-ID": "mine"})

    assert answer.headers["X-Request-ID"] == "mine"
