"""The challenge: the rate that brings the loss lowest in a fixed number of steps. Its attempts are
scored, listed and shared as links.
"""

import io
import math
import re
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.written import written
from tests.system.browser.drawings import slowly
from tests.system.browser.rates import shows
from tests.system.browser.selected import stands
from tests.system.browser.visits import NO_CLIPBOARD, Visits
from tests.system.browser.waiting import until

pytestmark = pytest.mark.browser


ROUNDED = 2
"""The difference of two shades of one colour that were blended."""


def started(visit: Visits, fragment: str = "", **settings: Any) -> Page:
    """A page with a challenge of 20 steps."""
    page = visit(fragment, **settings)
    page.click("#open-challenge")
    page.click("#start-challenge")
    expect(page.locator("#question-asked")).to_be_visible()
    stands(page, 0, 20)
    return page


def choose(page: Page, rate: float) -> None:
    """Types a rate."""
    page.fill("#lr", str(rate))
    page.locator("#lr").blur()
    shows(page, rate)


def attempt(page: Page, rate: float) -> None:
    """Tries a rate and waits for its score."""
    choose(page, rate)
    page.click("#try")
    expect(page.locator("#outcome")).to_be_visible()
    stands(page, 20, 20)


def answer(visit: Visits, rate: float) -> dict[str, Any]:
    """What the service answers about a rate, on the points and the start of the lecture."""
    question = {"synthetic": {}, "seed": 42, "steps": 1, "scale": "none", "include": ["params"]}
    drawn = httpx.post(f"{visit.url}/fit", json=question).raise_for_status().json()
    start = {name: column[0] for name, column in drawn["history"]["params"].items()}
    asked = {"synthetic": {}, "seed": 42, "steps": 20, "scale": "standardize", "init": start}
    found: dict[str, Any] = (
        httpx.post(f"{visit.url}/sweep", json=asked | {"lrs": [rate]}).raise_for_status().json()
    )
    return found


def listed(page: Page) -> list[list[str]]:
    """The attempts in the drawer: rate, loss, score and verdict."""
    page.click("#open-challenge")
    rows = page.locator("#attempts tbody tr").all()
    cells = [row.locator("th, td").all_text_contents() for row in rows]
    page.click("#challenge .close")
    return cells


def test_a_challenge_asks_for_a_rate_without_the_end_of_its_run(visit: Visits) -> None:
    page = started(visit)

    expect(page.locator("#question-asked")).to_have_text(
        "Which learning rate brings the loss lowest in 20 steps?"
    )
    for hidden in ("#verdict", "#going", "#suggest", "#outcome", "#play", "#loss .predicted"):
        expect(page.locator(hidden)).to_be_hidden()


def test_the_chart_of_the_rates_is_empty_at_first(visit: Visits) -> None:
    page = started(visit)

    for hidden in (".swept >> nth=0", ".area >> nth=0", ".limit", ".best-rate", ".sweptdots"):
        expect(page.locator(f"#dial svg {hidden}")).to_be_hidden()
    for hidden in ("#best-rate", "#of-limit", "#tables", "[data-preset=good]"):
        expect(page.locator(hidden)).to_be_hidden()


def test_the_track_of_an_open_challenge_has_no_seams(visit: Visits) -> None:
    page = started(visit)
    page.locator("#lr").blur()

    box = page.locator("#dial svg.picture").bounding_box()
    assert box
    middle, line = box["width"] / 2, box["y"] + box["height"] - 13
    seen = page.screenshot(
        clip={"x": box["x"] + middle, "y": line, "width": middle - 8, "height": 2}
    )

    for channel in Image.open(io.BytesIO(seen)).convert("RGB").split():
        shades = np.asarray(channel)
        assert shades.max() - shades.min() <= ROUNDED


def test_neither_a_key_nor_a_click_shows_the_run_before_an_attempt(visit: Visits) -> None:
    page = started(visit)

    page.locator("main").press(" ")
    page.locator("main").press(".")
    page.fill("#step", "20")
    page.locator("#step").blur()

    stands(page, 0, 20)
    expect(page.locator("#question-asked")).to_be_visible()


def test_the_key_of_the_best_rate_does_not_give_it_away(visit: Visits) -> None:
    page = started(visit)
    choose(page, 0.05)

    page.keyboard.press("b")

    shows(page, 0.05)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.3])
def test_the_score_is_that_of_the_losses_of_the_service(visit: Visits, rate: float) -> None:
    found = answer(visit, rate)
    first = found["runs"][0]["verdict"]["facts"]["start_loss"]
    loss, lowest = found["runs"][0]["loss"], found["exact"]["loss"]
    page = started(visit)

    attempt(page, rate)

    expected = 100 * math.log(first / loss) / math.log(first / lowest)
    expect(page.locator("#score")).to_have_text(written(expected))


def test_the_best_rate_scores_100(visit: Visits) -> None:
    page = started(visit)

    attempt(page, answer(visit, 0.1)["exact"]["lr"])

    expect(page.locator("#score")).to_have_text("100")


