"""Every fit has a picture. The unit tests draw some; here are all, which takes half a minute."""

import re
import struct
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from service.descent.errors import NotComputableError
from service.descent.questions.options import Form
from service.plots.labels import text_width
from service.plots.picture import fitted, lead_and_rest, picture
from tests.support.examples import fewer
from tests.support.pictures import CASES, case, rendered, without_numbers
from tests.support.specs import fit, random_specs

WIDTH = 1020
"""The room of the headline, in points."""


@pytest.mark.parametrize("name", CASES)
def test_every_fit_has_a_small_svg_of_finite_numbers(name: str) -> None:
    svg = rendered(name, "svg")

    ET.fromstring(svg)
    assert without_numbers(svg) == []
    assert len(svg) < 400_000


@pytest.mark.parametrize("name", CASES)
def test_every_fit_has_a_png_of_1500_by_600_pixels(name: str) -> None:
    png = rendered(name, "png")

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack_from(">II", png, 16) == (1500, 600)


@pytest.mark.parametrize("name", CASES)
def test_every_verdict_fits_two_lines(name: str) -> None:
    lead, rest = lead_and_rest(case(name).verdict.message.en)

    type_size, _, lines = fitted(lead, rest, WIDTH)

    assert len(lines) <= 2
    assert " ".join(lines) == rest
    assert all(text_width(line, type_size) <= WIDTH for line in lines)


@fewer(5)
@given(random_specs())
def test_any_fit_can_be_drawn(spec: dict[str, object]) -> None:
    try:
        made = fit(**spec, include=("predictions", "data"))
    except NotComputableError:
        return

    assert without_numbers(picture(made, "svg")) == []


@pytest.mark.parametrize("form", ["svg", "png"])
@pytest.mark.parametrize("name", ["lecture", "50,000 points"])
def test_the_same_fit_gives_the_same_bytes(name: str, form: Form) -> None:
    assert picture(case(name), form) == rendered(name, form)


def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "import sys; from tests.support.pictures import rendered; "
        "sys.stdout.buffer.write(rendered('lecture', 'svg'))"
    )

    made = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout

    assert made == rendered("lecture", "svg")


def test_pyplot_is_not_imported() -> None:
    code = "import sys, service.plots.picture; sys.exit('matplotlib.pyplot' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", CASES)
def test_every_svg_points_nowhere_and_runs_nothing(name: str) -> None:
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
