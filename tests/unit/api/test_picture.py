import struct
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.support.ways import DRAWN

FIT = DRAWN["the lecture"]

SVG, PNG = "image/svg+xml", "image/png"
FEW = ("diverged", "stopped, with points held out")
"""tests/integration/api/test_pictures.py draws the others."""


def drawn(client: httpx.Client, body: dict[str, Any], form: str = SVG) -> httpx.Response:
    return client.post("/fit/picture", json=body, headers={"Accept": form, "X-Request-ID": "mine"})


@pytest.fixture(scope="module")
def picture(client: httpx.Client) -> httpx.Response:
    """The picture of the lecture's fit."""
    return drawn(client, FIT)


def verdict(client: httpx.Client, body: dict[str, Any]) -> str:
    """The verdict on a fit, in English."""
    fit = client.post("/fit", json=body).json()
    message: str = fit["verdict"]["message"]["en"]
    return message


def test_the_picture_of_the_lecture_has_its_verdict(
    client: httpx.Client, picture: httpx.Response
) -> None:
    assert picture.status_code == 200
    assert ET.fromstring(picture.content)[0].text == verdict(client, FIT)


@pytest.mark.parametrize("name", FEW)
def test_a_picture_has_the_verdict_of_its_fit(client: httpx.Client, name: str) -> None:
    answer = drawn(client, DRAWN[name])

    assert answer.status_code == 200, answer.text
    assert ET.fromstring(answer.content)[0].text == verdict(client, DRAWN[name])


def test_a_png_has_fifteen_hundred_pixels_and_is_drawn_in_the_same_bytes(
    client: httpx.Client,
) -> None:
    first, again = (drawn(client, FIT, PNG).content for _ in range(2))

    assert first.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack_from(">II", first, 16) == (1500, 600)
    assert again == first


def test_the_same_body_gives_the_same_bytes_whatever_is_included(
    client: httpx.Client, picture: httpx.Response
) -> None:
    again = drawn(client, FIT | {"include": ["params", "gradients"]})

    assert again.content == picture.content


def test_a_picture_carries_the_id_of_its_request(picture: httpx.Response) -> None:
    assert picture.headers["X-Request-ID"] == "mine"


def test_without_accept_the_picture_is_svg(client: httpx.Client, picture: httpx.Response) -> None:
    answer = client.post("/fit/picture", json=FIT)

    assert answer.headers["Content-Type"] == SVG
    assert answer.content == picture.content


@pytest.mark.parametrize("form", [SVG, PNG])
def test_a_fit_with_an_image_in_accept_is_the_same_picture(client: httpx.Client, form: str) -> None:
    answer = client.post("/fit", json=FIT, headers={"Accept": form})

    assert answer.headers["Content-Type"] == form
    assert answer.content == drawn(client, FIT, form).content


def test_a_picture_needs_points_and_no_factors(client: httpx.Client) -> None:
    factor = client.post("/fit", json=FIT | {"include": ["factor"]}).json()["factor"]

    answer = drawn(client, {"data": {"factors": [factor]}})

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("A picture would need each of the points")
