"""A student is met: the page says what it is, and five stops lead from the lecture's run to one
with t rescaled. Each asks for a guess before it shows what happens.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.support.written import written
from tests.system.browser.drawings import slowly
from tests.system.browser.rates import shows
from tests.system.browser.selected import stands
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

STOPS = [
    ("Far from the points", "A good rate,", 10),
    ("Part of the way down", "Too small.", 10),
    ("Jumping from side to side", "Bouncing.", 10),
    ("Out of the picture", "Too large.", 10),
    ("On the points", "Good.", 60),
]
"""The right guess of each stop, the first words of its verdict, and its steps."""


def guess(page: Page, name: str) -> None:
    page.locator("#guesses").get_by_role("button", name=name).click()


def test_the_page_names_and_links_the_chapter(visit: Visits) -> None:
    link = visit().get_by_role("link", name="chapter 4 of fastai's book")

    expect(link).to_have_attribute(
        "href", "https://github.com/fastai/fastbook/blob/master/04_mnist_basics.ipynb"
    )


def test_one_click_shows_the_run_of_the_lecture(visit: Visits) -> None:
    page = visit("seed=7&lr=0.3&steps=20")

    page.click("#lecture-run")

    shows(page, 1e-5)
    stands(page, 10, 10)
    expect(page.locator("#scale")).to_have_value("none")
    expect(page.locator("#verdict strong")).to_have_text("A good rate,")


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_the_button_of_the_lectures_run_has_its_rate(visit: Visits, locale: str) -> None:
    button = visit(locale=locale).locator("#lecture-run")

    expect(button).to_contain_text(written(1e-5))


def test_the_path_leads_through_five_stops(visit: Visits) -> None:
    page = visit()
    page.click("#suggest")

    for i, (right, verdict, steps) in enumerate(STOPS):
        expect(page.locator("#stop")).to_have_text(f"Stop {i + 1} of 5.")
        guess(page, right)
        expect(page.locator("#verdict strong")).to_have_text(verdict)
        stands(page, steps, steps)
        expect(page.locator("#why")).to_contain_text("Right.")
        page.click("#suggest")

    expect(page.locator("#guide")).to_be_hidden()
    expect(page.locator("#about")).to_be_visible()


def test_after_the_last_guess_one_button_leaves_the_path(visit: Visits) -> None:
    page = visit()
    page.click("#suggest")
    for right, _, _ in STOPS[:-1]:
        guess(page, right)
        page.click("#suggest")

    guess(page, STOPS[-1][0])

    expect(page.get_by_role("button", name="Leave the path")).to_have_count(1)
    expect(page.locator("#suggest")).to_have_text("Leave the path")


def test_after_a_guess_the_question_leaves_no_gap_around_the_verdict(visit: Visits) -> None:
    page = visit(viewport={"width": 390, "height": 844})
    page.click("#suggest")

    guess(page, "On the points")

    verdict, headline = (page.locator(each).bounding_box() for each in ("#verdict", ".headline"))
    assert verdict
    assert headline
    assert headline["height"] <= max(130, verdict["height"])


def test_a_stop_shows_its_start_until_there_is_a_guess(visit: Visits) -> None:
    page = visit()

    page.click("#suggest")

    stands(page, 0, 10)
    for hidden in ("#verdict", "#going", "#suggest"):
        expect(page.locator(hidden)).to_be_hidden()


def test_a_guess_before_the_answer_of_the_service_plays_it_once_it_is_there(visit: Visits) -> None:
    page = visit()
    slowly(page)
    page.click("#suggest")

    guess(page, "On the points")

    stands(page, 10, 10)
    expect(page.locator("#verdict strong")).to_be_visible()


def test_a_wrong_guess_is_told_why(visit: Visits) -> None:
    page = visit()
    page.click("#suggest")

    guess(page, "On the points")

    expect(page.locator("#why")).to_contain_text("Not quite. The ball is at the bottom")


def test_after_a_guess_the_run_is_played(visit: Visits) -> None:
    page = visit("step=1", reduced_motion="no-preference")
    page.click("#lecture-run")
    page.click("#take-path")

    guess(page, "On the points")

    expect(page.locator("#play")).to_have_text("❚❚ Pause")


def test_the_path_can_be_left(visit: Visits) -> None:
    page = visit()
    page.click("#suggest")

    page.click("#leave-path")

    expect(page.locator("#question")).to_be_hidden()
    expect(page.locator("#about")).to_be_visible()


def test_the_path_is_taken_with_the_keyboard(visit: Visits) -> None:
    page = visit()
    page.focus("#suggest")

    page.keyboard.press("Enter")
    expect(page.locator("#guesses button").first).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#why")).to_contain_text("Right.")
    expect(page.locator("#why")).to_be_focused()
