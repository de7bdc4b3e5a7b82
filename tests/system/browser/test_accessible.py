"""For a screen reader: nothing that axe finds, a sentence for each chart, a table of each, and the
verdict when it is there.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.system.browser.accessible import faults
from tests.system.browser.visits import Visits
from tests.system.browser.waiting import until

pytestmark = pytest.mark.browser

CHARTS = ["walk", "curve", "dial", "loss", "valley"]
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
SENTENCE = re.compile(r"^.{60,}\.$")
HEARD = """
window.heard = [];
addEventListener("DOMContentLoaded", () => {
  const said = document.querySelector("#said");
  new MutationObserver(() => heard.push(said.textContent)).observe(said, { childList: true });
});
"""


def summary(page: Page, name: str) -> str:
    return page.locator(f"#{name} .picture").get_attribute("aria-label") or ""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_axe_finds_nothing(visit: Visits, locale: str, theme: str, size: str) -> None:
    page = visit("lr=0.42", locale=locale, color_scheme=theme, viewport=SIZES[size])

    for opened in ("#tables summary", "#keys summary", "#edit"):
        page.locator(opened).click()
    assert faults(page) == ""

    page.locator("#tables summary").click()  # axe has read the tables
    for drawer in ("data", "challenge", "share"):
        page.evaluate("scrollTo(0, 0)")
        page.locator(f"#open-{drawer}").click()
        assert faults(page) == ""
        page.locator(f"#{drawer} .close").click()


def test_axe_finds_nothing_at_first(visit: Visits) -> None:
    assert faults(visit()) == ""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_axe_finds_nothing_in_a_challenge(
    visit: Visits, locale: str, theme: str, size: str
) -> None:
    settings: Any = {"locale": locale, "color_scheme": theme, "viewport": SIZES[size]}
    assert faults(visit("part=0.02&steps=20&challenge=open", **settings)) == ""

    page = visit("lr=0.1&steps=20&challenge=tried", **settings)
    expect(page.locator("#outcome")).to_be_visible()
    assert faults(page) == ""

    page.click("#show-best")
    page.click("#open-challenge")
    page.click("#class summary")
    page.fill("#links", "Minji http://school/#lr=0.1&steps=20\nnothing")
    page.click("#compare")
    expect(page.locator("#ranking tbody tr")).to_have_count(1)
    assert faults(page) == ""


def test_axe_finds_nothing_where_input_is_refused(visit: Visits) -> None:
    page = visit()
    page.locator("#steps").fill("0")
    page.locator("#steps").press("Enter")
    page.locator("#open-data").click()
    page.locator("#synthetic-noise").fill("much")
    page.keyboard.press("Tab")
    page.locator("#use-points").click()
    expect(page.locator("#pasted-problem")).not_to_be_empty()

    assert faults(page) == ""


def test_axe_finds_nothing_where_a_file_is_refused(visit: Visits) -> None:
    page = visit(forgiven="400")
    page.locator("#open-data").click()
    page.set_input_files("#file", {"name": "t.csv", "mimeType": "", "buffer": b"t,y\n0,much"})
    expect(page.locator("#pasted-problem")).not_to_be_empty()

    assert faults(page) == ""


def test_each_chart_is_an_image_with_a_sentence(visit: Visits) -> None:
    page = visit()

    for name in CHARTS:
        chart = page.locator(f"#{name} .picture")
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("role", "img")
        expect(chart).to_have_attribute("aria-label", SENTENCE)


def test_the_sentence_of_each_chart_but_the_sweep_names_the_step(visit: Visits) -> None:
    page = visit("steps=12")

    for name in ("walk", "curve", "loss", "valley"):
        chart = page.locator(f"#{name} .picture")
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("aria-label", re.compile("step 12"))
        page.keyboard.press(",")
        expect(chart).to_have_attribute("aria-label", re.compile("step 11"))
        page.keyboard.press(".")


def test_the_sentence_of_the_sweep_tells_the_rate(visit: Visits) -> None:
    page = visit()
    before = summary(page, "dial")

    page.locator("[data-preset=large]").click()

    expect(page.locator("#dial .picture")).not_to_have_attribute("aria-label", before)


def test_each_chart_is_a_table_too(visit: Visits) -> None:
    page = visit("steps=12")

    page.locator("#tables summary").click()

    for name, count in (("steps", 13), ("sweep", 121), ("points", 20), ("directions", 3)):
        expect(page.locator(f"#table-{name} tbody tr")).to_have_count(count)


def test_the_verdict_is_announced_when_the_hand_lets_go(visit: Visits) -> None:
    page = visit(script=HEARD)
    box = page.locator("#rate").bounding_box()
    thumb = page.evaluate(
        "(() => { const r = document.querySelector('#rate'); "
        "return (r.value - r.min) / (r.max - r.min); })()"
    )
    assert box

    page.mouse.move(box["x"] + 13 + thumb * (box["width"] - 26), box["y"] + box["height"] / 2)
    page.mouse.down()
    for part in (0.6, 0.5, 0.4, 0.1):
        page.mouse.move(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
    expect(page.locator("#verdict")).to_contain_text("Too small.")
    assert page.evaluate("heard") == []
    page.mouse.up()

    until(page, "heard.length")
    assert page.evaluate("heard") == [page.locator("#verdict").text_content()]