def test_a_rate_that_diverges_scores_0(visit: Visits) -> None:
    page = started(visit)

    attempt(page, 0.5)

    expect(page.locator("#score")).to_have_text("0")
    expect(page.locator("#verdict strong")).to_have_text("Too large.")


def test_the_score_is_shown_once_the_run_is_at_its_end(visit: Visits) -> None:
    page = started(visit, reduced_motion="no-preference")
    choose(page, 0.1)

    page.click("#try")

    expect(page.locator("#going")).to_contain_text("of 20.")
    expect(page.locator("#outcome")).to_be_hidden()
    stands(page, 20, 20)
    expect(page.locator("#outcome")).to_be_visible()


def test_the_score_is_announced(visit: Visits) -> None:
    page = started(visit)

    attempt(page, 0.5)

    expect(page.locator("#said")).to_have_text(re.compile(r"^0 of 100 points\. Too large\."))


def test_the_slider_announces_no_verdict_before_the_best_rate_is_shown(visit: Visits) -> None:
    page = started(visit)

    choose(page, 0.05)

    expect(page.locator("#rate")).to_have_attribute("aria-valuetext", "0.0500")
    expect(page.locator("#dial svg.picture")).to_have_attribute("aria-hidden", "true")


def test_another_rate_hides_the_end_again(visit: Visits) -> None:
    page = started(visit)
    attempt(page, 0.1)

    choose(page, 0.2)

    expect(page.locator("#question-asked")).to_be_visible()
    expect(page.locator("#outcome")).to_be_hidden()
    stands(page, 0, 20)


def test_the_slider_chooses_a_rate_without_its_end(visit: Visits) -> None:
    page = started(visit)
    attempt(page, 0.1)

    page.focus("#rate")
    page.keyboard.press("Shift+ArrowRight")

    expect(page.locator("#question-asked")).to_be_visible()
    stands(page, 0, 20)


def test_the_attempts_of_a_visit_are_listed_with_rate_loss_score_and_verdict(
    visit: Visits,
) -> None:
    page = started(visit)
    attempt(page, 0.01)
    attempt(page, 0.5)
    loss = answer(visit, 0.01)["runs"][0]["loss"]

    (small, large) = listed(page)

    assert small[:2] + small[3:] == ["0.0100", written(loss), "Too small"]
    assert large == ["0.500", "diverges", "0", "Too large"] or large[2:] == ["0", "Too large"]
    expect(page.locator("#dial .attempt")).to_have_count(2)


def test_an_attempt_of_the_list_is_shown_again(visit: Visits) -> None:
    page = started(visit)
    attempt(page, 0.1)
    score = page.locator("#score").text_content() or ""
    attempt(page, 0.5)
    page.click("#open-challenge")

    page.locator("#attempts").get_by_role("button", name="0.100").click()

    shows(page, 0.1)
    expect(page.locator("#score")).to_have_text(score)
    stands(page, 20, 20)


def test_on_a_phone_the_list_makes_room_for_its_attempt(visit: Visits) -> None:
    page = started(visit, viewport={"width": 390, "height": 844})
    attempt(page, 0.1)
    page.click("#open-challenge")

    page.locator("#attempts").get_by_role("button", name="0.100").click()

    expect(page.locator("#challenge")).to_be_hidden()


def test_a_button_shows_the_best_rate_after_an_attempt(visit: Visits) -> None:
    best = answer(visit, 0.1)["exact"]
    page = started(visit)
    attempt(page, 0.1)

    page.click("#show-best")

    sentence = f"Best rate: {written(best['lr'])}. It brings the loss to {written(best['loss'])}."
    expect(page.locator("#best-was")).to_have_text(sentence)
    expect(page.locator("#best-was")).to_be_focused()
    expect(page.locator("#dial svg .best-rate")).to_be_visible()
    expect(page.locator("#tables")).to_be_visible()


def test_the_button_that_copies_stays_in_its_place_after_the_best_rate(visit: Visits) -> None:
    page = started(visit)
    attempt(page, 0.1)
    expect(page.locator("#show-best")).to_be_visible()
    before = page.locator("#copy-attempt").bounding_box()

    page.click("#show-best")
    expect(page.locator("#best-was")).not_to_be_empty()

    assert page.locator("#copy-attempt").bounding_box() == before


def test_a_challenge_has_the_number_of_steps_that_is_typed(visit: Visits) -> None:
    page = visit()
    page.click("#open-challenge")

    page.fill("#challenge-steps", "5")
    page.click("#start-challenge")

    expect(page.locator("#arrive")).to_have_text("Arrive in 5 steps.")
    stands(page, 0, 5)


def test_a_number_of_steps_that_cannot_be_taken_is_named(visit: Visits) -> None:
    page = visit()
    page.click("#open-challenge")

    page.fill("#challenge-steps", "0")
    page.click("#start-challenge")

    expect(page.locator("#challenge-problem")).to_contain_text("Enter a number from 1")
    expect(page.locator("#challenge-line")).to_be_hidden()


