import re
import struct
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from matplotlib import rcParams

from service.descent.errors import NotComputableError
from service.descent.parts import Form
from service.plots.picture import picture
from tests.descent.specs import fit, random_specs
from tests.plots.cases import CASES, case

SVG = "{http://www.w3.org/2000/svg}"


def text_of(png: bytes) -> dict[bytes, bytes]:
    """The text chunks of a PNG."""
    found, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if png[at + 4 : at + 8] == b"tEXt":
            name, _, text = png[at + 8 : at + 8 + length].partition(b"\0")
            found[name] = text
        at += length + 12
    return found


@pytest.mark.parametrize("name", CASES)
def test_every_fit_has_a_small_svg_of_finite_numbers(name: str) -> None:
    svg = picture(case(name), "svg")

    ET.fromstring(svg)
    assert not re.search(rb"\b(nan|inf)\b", svg)
    assert len(svg) < 400_000


@pytest.mark.parametrize("name", CASES)
def test_every_fit_has_a_png(name: str) -> None:
    png = picture(case(name), "png")

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack_from(">II", png, 16) == (1500, 600)


@settings(max_examples=15, deadline=None)
@given(random_specs())
def test_any_fit_can_be_drawn(spec: dict[str, object]) -> None:
    try:
        made = fit(**spec, include=("predictions", "data"))
    except NotComputableError:
        return

    assert not re.search(rb"\b(nan|inf)\b", picture(made, "svg"))


@pytest.mark.parametrize("form", ["svg", "png"])
@pytest.mark.parametrize("name", ["lecture", "50,000 points"])
def test_the_same_fit_gives_the_same_bytes(name: str, form: Form) -> None:
    assert picture(case(name), form) == picture(case(name), form)


def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "import sys; from tests.plots.cases import *; from service.plots.picture import *; "
        "sys.stdout.buffer.write(picture(shown(), 'svg'))"
    )

    made = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout

    assert made == picture(case("lecture"), "svg")


def test_an_svg_is_an_image_named_by_the_verdict() -> None:
    root = ET.fromstring(picture(case("lecture"), "svg"))
    title, description = root[0], root[1]

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert title.text == case("lecture").verdict.message.en


@pytest.mark.parametrize("name", ["lecture", "50,000 points"])
def test_an_svg_points_nowhere_and_runs_nothing(name: str) -> None:
    svg = picture(case(name), "svg").decode()

    assert "<script" not in svg
    assert "<!DOCTYPE" not in svg
    assert set(re.findall(r"https?://[^\"]*", svg)) == {
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/svg",
    }
    assert all(
        link.startswith(("#", "data:image/png;base64,"))
        for link in re.findall(r'href="([^"]*)"', svg)
    )


def test_a_png_carries_the_verdict_and_the_description() -> None:
    text = text_of(picture(case("lecture"), "png"))

    assert text[b"Title"].decode() == case("lecture").verdict.message.en
    assert b"lr = 28.2% of the limit" in text[b"Description"]
    assert set(text) == {b"Title", b"Description"}


def test_a_picture_leaves_matplotlib_as_it_was() -> None:
    before = dict(rcParams)

    picture(case("lecture"), "svg")

    assert dict(rcParams) == before


def test_pyplot_is_not_imported() -> None:
    code = "import sys, service.plots.picture; sys.exit('matplotlib.pyplot' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
