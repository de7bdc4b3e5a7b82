"""What a person sees on the first visit, with two clicks at most."""

import json
import re

import pytest
from playwright.sync_api import Page, Request, Response, expect

from tests.support.server import Server
from tests.system.browser.drawings import asked
from tests.system.browser.frames import FRAMES
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

EACH_FRAME = """async () => {
  const seen = [];
  while (!document.querySelector("#play").textContent.includes("Again")) {
    await new Promise(soon);
    seen.push({
      loss: Number(document.querySelector("#loss-now").textContent.replaceAll(",", "")),
      ball: Number(document.querySelector("#walk svg .ball").getAttribute("cx")),
      curve: document.querySelector("#curve svg .current").getAttribute("d"),
    });
  }
  return seen;
}"""


def headline(page: Page, first_words: str, shade: str) -> None:
    """The headline begins so, in this colour."""
    expect(page.locator("#verdict strong")).to_have_text(first_words)
    expect(page.locator("main")).to_have_attribute("data-shade", shade)


@pytest.mark.parametrize(
    "fragment",
    [
        "",
        "lr=0.00001&scale=none&steps=10",
        "part=1.1",
        "optimizer=momentum&batch=5",
        "degree=5",
        "data=M9AxtDbUMbI20jG1NtYxNAQA",
    ],
)
def test_the_first_picture_comes_after_one_round_of_questions(visit: Visits, fragment: str) -> None:
    page = visit.window()
    events: list[str] = []

    def asked(request: Request) -> None:
        if request.method == "POST":
            events.append(request.url)

    def answered(response: Response) -> None:
        if response.request.method == "POST":
            events.append("answer")

    page.on("request", asked)
    page.on("response", answered)
    page.goto(f"{visit.url}/#{fragment}")
    page.locator("#loss svg .line").wait_for()

    assert sorted(events[:2]) == [f"{visit.url}/fit", f"{visit.url}/sweep"]
    assert events[2:] == ["answer", "answer"]


def test_the_start_that_the_page_knows_is_the_one_that_the_service_draws(
    visit: Visits, service: Server
) -> None:
    page = visit.window()

    with page.expect_request("**/fit") as sent:
        page.goto(f"{visit.url}/")

    known = json.loads(sent.value.post_data or "")["init"]
    body = {"synthetic": {}, "seed": 42, "scale": "none", "steps": 1, "include": ["params"]}
    drawn = asked(service, "fit", body)["history"]["params"]
    assert known == {name: values[0] for name, values in drawn.items()}


def test_without_a_click_the_curve_descends(visit: Visits) -> None:
    page = visit(reduced_motion="no-preference", script=FRAMES)

    seen = page.evaluate(EACH_FRAME)

    losses, balls, curves = ([frame[name] for frame in seen] for name in ("loss", "ball", "curve"))
    assert losses == sorted(losses, reverse=True)
    assert balls == sorted(balls)
    assert (losses[0], losses[-1]) == (25_824, 7.35)
    assert len(set(curves)) > 40


def test_without_a_click_the_headline_says_what_the_rate_did(visit: Visits) -> None:
    page = visit(reduced_motion="no-preference")

    headline(page, "Good.", "good")
    expect(page.locator("#verdict")).to_contain_text("25,824")


def test_the_headline_says_the_verdict_only_at_the_end(visit: Visits) -> None:
    page = visit("step=3")
    verdict, going = page.locator("#verdict"), page.locator("#going")
    expect(going).to_have_text(re.compile(r"^Step 3 of 60\. The loss was 25,824 at the start and"))
    expect(verdict).to_be_hidden()
    expect(page.locator("#suggest")).to_be_hidden()

    page.fill("#step", "60")
    page.keyboard.press("Enter")

    expect(going).to_be_hidden()
    expect(verdict).to_be_visible()
    expect(page.locator("#suggest")).to_be_visible()


def test_a_bad_fit_is_stressed_next_to_its_good_rate(visit: Visits) -> None:
    page = visit("lr=1e-5&scale=none&steps=10")

    headline(page, "A good rate,", "good")
    expect(page.locator("#verdict b")).to_have_text("but a bad fit.")


@pytest.mark.parametrize(
    ("fragment", "filled"), [("", True), ("lr=1e-5&scale=none&steps=10", False)]
)
def test_the_button_of_a_good_rate_is_filled_if_the_fit_is_good_too(
    visit: Visits, fragment: str, *, filled: bool
) -> None:
    page = visit(fragment)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")

    good = page.locator("[data-preset=good][aria-pressed=true]")

    assert (good.evaluate("(each) => getComputedStyle(each).backgroundColor") != ground) == filled


def test_one_click_shows_divergence_until_it_leaves_the_picture(visit: Visits) -> None:
    page = visit(reduced_motion="no-preference")

    page.get_by_role("button", name="Too large").click()

    headline(page, "Too large.", "large")
    expect(page.locator("#walk svg")).to_contain_text("Out of the picture at step 4")


def test_an_address_that_cannot_be_fitted_is_told_and_the_first_run_shown(visit: Visits) -> None:
    page = visit("points=50001")

    headline(page, "Good.", "good")
    expect(page.locator("#notice")).to_have_text(
        "At least 3 and at most 50,000 points can be drawn. Here are 20, as in the lecture."
    )
    expect(page.locator("#curve svg .point")).to_have_count(20)


def test_what_a_person_does_at_once_keeps_the_run_from_beginning_by_itself(visit: Visits) -> None:
    page = visit(reduced_motion="no-preference")

    page.keyboard.press(".")

    expect(page.locator("#lecture .lit b")).to_have_text("Repeat")
    expect(page.locator("#play")).to_have_text("▶ Play")