def test_a_challenge_is_about_the_points_at_hand(visit: Visits) -> None:
    page = started(visit, "seed=7&points=30&scale=none")

    expect(page.locator("#curve svg .point")).to_have_count(30)
    expect(page.locator("#scale")).to_have_value("none")


def test_another_question_ends_the_challenge(visit: Visits) -> None:
    page = started(visit)

    page.keyboard.press("Control+z")

    expect(page.locator("#notice")).to_contain_text("The challenge has ended")
    stands(page, 60)
    expect(page.locator("#verdict")).to_be_visible()


def test_a_challenge_can_be_left(visit: Visits) -> None:
    page = started(visit)

    page.click("#leave-challenge")

    stands(page, 20, 20)
    expect(page.locator("#verdict")).to_be_visible()
    expect(page.locator("#challenge-line")).to_be_hidden()
    expect(page.locator("#try")).to_be_hidden()
    expect(page.locator("#dial svg .best-rate")).to_be_visible()
    expect(page.locator("#open-challenge")).to_be_focused()


def test_a_challenge_ends_the_guided_path(visit: Visits) -> None:
    page = visit()
    page.click("#suggest")

    page.click("#open-challenge")
    page.click("#start-challenge")

    expect(page.locator("#guide")).to_be_hidden()
    expect(page.locator("#question-asked")).to_contain_text("Which learning rate")
    expect(page.locator("#guesses button")).to_have_count(0)


def test_a_challenge_is_taken_with_the_keyboard(visit: Visits) -> None:
    page = visit()
    page.focus("#open-challenge")
    page.keyboard.press("Enter")
    expect(page.locator("#challenge-title")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#rate")).to_be_focused()

    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(page.locator("#try")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#outcome")).to_be_visible()


def test_a_rate_that_is_on_its_way_is_the_one_that_is_tried(visit: Visits) -> None:
    page = started(visit)
    slowly(page)

    page.fill("#lr", "0.5")
    page.click("#try")

    expect(page.locator("#score")).to_have_text("0")
    shows(page, 0.5)


def test_an_attempt_that_cannot_be_scored_can_be_made_again(visit: Visits) -> None:
    page = started(visit, forgiven="ERR_FAILED")
    choose(page, 0.1)
    page.route("**/sweep", lambda route: route.abort())

    page.click("#try")

    expect(page.locator("#notice")).to_have_text("The service does not answer.")
    expect(page.locator("#question-asked")).to_be_visible()
    page.unroute("**/sweep")
    page.click("#try")
    expect(page.locator("#outcome")).to_be_visible()


def test_a_copied_link_shows_the_challenge_with_the_attempt(visit: Visits) -> None:
    page = started(visit, "seed=7", permissions=["clipboard-read", "clipboard-write"])
    attempt(page, 0.1)
    score = page.locator("#score").text_content() or ""

    page.click("#copy-attempt")
    expect(page.locator("#notice")).to_have_text("Copied: Link to this view")
    link = page.evaluate("navigator.clipboard.readText()")

    there = visit(link.partition("#")[2])
    shows(there, 0.1)
    expect(there.locator("#score")).to_have_text(score)
    expect(there.locator("#arrive")).to_have_text("Arrive in 20 steps.")
    expect(there.locator("#best-was")).to_be_empty()
    expect(there.locator("#dial svg .best-rate")).to_be_hidden()


def test_a_link_without_an_attempt_asks_for_one(visit: Visits) -> None:
    page = started(visit, "seed=7")
    until(page, "location.hash.includes('steps=20') && location.hash.includes('challenge=open')")

    there = visit(page.evaluate("location.hash"))

    expect(there.locator("#question-asked")).to_be_visible()
    stands(there, 0, 20)


def test_the_link_of_the_drawer_holds_the_challenge(visit: Visits) -> None:
    page = started(visit)

    page.click("#open-share")

    expect(page.locator("#link")).to_have_value(re.compile("&steps=20&.*&challenge=open$"))


def test_the_attempt_of_a_link_is_played(visit: Visits) -> None:
    page = visit("lr=0.1&steps=20&challenge=tried", reduced_motion="no-preference")

    expect(page.locator("#going")).to_contain_text("of 20.")
    stands(page, 20, 20)
    expect(page.locator("#outcome")).to_be_visible()


def test_without_a_clipboard_the_link_of_an_attempt_is_selected(visit: Visits) -> None:
    page = started(visit, script=NO_CLIPBOARD)
    attempt(page, 0.1)

    page.click("#copy-attempt")

    expect(page.locator("#attempt-link")).to_have_value(re.compile("&challenge=tried$"))
    assert page.evaluate("getSelection().toString()") == page.locator("#attempt-link").input_value()


def test_the_language_changes_within_a_challenge(visit: Visits) -> None:
    page = started(visit)

    page.click("#language")

    expect(page.locator("#arrive")).to_have_text("20스텝 안에 최적에 도착하세요.")
    expect(page.locator("#question-asked")).to_be_visible()
    expect(page.locator("#verdict")).to_be_hidden()
