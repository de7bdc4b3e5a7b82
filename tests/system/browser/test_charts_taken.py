"""Each chart as a file: it looks as on the page, and needs nothing of it."""

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.support.server import Server
from tests.system.browser.files import taken
from tests.system.browser.visits import visiting

pytestmark = pytest.mark.browser

CHARTS = ["walk", "curve", "dial", "loss", "valley"]
FRAGMENTS = {
    "light": "steps=12&lr=0.36",
    "dark": "steps=30&scale=none&lr=0.00001",
    "phone": "steps=12&lr=0.42",
}
"""By where it is shown; the second hardly moves in the flat direction, the third diverges."""
SETTINGS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}
GROUND = {"light": "rgb(252, 251, 248)", "dark": "rgb(19, 21, 25)", "phone": "rgb(252, 251, 248)"}
SHAPES = {"circle", "ellipse", "path", "rect", "text"}
AFAR = (32, 16)
HEAD = 77
"""The height of the lines above a chart that is taken, in pixels."""
PNG = b"\x89PNG\r\n\x1a\n"
BARE = (
    "document.querySelectorAll('input[type=range]')"
    ".forEach((slider) => { slider.style.visibility = 'hidden'; })"
)
"""Takes the sliders away, which lie over two of the charts."""
SHADE = "getComputedStyle(document.querySelector('.value')).color"


@dataclass(frozen=True)
class Taken:
    """A chart; `page` is a screenshot of it on the page, `alone` one of the SVG as a browser opens
    it.
    """

    where: str
    shade: str
    svg: bytes
    png: bytes
    page: bytes
    alone: bytes

    def elements(self) -> list[tuple[str, dict[str, str]]]:
        """The names and attributes of all that is drawn."""
        return [
            (each.tag.rpartition("}")[2], each.attrib) for each in ET.fromstring(self.svg).iter()
        ]


def screenshot(page: Page, name: str) -> bytes:
    """Take a screenshot of a chart on the page. A drawer next to it stays; a drawer over it is
    closed.
    """
    if page.evaluate("document.querySelector('#share').matches(':modal')"):
        page.locator("#share .close").click()
    chart = page.locator(f"#{name} .picture")
    chart.evaluate("(chart) => chart.scrollIntoView({ block: 'center' })")
    return chart.screenshot()


def opened_alone(browser: Browser, svg: bytes, file: Path) -> bytes:
    file.write_bytes(svg)
    width, height = (int(ET.fromstring(svg).attrib[side]) for side in ("width", "height"))
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(file.as_uri())
    seen = page.screenshot()
    page.close()
    return seen


def pixels(
    png: bytes, size: tuple[int, int] | None = None
) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Their colours; of a picture made as small as this, if a size is given."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return np.asarray(image.resize(size, Image.Resampling.BOX) if size else image, dtype=np.float64)


def like(one: bytes, other: bytes) -> bool:
    """Whether two pictures are one, seen from afar: far less apart than from an empty one. A chart
    may begin in the middle of a pixel.
    """
    seen, known = (pixels(png, AFAR) for png in (one, other))
    empty = pixels(other)[0, 0]
    return bool(np.abs(seen - known).mean() < np.abs(known - empty).mean() / 3)


def below_the_lines(png: bytes) -> bytes:
    """Return a taken chart without the lines above it."""
    whole = Image.open(io.BytesIO(png))
    cropped = io.BytesIO()
    whole.crop((0, HEAD, whole.width, whole.height)).save(cropped, "PNG")
    return cropped.getvalue()


def take(page: Page, name: str, kind: str) -> bytes:
    return taken(page, f"#charts li:nth-child({CHARTS.index(name) + 1}) button:has-text('{kind}')")


@pytest.fixture(scope="module", params=FRAGMENTS)
def charts(
    browser: Browser,
    service: Server,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Taken]:
    """All charts, taken while some of them are out of sight."""
    where = request.param
    folder = tmp_path_factory.mktemp("charts")
    with visiting(browser, service.url) as visits:
        page = visits(FRAGMENTS[where], **SETTINGS[where])
        page.evaluate(BARE)
        page.locator("#open-share").click()
        files = {(name, kind): take(page, name, kind) for name in CHARTS for kind in ("SVG", "PNG")}
        shade = page.evaluate(SHADE)
        seen = {name: screenshot(page, name) for name in CHARTS}
    alone = {
        name: opened_alone(browser, files[name, "SVG"], folder / f"{name}.svg") for name in CHARTS
    }
    return {
        name: Taken(where, shade, files[name, "SVG"], files[name, "PNG"], seen[name], alone[name])
        for name in CHARTS
    }


def test_the_svgs_need_no_style_of_the_page(charts: dict[str, Taken]) -> None:
    styled, unfilled = [], []
    for name, chart in charts.items():
        for tag, attributes in chart.elements():
            if {"class", "style", "data-label"} & attributes.keys():
                styled.append((name, tag))
            if tag in SHAPES and "fill" not in attributes:
                unfilled.append((name, tag))

    assert [name for name, chart in charts.items() if b"var(" in chart.svg] == []
    assert (styled, unfilled) == ([], [])


def test_the_svgs_have_the_colours_of_the_page(charts: dict[str, Taken]) -> None:
    fills = {
        name: {attributes.get("fill") for _, attributes in chart.elements()}
        for name, chart in charts.items()
    }

    assert [name for name, chart in charts.items() if GROUND[chart.where] not in fills[name]] == []
    assert [name for name, chart in charts.items() if chart.shade.encode() not in chart.svg] == []


def test_the_svgs_look_alone_as_they_do_on_the_page(charts: dict[str, Taken]) -> None:
    assert [
        name for name, chart in charts.items() if not like(chart.page, below_the_lines(chart.alone))
    ] == []


def test_the_svgs_say_what_they_show(charts: dict[str, Taken]) -> None:
    texts = {
        name: [each.text or "" for each in ET.fromstring(chart.svg).iter() if "text" in each.tag]
        for name, chart in charts.items()
    }

    for name, lines in texts.items():
        assert any("What a learning rate does" in line for line in lines), name
        assert any(re.match(r"rate \S+, \S+ of the limit$", line) for line in lines), name


def test_the_pngs_are_the_same_twice_as_large(charts: dict[str, Taken]) -> None:
    shapes = {name: pixels(chart.alone).shape for name, chart in charts.items()}

    assert [each for each, chart in charts.items() if not chart.png.startswith(PNG)] == []
    assert {name: pixels(chart.png).shape for name, chart in charts.items()} == {
        name: (2 * high, 2 * wide, 3) for name, (high, wide, _) in shapes.items()
    }
    assert [name for name, chart in charts.items() if not like(chart.png, chart.alone)] == []
