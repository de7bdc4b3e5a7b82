"""On every screen, in both languages and in every state: no text overlaps another one, is cut off,
or is crossed by the line of a chart.
"""

import pytest
from playwright.sync_api import expect

from tests.system.browser.collisions import collisions
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

STATES = {
    "first": "",
    "small": "part=0.02",
    "bouncing": "part=0.995&steps=20",
    "edge": "part=1",
    "large": "part=1.1",
    "large, twenty steps": "lr=0.5&steps=20",
    "far too large": "part=2.05&steps=2000",
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


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
def test_no_text_collides_with_another_one(visit: Visits, state: str, locale: str) -> None:
    assert collisions(visit(state, locale=locale)) == []


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
@pytest.mark.parametrize("guesses", [0, 1, 3])
def test_no_text_collides_on_the_guided_path(visit: Visits, guesses: int, locale: str) -> None:
    page = visit(locale=locale)
    page.click("#suggest")
    for _ in range(guesses):
        page.locator("#guesses button").first.click()
        page.click("#suggest")
    page.locator("#guesses button").last.click()

    assert collisions(page) == []


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_no_text_collides_next_to_the_best_rate_and_the_link(visit: Visits, locale: str) -> None:
    page = visit(
        STATES["attempt"],
        locale=locale,
        script="Object.defineProperty(navigator, 'clipboard', { value: undefined });",
    )
    page.click("#show-best")
    page.click("#copy-attempt")

    assert collisions(page) == []


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_no_text_collides_in_the_table_of_attempts(visit: Visits, locale: str) -> None:
    page = visit(locale=locale)
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


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
@pytest.mark.parametrize("drawer", ["data", "challenge", "share"])
def test_no_text_collides_next_to_a_drawer(visit: Visits, drawer: str, locale: str) -> None:
    page = visit(locale=locale)
    page.click(f"#open-{drawer}")

    assert collisions(page) == []
