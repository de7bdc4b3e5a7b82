"""The terms of the page explain themselves in a sentence: on hover, on focus and on a tap."""

import re

import pytest
from playwright.sync_api import expect

from tests.system.browser.drawings import drawn
from tests.system.browser.visits import Visits
from tests.system.browser.waiting import until

pytestmark = pytest.mark.browser

NOTICED_MS = 300
"""The time in which a browser notices what came under its pointer."""
TERMS = {
    "walk": "A cut through the loss",
    "valley": "The loss from above",
    "curve": "The points, the curve",
    "dial": "How far a step goes",
    "limit": "The largest rate at which the descent still settles",
    "noBounce": "Up to this rate, no step goes beyond the bottom",
    "best": "The rate with the lowest loss after all steps",
    "fewest": "A run has arrived if its loss is within 1%",
    "way": "A direction is one way to change the coefficients together",
    "loss": "The mean of the squared distances",
    "scale": "Rescaled, t has mean 0",
}


def test_a_term_explains_itself_while_the_pointer_is_on_it(visit: Visits) -> None:
    page = visit()

    for name, sentence in TERMS.items():
        page.hover(f"[data-term={name}]")
        expect(page.locator("#tip")).to_be_visible()
        expect(page.locator("#tip")).to_contain_text(sentence)
        page.mouse.move(0, 0)
        expect(page.locator("#tip")).to_be_hidden()


def test_every_term_outside_the_charts_is_underlined(visit: Visits) -> None:
    terms = visit().locator(".term:not(.mark):visible")

    lines = terms.evaluate_all("all => all.map((each) => getComputedStyle(each).textDecoration)")

    assert len(lines) > len(TERMS) / 2
    assert all(line.startswith("underline dotted") for line in lines)


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("en-US", "one way to change the coefficients together"),
        ("ko-KR", "계수들을 함께 바꾸는 방법"),
    ],
)
def test_the_direction_of_a_verdict_explains_itself(
    visit: Visits, locale: str, sentence: str
) -> None:
    page = visit("lr=1e-5&scale=none&steps=10", locale=locale)

    page.hover("#verdict [data-term=way]")

    expect(page.locator("#tip")).to_contain_text(sentence)


def test_a_term_that_comes_under_a_resting_pointer_explains_nothing(visit: Visits) -> None:
    page = visit("lr=1e-5&scale=none&steps=10")
    term = page.locator("#verdict [data-term=scale]")
    box = term.bounding_box()
    assert box
    page.set_viewport_size({"width": 1000, "height": 700})
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    expect(page.locator("#tip")).to_be_hidden()

    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_timeout(NOTICED_MS)

    assert term.bounding_box() == box
    expect(page.locator("#tip")).to_be_hidden()


def test_the_orthonormal_columns_of_a_verdict_explain_themselves(visit: Visits) -> None:
    page = visit("lr=1e-5&scale=none&steps=10")

    page.hover("#verdict [data-term=scale]")

    expect(page.locator("#tip")).to_contain_text("Orthonormal columns are mixtures of the powers")


@pytest.mark.parametrize(
    ("state", "sentences"),
    [
        (
            "optimizer=momentum&amount=0.2",
            {
                "limit-term": "from the largest curvature and the momentum",
                "no-bounce": "the ball does not swing across the bottom",
            },
        ),
        ("batch=5", {"limit-term": "The limit of a constant rate with all points"}),
        (
            "model=network&steps=30",
            {
                "best-rate": "among those that the service tried",
                "walk-term": "The path of all weights, from above",
                "valley-term": "it has no single steepest direction",
            },
        ),
    ],
    ids=["momentum", "batches", "network"],
)
def test_a_term_explains_what_it_means_for_another_method(
    visit: Visits, state: str, sentences: dict[str, str]
) -> None:
    page = visit(state)

    for term, sentence in sentences.items():
        page.focus(f"#{term}")
        expect(page.locator("#tip")).to_contain_text(sentence)


def test_the_sentence_stays_at_its_term_while_the_page_scrolls(visit: Visits) -> None:
    page = visit()
    page.focus("[data-term=loss]")
    before = page.locator("#tip").bounding_box()

    page.mouse.wheel(0, 100)
    until(page, "scrollY === 100")
    drawn(page)

    after = page.locator("#tip").bounding_box()
    assert before
    assert after
    assert before["y"] - after["y"] == 100


def test_the_pointer_can_move_onto_the_sentence(visit: Visits) -> None:
    page = visit()
    page.hover("[data-term=limit]")

    page.hover("#tip")
    page.wait_for_timeout(400)

    expect(page.locator("#tip")).to_be_visible()


def test_a_term_explains_itself_while_it_has_the_focus(visit: Visits) -> None:
    page = visit()

    page.focus("[data-term=limit]")
    expect(page.locator("#tip")).to_contain_text(TERMS["limit"])
    page.focus("#rate")

    expect(page.locator("#tip")).to_be_hidden()


def test_the_keyboard_goes_from_a_term_to_its_link_and_on(visit: Visits) -> None:
    page = visit()
    page.focus("[data-term=loss]")

    page.keyboard.press("Tab")
    expect(page.locator("#more")).to_be_focused()
    page.keyboard.press("Tab")

    expect(page.locator("#tip")).to_be_hidden()


def test_escape_leads_from_the_link_back_to_its_term(visit: Visits) -> None:
    page = visit()
    page.focus("[data-term=limit]")
    page.keyboard.press("Tab")

    page.keyboard.press("Escape")

    expect(page.locator("#tip")).to_be_hidden()
    expect(page.locator("[data-term=limit]")).to_be_focused()


def test_a_term_of_the_lecture_links_its_chapter(visit: Visits) -> None:
    page = visit()

    for name in ("walk", "curve", "dial", "loss"):
        page.focus(f"[data-term={name}]")
        expect(page.locator("#more")).to_have_attribute(
            "href", re.compile("04_mnist_basics.ipynb$")
        )


def test_a_term_of_the_analysis_links_its_documentation(visit: Visits) -> None:
    page = visit()

    for name in ("valley", "limit", "noBounce", "best", "scale", "way", "fewest"):
        page.focus(f"[data-term={name}]")
        expect(page.locator("#more")).to_have_attribute("href", "docs#/fit/analysis")


def test_the_link_of_a_term_leads_to_its_documentation(visit: Visits) -> None:
    page = visit()
    page.hover("[data-term=valley]")

    page.click("#more")

    expect(page.locator("#operations-fit-analysis .opblock-body")).to_be_visible()


def test_escape_closes_the_sentence(visit: Visits) -> None:
    page = visit()
    page.focus("[data-term=limit]")

    page.keyboard.press("Escape")

    expect(page.locator("#tip")).to_be_hidden()


def test_a_tap_explains_a_term_within_the_screen(visit: Visits) -> None:
    page = visit(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True)

    for name, sentence in TERMS.items():
        page.tap(f"[data-term={name}]")
        expect(page.locator("#tip")).to_contain_text(sentence)
        expect(page.locator("#tip")).to_be_in_viewport(ratio=1)
        page.keyboard.press("Escape")


def test_the_sentence_stays_at_its_term_when_the_window_changes(visit: Visits) -> None:
    page = visit()
    page.focus("#fewest-steps")

    page.set_viewport_size({"width": 1920, "height": 1080})

    left = "document.querySelector('{}').getBoundingClientRect().left"
    until(page, f"{left.format('#tip')} === {left.format('#fewest-steps')}")
