"""The drawer of the data, and the fields of its roller coaster."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server, until
from tests.system.browser.drawer import opened, shows
from tests.system.browser.drawings import circles, lecture, scale
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
}


RANGES = {
    "points": "Enter a number from 3 to 50,000.",
    "noise": "Enter a number from 0 to 1,000,000.",
    "seed": "Enter a number from 0 to 9,007,199,254,740,991.",
}
OUT_OF_RANGE = [
    *[("points", "2"), ("noise", "-1"), ("seed", "-1")],
    *[("points", "20.5"), ("noise", "much"), ("seed", "1.5")],
    *[("points", "50001"), ("noise", "1e7"), ("points", "")],
]


def enter(page: Page, field: str, value: str) -> None:
    """Types a value into a field of the roller coaster."""
    page.fill(f"#synthetic-{field}", value)
    page.keyboard.press("Tab")


def heights_fit(page: Page, y: list[float]) -> bool:
    """Whether the points are drawn at these heights, on some scale."""
    pixels = [height for _, height in circles(page, "#curve svg .point")]
    if len(pixels) != len(y):
        return False
    height = scale(y, pixels)
    return pixels == pytest.approx([height(value) for value in y], abs=0.1)


@pytest.mark.parametrize("closing", ["#open-data", "#data .close", "Escape"])
def test_the_drawer_takes_the_focus_and_gives_it_back(visit: Visits, closing: str) -> None:
    page = opened(visit())
    expect(page.locator("#data-title")).to_be_focused()
    expect(page.locator("#open-data")).to_have_attribute("aria-expanded", "true")

    if closing == "Escape":
        page.keyboard.press(closing)
    else:
        page.click(closing)

    expect(page.locator("dialog#data")).to_be_hidden()
    expect(page.locator("#open-data")).to_be_focused()
    expect(page.locator("#open-data")).to_have_attribute("aria-expanded", "false")


def test_a_drawer_closes_the_one_that_is_open(visit: Visits) -> None:
    page = opened(visit())

    page.click("#open-share")

    expect(page.locator("dialog#share")).to_be_visible()
    expect(page.locator("dialog#data")).to_be_hidden()


@pytest.mark.parametrize("closing", ["#data .close", "Escape"])
def test_on_a_phone_it_covers_the_page_and_gives_the_focus_back(
    visit: Visits, closing: str
) -> None:
    page = opened(visit(**PHONE))
    box = page.locator("dialog#data").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (390, 844)

    if closing == "Escape":
        page.keyboard.press(closing)
    else:
        page.tap(closing)

    expect(page.locator("dialog#data")).to_be_hidden()
    expect(page.locator("#open-data")).to_be_focused()


def test_more_points_of_the_roller_coaster_are_drawn(visit: Visits) -> None:
    page = opened(visit())

    enter(page, "points", "30")

    shows(page, 30)


@pytest.mark.parametrize(
    ("field", "value", "changed"),
    [("noise", "0", {"noise": 0}), ("noise", "12.5", {"noise": 12.5}), ("seed", "7", {})],
)
def test_another_noise_or_seed_draws_other_points(
    visit: Visits, service: Server, field: str, value: str, changed: dict[str, float]
) -> None:
    page = opened(visit())
    y = lecture(service, synthetic=changed, seed=7 if field == "seed" else 42)["data"]["y"]
    assert not heights_fit(page, y)

    enter(page, field, value)

    until(lambda: heights_fit(page, y))


def test_another_seed_is_one_click(visit: Visits) -> None:
    page = opened(visit())
    fitted = page.locator("#formula").inner_text()

    page.click("#another-seed")

    expect(page.locator("#synthetic-seed")).not_to_have_value("42")
    expect(page.locator("#formula")).not_to_have_text(fitted)


def test_a_value_out_of_range_is_told_beside_its_field_and_the_last_one_stays(
    visit: Visits,
) -> None:
    page = opened(visit())
    before = circles(page, "#curve svg .point")

    for field, value in OUT_OF_RANGE:
        enter(page, field, value)

        expect(page.locator("#synthetic-problem")).to_have_text(
            f"{RANGES[field]} The last value stays."
        )
        expect(page.locator(f"#synthetic-{field}")).to_have_attribute("aria-invalid", "true")
        assert circles(page, "#curve svg .point") == before


def test_a_good_value_takes_the_message_away(visit: Visits) -> None:
    page = opened(visit())
    enter(page, "points", "2")
    expect(page.locator("#synthetic-problem")).not_to_be_empty()

    enter(page, "points", "25")

    expect(page.locator("#synthetic-problem")).to_be_empty()
    expect(page.locator("#synthetic-points")).to_have_attribute("aria-invalid", "false")
    shows(page, 25)
