"""Every number that a person may change is a field: a click selects it, and Enter takes it."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.system.browser.drawings import drawn, lecture
from tests.system.browser.rates import rounded, shows
from tests.system.browser.running import Asked
from tests.system.browser.selected import stands
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

RATES = {
    "0.3": 0.3,
    "1e-5": 1e-5,
    " .25 ": 0.25,
    "1\N{MULTIPLICATION SIGN}10⁻⁵": 1e-5,
    "0,3": 0.3,
    "1*10^-5": 1e-5,
    "1,506": 1506,
}
"""Texts, and the rates that they mean. Each rate differs from the one before it."""


def type_in(page: Page, field: str, content: str) -> None:
    """Click on a number and type another one."""
    page.click(field)
    page.keyboard.type(content)
    page.keyboard.press("Enter")


def test_the_rate_is_typed_in_any_usual_form(visit: Visits) -> None:
    page = visit()

    for typed, lr in RATES.items():
        type_in(page, "#lr", typed)
        page.locator("#verdict").click()
        shows(page, lr)


def test_the_field_of_the_rate_has_all_its_digits_while_it_is_edited(visit: Visits) -> None:
    page = visit("lr=0.123456")
    shows(page, 0.123456)

    page.click("#lr")

    expect(page.locator("#lr")).to_have_value("0.123456")


def test_the_part_of_the_limit_is_typed(visit: Visits, service: Server) -> None:
    page = visit()
    limit = lecture(service)["analysis"]["lr_limit"]

    type_in(page, "#part", "50%")

    shows(page, rounded(0.5 * limit))


def test_the_selected_step_is_typed(visit: Visits) -> None:
    page = visit()

    type_in(page, "#step", "7")

    stands(page, 7)


def test_the_start_is_typed(visit: Visits, service: Server) -> None:
    page = visit("start=1,2,3,0")

    page.locator("#numbers input").first.click()
    page.keyboard.type("-0.5")
    page.keyboard.press("Enter")

    expected = lecture(service, init={"a": -0.5, "b": 2, "c": 3})["losses"][0]
    expect(page.locator("#numbers tbody tr").nth(3)).to_contain_text(f"{expected:,.0f}")


def test_escape_restores_a_number(visit: Visits) -> None:
    page = visit("lr=0.2")
    asked = Asked().by(page)

    page.click("#lr")
    page.keyboard.type("7")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    drawn(page)

    shows(page, 0.2)
    assert asked.sent == []


def test_a_rate_that_cannot_be_is_refused_next_to_it(visit: Visits) -> None:
    page = visit("lr=0.1")

    for typed, last in {"0": 0.1, "-1": 0.2, "fast": 0.3, "": 0.4}.items():
        page.fill("#lr", typed)
        page.keyboard.press("Enter")
        expect(page.locator("#rate-problem")).to_contain_text("Enter a number above 0")
        page.keyboard.press("Tab")
        shows(page, last)

        type_in(page, "#lr", f"{last + 0.1:.1f}")
        expect(page.locator("#rate-problem")).to_be_empty()


@pytest.mark.parametrize(
    ("field", "typed", "problem", "message"),
    [
        ("#part", "0", "#rate-problem", "Enter a number above 0"),
        ("#step", "61", "#steps-problem", "Enter a number from 0 to 60."),
        ("#start-a", "steep", "#start-problem", "Enter a number"),
    ],
)
def test_another_number_that_cannot_be_is_refused_next_to_it(
    visit: Visits, field: str, typed: str, problem: str, message: str
) -> None:
    page = visit()

    type_in(page, field, typed)

    expect(page.locator(problem)).to_contain_text(message)
    expect(page.locator(field)).to_have_attribute("aria-invalid", "true")
