"""On every screen, in both languages and in every state: no text overlaps another one, is cut off,
or is crossed by the line of a chart.
"""

import math

import pytest
from playwright.sync_api import expect

from tests.system.browser.addresses import packed
from tests.system.browser.collisions import SEEN, colliding, collisions
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

LOCALES = ["en-US", "ko-KR"]
STATES = {
    "first": "",
    "small": "part=0.02",
    "far too small": "lr=1e-12&steps=100",
    "bouncing": "part=0.995&steps=20",
    "edge": "part=1",
    "large": "part=1.1",
    "large, twenty steps": "lr=0.5&steps=20",
    "far too large": "part=2.05&steps=2000",
    "beyond the chart": "lr=123456&steps=100",
    "lecture": "lr=1e-5&scale=none&steps=10",
    "begins": "step=0",
    "on the way": "step=3",
    "many steps": "part=0.02&steps=1000000",
    "a million, as is": "lr=1e-5&scale=none&steps=1000000",
    "one step": "steps=1",
    "went on": "start=0.77,-14.9,72,60",
    "challenge": "part=0.02&steps=20&challenge=open",
    "attempt": "lr=0.1&steps=20&challenge=tried",
    "attempt too large": "lr=0.445&steps=20&challenge=tried",
}
POINTS = {
    "constant": [(t, 5.0) for t in range(6)],
    "one t": [(3.0, 1.0), (3.0, 2.0), (3.0, 4.0)],
    "one point": [(0.0, 0.0)] * 3,
    "huge": [(t, 1e12 * (t - 5) ** 2 + 3e12) for t in range(12)],
    "tiny": [(1e-6 * t, 1e-9 * (t - 5) ** 2) for t in range(12)],
    "negative": [(1e4 * t - 1e5, 1000 * t - 123456.789) for t in range(12)],
    "seconds": [(3600 * t, round(20 + 5 * math.sin(t / 4), 2)) for t in range(30)],
    "many": [(t / 100, round(10 * math.sin(t / 60), 2)) for t in range(1500)],
}

CROSSED = """() => {
  const line = document.querySelector("#curve .current");
  const length = line.getTotalLength();
  const spots = Array.from({ length: 300 }, (_, i) => line.getPointAtLength((i / 299) * length));
  return [...document.querySelectorAll("#curve .names text")]
    .filter((each) => {
      const { x, y, width, height } = each.getBBox();
      return spots.some(
        (spot) => spot.x > x && spot.x < x + width && spot.y > y && spot.y < y + height,
      );
    })
    .map((each) => each.textContent);
}"""
"""The labels of the chart of the points that the selected curve crosses."""


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_no_text_collides_with_another_one(visit: Visits, state: str) -> None:
    assert collisions(visit(state, script=SEEN)) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_the_last_curve_crosses_no_label(visit: Visits, locale: str) -> None:
    page = visit(STATES["lecture"], locale=locale, viewport={"width": 820, "height": 1180})
    page.locator("#curve").scroll_into_view_if_needed()
    page.locator("#curve .current").wait_for()

    assert page.evaluate(CROSSED) == []


@pytest.mark.parametrize("scale", ["standardize", "none"])
@pytest.mark.parametrize("points", POINTS.values(), ids=POINTS.keys())
def test_no_text_collides_about_points_of_any_size(
    visit: Visits, points: list[tuple[float, float]], scale: str
) -> None:
    assert collisions(visit(f"{packed(points)}&scale={scale}", script=SEEN)) == []


@pytest.mark.parametrize("guesses", [0, 1, 3])
def test_no_text_collides_on_the_guided_path(visit: Visits, guesses: int) -> None:
    page = visit(script=SEEN)
    page.click("#suggest")
    for _ in range(guesses):
        page.locator("#guesses button").first.click()
        page.click("#suggest")
    page.locator("#guesses button").last.click()

    assert collisions(page) == []


def test_no_text_collides_next_to_the_best_rate_and_the_link(visit: Visits) -> None:
    page = visit(
        STATES["attempt"],
        script=SEEN + "Object.defineProperty(navigator, 'clipboard', { value: undefined });",
    )
    page.click("#show-best")
    page.click("#copy-attempt")

    assert collisions(page) == []


def test_no_text_collides_in_the_table_of_attempts(visit: Visits) -> None:
    page = visit(script=SEEN)
    page.click("#open-challenge")
    page.click("#class summary")
    page.fill(
        "#links",
        "\n".join(
            f"A student with a long name http://school/#lr={lr}&steps={steps}"
            for lr, steps in ((0.1, 20), (1e-5, 20), (0.5, 20), (0.2, 5000))
        ),
    )
    page.click("#compare")
    expect(page.locator("#ranking tbody tr")).to_have_count(4)

    assert collisions(page) == []


@pytest.mark.parametrize("state", ["first", "lecture"])
@pytest.mark.parametrize("drawer", ["data", "challenge", "share"])
def test_no_text_collides_next_to_a_drawer(visit: Visits, drawer: str, state: str) -> None:
    page = visit(STATES[state], script=SEEN)
    page.click(f"#open-{drawer}")

    assert collisions(page) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_collides_with_what_is_wrong(visit: Visits, locale: str) -> None:
    page = visit(locale=locale, script=SEEN)
    for field in ("#steps", "#lr"):
        page.fill(field, "many")
        page.keyboard.press("Enter")
    page.click("#open-data")
    page.fill("#synthetic-noise", "much")
    page.keyboard.press("Tab")
    page.fill("#pasted", "t,y\n1,2\n3,4\n5,12.5 km")
    page.click("#use-points")
    expect(page.locator("#pasted-problem")).not_to_be_empty()

    assert colliding(page) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_collides_with_a_notice(visit: Visits, locale: str) -> None:
    page = visit(locale=locale, script=SEEN)
    page.click("#open-challenge")
    page.click("#start-challenge")
    expect(page.locator("#step-of")).to_contain_text("20")

    page.keyboard.press("Control+z")
    expect(page.locator("#notice")).not_to_be_empty()

    assert colliding(page) == []
