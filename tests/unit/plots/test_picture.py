import re
import struct
from xml.etree import ElementTree as ET

import pytest
from matplotlib import rcParams

from service.plots.picture import picture
from tests.support.pictures import case, rendered, without_numbers
from tests.support.specs import fit

SVG = "{http://www.w3.org/2000/svg}"
HARD = ["lecture", "50,000 points", "diverged with validation", "one point", "nothing moves"]
"""Fits that take every branch of the drawing. The integration tests draw all."""


def text_of(png: bytes) -> dict[bytes, bytes]:
    """Return the text chunks of a PNG."""
    found, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if png[at + 4 : at + 8] == b"tEXt":
            name, _, text = png[at + 8 : at + 8 + length].partition(b"\0")
            found[name] = text
        at += length + 12
    return found


@pytest.mark.parametrize("name", HARD)
def test_a_fit_has_a_small_svg_of_finite_numbers(name: str) -> None:
    svg = rendered(name, "svg")

    ET.fromstring(svg)
    assert without_numbers(svg) == []
    assert len(svg) < 400_000


def test_a_fit_has_a_png_of_1500_by_600_pixels() -> None:
    png = rendered("lecture", "png")

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack_from(">II", png, 16) == (1500, 600)


def test_a_picture_made_again_has_the_same_bytes_and_leaves_matplotlib_as_it_was() -> None:
    before = dict(rcParams)

    assert picture(case("lecture"), "svg") == rendered("lecture", "svg")
    assert dict(rcParams) == before


def test_an_svg_is_an_image_named_by_the_verdict() -> None:
    root = ET.fromstring(rendered("lecture", "svg"))
    title, description = root[0], root[1]

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert title.text == case("lecture").verdict.message.en


@pytest.mark.parametrize("name", ["lecture", "50,000 points"])
def test_an_svg_points_nowhere_and_runs_nothing(name: str) -> None:
    svg = rendered(name, "svg").decode()

    assert "<script" not in svg
    assert "<!DOCTYPE" not in svg
    assert set(re.findall(r"https?://[^\"]*", svg)) == {
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/svg",
    }
    assert [
        link
        for link in re.findall(r'href="([^"]*)"', svg)
        if not link.startswith(("#", "data:image/png;base64,"))
    ] == []


def test_a_png_carries_the_verdict_and_the_description() -> None:
    text = text_of(rendered("lecture", "png"))

    assert text[b"Title"].decode() == case("lecture").verdict.message.en
    assert b"lr = 28.2% of the limit" in text[b"Description"]
    assert set(text) == {b"Title", b"Description"}


def test_points_too_many_for_paths_are_pixels_in_an_svg() -> None:
    assert b"data:image/png" in rendered("50,000 points", "svg")
    assert b"data:image/png" not in rendered("lecture", "svg")


def test_a_fit_without_predictions_cannot_be_drawn() -> None:
    with pytest.raises(AssertionError):
        picture(fit(steps=1), "svg")
