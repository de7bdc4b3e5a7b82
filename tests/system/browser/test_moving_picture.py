"""The moving picture of a run: a file that needs no script and nothing of the page."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser

from tests.system.browser.files import taken
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

MOST = 200_000
"""Bytes."""
ALLOWED = {"animate", "circle", "clipPath", "defs", "g", "linearGradient", "path", "rect", "stop"}
STATES = {
    "first": "",
    "diverging": "part=2.05&steps=2000",
    "many steps": "part=0.02&steps=1000000",
    "one step": "steps=1",
    "many points": "points=120",
    "a crowd": "points=2000",
}
AT = """async ([part]) => {
  const length = document.querySelector("animate").getSimpleDuration();
  for (const svg of document.querySelectorAll("svg")) {
    svg.pauseAnimations();
    svg.setCurrentTime(part * length);
  }
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  const ball = [...document.querySelectorAll("circle")].find((each) => each.firstElementChild);
  const curve = document.querySelector("path:has(> animate[attributeName=d])");
  const texts = [...document.querySelectorAll("text")];
  return {
    curve: getComputedStyle(curve).d,
    ball: [ball.cx.animVal.value, ball.cy.animVal.value],
    shown: texts
      .filter((each) => getComputedStyle(each).visibility === "visible")
      .map((each) => each.textContent),
  };
}"""
"""Where the ball and the curve are after a part of the animation, and what is written."""


def moving(visit: Visits, fragment: str = "", **settings: Any) -> bytes:
    page = visit(fragment, **settings)
    page.click("#open-share")
    return taken(page, "#save-moving")


def after(browser: Browser, file: Path, *parts: float) -> list[dict[str, Any]]:
    """Open the file in a browser, and return what it shows after these parts of its length."""
    page = browser.new_page()
    page.goto(file.as_uri())
    seen = [page.evaluate(AT, [part]) for part in parts]
    page.close()
    return seen


def test_the_moving_picture_goes_through_the_steps(
    visit: Visits, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "run.svg"
    file.write_bytes(moving(visit, "part=0.2825&steps=20"))

    first, middle, last, again = after(browser, file, 0, 0.3, 0.99, 1.3)

    assert first["ball"] != middle["ball"] != last["ball"]
    assert again["shown"] == middle["shown"]
    assert first["shown"][:3] == [
        "What a learning rate does",
        "rate 0.114, 28.2% of the limit",
        "step 0 of 20, loss 25,824",
    ]
    assert last["shown"][2] == "step 20 of 20, loss 25.5"
    assert last["curve"] != first["curve"]


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_the_moving_picture_is_small_and_has_no_script(visit: Visits, state: str) -> None:
    file = moving(visit, state)

    names = {each.tag.rpartition("}")[2] for each in ET.fromstring(file).iter()}
    assert names <= ALLOWED | {"svg", "text"}
    assert len(file) <= MOST


def test_the_moving_picture_has_the_language_and_the_colours_of_the_page(visit: Visits) -> None:
    file = moving(visit, locale="ko-KR", color_scheme="dark").decode()

    assert "학습률이 하는 일" in file
    assert "rgb(19, 21, 25)" in file


def test_the_page_shows_the_same_after_the_moving_picture_is_taken(visit: Visits) -> None:
    page = visit("steps=12&step=5")
    page.click("#open-share")
    page.wait_for_timeout(300)
    before = page.locator("#walk svg").inner_html()

    taken(page, "#save-moving")

    assert page.locator("#walk svg").inner_html() == before
