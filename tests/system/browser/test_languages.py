"""Korean and English, light and dark: the browser's, until a person chooses."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

VISIBLE = """() => {
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() && parent.checkVisibility() && !parent.closest("pre"))
      texts.push(walker.currentNode.data);
  }
  for (const element of document.querySelectorAll("[aria-label], [aria-valuetext]"))
    if (element.checkVisibility())
      for (const name of ["aria-label", "aria-valuetext"])
        texts.push(element.getAttribute(name) ?? "");
  return texts;
}"""
"""What is read and heard of the page, but for code."""
LATIN = {
    "API",
    "SVG",
    "PNG",
    "JSON",
    "CSV",
    "TSV",
    "Parquet",
    "Arrow",
    "NPY",
    "curl",
    "Python",
    "httpx",
    "JavaScript",
    "fetch",
    "fastai",
    "Adam",
}
"""Names that Korean writes so, too."""
ALSO = {"English", "Delete", "Enter", "Shift", "Ctrl", "params"}
"""The other language's own name, keys, and the code of the lecture."""
STATES = {
    "first": ("", []),
    "flat": ("scale=none&steps=10", ["#tables summary", "#keys summary", "#edit"]),
    "diverging": ("lr=0.42", ["#open-data", "#use-points"]),
    "share": ("start=1,2,3,9", ["#open-share"]),
}
"""What is shown, and what is clicked then."""
GROUND = {"light": "rgb(252, 251, 248)", "dark": "rgb(19, 21, 25)"}


def ground(page: Page) -> str:
    found: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return found


@pytest.mark.parametrize(
    ("locale", "title"),
    [
        ("ko-KR", "학습률이 하는 일"),
        ("en-GB", "What a learning rate does"),
        ("de-DE", "What a learning rate does"),
    ],
)
def test_the_page_speaks_the_browsers_language_or_english(
    visit: Visits, locale: str, title: str
) -> None:
    page = visit(locale=locale)

    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator("html")).to_have_attribute("lang", "ko" if locale == "ko-KR" else "en")


def test_a_language_that_was_chosen_stays(visit: Visits) -> None:
    page = visit(locale="en-US")

    page.locator("#language").click()
    expect(page.locator("#verdict strong")).to_have_text("적당합니다.")
    page.reload()

    expect(page.locator("#verdict strong")).to_have_text("적당합니다.")
    walk = page.locator("#walk .picture")
    expect(walk).to_have_attribute("aria-label", re.compile("내려가는 길"))


def test_the_button_of_the_language_leads_back_to_english(visit: Visits) -> None:
    page = visit(locale="ko-KR")

    page.get_by_role("button", name="English").click()

    expect(page.locator("#verdict strong")).to_have_text("Good.")


@pytest.mark.parametrize("state", STATES)
def test_in_korean_nothing_is_left_in_english(visit: Visits, state: str) -> None:
    fragment, clicks = STATES[state]
    page = visit(fragment, locale="ko-KR")

    for each in clicks:
        page.locator(each).click()
    page.wait_for_load_state("networkidle")

    texts = page.evaluate(VISIBLE)
    assert {word for each in texts for word in re.findall(r"[A-Za-z]{2,}", each)} <= LATIN | ALSO


@pytest.mark.parametrize("theme", GROUND)
def test_the_page_has_the_browsers_colours(visit: Visits, theme: str) -> None:
    assert ground(visit(color_scheme=theme)) == GROUND[theme]


def test_the_page_follows_the_browser_into_the_dark(visit: Visits) -> None:
    page = visit(color_scheme="light")

    page.emulate_media(color_scheme="dark")

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize(
    "size", [{"width": 1440, "height": 900}, {"width": 390, "height": 844}], ids=["desk", "phone"]
)
def test_colours_that_were_chosen_stay(visit: Visits, size: dict[str, int]) -> None:
    page = visit(color_scheme="light", viewport=size)

    page.locator("#theme").click()
    page.reload()
    page.locator("#verdict strong").wait_for()

    assert ground(page) == GROUND["dark"]
    page.emulate_media(color_scheme="light")
    assert ground(page) == GROUND["dark"]


def test_the_button_of_the_colours_leads_back_to_the_light(visit: Visits) -> None:
    page = visit(color_scheme="dark")

    page.locator("#theme").click()

    assert ground(page) == GROUND["light"]


def test_the_colours_of_paper_are_light(visit: Visits) -> None:
    page = visit(color_scheme="dark")

    page.emulate_media(media="print")

    assert ground(page) == GROUND["light"]
