"""A picture of every kind of fit, from real workers."""

import struct
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.support.streams import Json
from tests.support.ways import DRAWN, LECTURE, WAYS

BODIES = DRAWN | {name: LECTURE | way for name, way in WAYS.items()}
ENDS = {name: {"record_every": body.get("steps", 100)} for name, body in DRAWN.items()}
"""Fits of which the first and the last step are enough."""


def drawn(client: httpx.Client, body: Json, media_type: str) -> httpx.Response:
    answer = client.post("/fit", json=body, headers={"Accept": media_type})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type), answer.text
    return answer


def test_every_fit_has_a_picture_with_its_verdict(client: httpx.Client) -> None:
    titles = {
        name: ET.fromstring(drawn(client, body, "image/svg+xml").content)[0].text
        for name, body in BODIES.items()
    }

    fits = {
        name: client.post("/fit", json=body | ENDS.get(name, {})).json()
        for name, body in BODIES.items()
    }
    assert titles == {name: fit["verdict"]["message"]["en"] for name, fit in fits.items()}


@pytest.mark.parametrize("name", ["50,000 points", "10,000 steps", "diverged"])
def test_a_png_has_fifteen_hundred_pixels(client: httpx.Client, name: str) -> None:
    content = drawn(client, DRAWN[name], "image/png").content

    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack_from(">II", content, 16) == (1500, 600)
