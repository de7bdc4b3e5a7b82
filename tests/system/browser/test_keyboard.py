"""Everything without a mouse."""

import pytest
from playwright.sync_api import Page, expect

from tests.system.browser.visits import Visits
from tests.system.browser.waiting import until

pytestmark = pytest.mark.browser

FOCUSED = (
    "(() => { const at = document.activeElement; "
    "return at === document.body ? '' : at.id || at.textContent.trim(); })()"
)
REACHABLE = """[...document.querySelectorAll(
  "main button, header button, header a, main a, select, main input, summary"
)]
  .filter((each) => each.checkVisibility() && !each.disabled)
  .filter((each) => !each.closest("dialog, details:not([open]) > :not(summary)"))
  .map((each) => each.id || each.textContent.trim())"""
OUTLINED = "getComputedStyle(document.activeElement).outlineStyle !== 'none'"


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until this has the focus."""
    for _ in range(60):
        if page.evaluate(FOCUSED) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(name)


def tabbed(page: Page) -> dict[str, bool]:
    """What Tab reaches until it leaves the page, in order, and whether an outline is around it. The
    link that follows each term while it explains itself is left out.
    """
    seen: dict[str, bool] = {}
    page.keyboard.press("Tab")
    while (name := page.evaluate(FOCUSED)) and name not in seen:
        if name != "more":
            seen[name] = page.evaluate(OUTLINED)
        page.keyboard.press("Tab")
    return seen


def test_tab_reaches_every_control_in_the_order_of_the_page(visit: Visits) -> None:
    page = visit()

    assert list(tabbed(page)) == page.evaluate(REACHABLE)


def test_the_focus_is_seen_around_all_but_the_sliders(visit: Visits) -> None:
    reached = tabbed(visit())

    assert [name for name, outlined in reached.items() if not outlined] == ["rate", "scrub"]


@pytest.mark.parametrize("name", ["rate", "scrub"])
def test_the_focus_of_a_slider_is_seen_on_its_thumb(visit: Visits, name: str) -> None:
    page = visit()
    around = page.locator(f"#{name}").locator("xpath=..")
    before = around.screenshot()

    tab_to(page, name)

    assert around.screenshot() != before


@pytest.mark.parametrize("drawer", ["challenge", "share"])
def test_a_drawer_opens_and_closes_and_gives_the_focus_back(visit: Visits, drawer: str) -> None:
    page = visit()
    tab_to(page, f"open-{drawer}")

    page.keyboard.press("Enter")
    until(page, f"document.activeElement.id === '{drawer}-title'")
    page.keyboard.press("Escape")

    expect(page.locator(f"#{drawer}")).to_be_hidden()
    assert page.evaluate(FOCUSED) == f"open-{drawer}"


def test_a_whole_visit_needs_no_mouse(visit: Visits) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"], reduced_motion="no-preference")

    page.keyboard.press("3")
    expect(page.locator("#verdict")).to_contain_text("Bouncing.")
    until(page, "document.querySelector('#play').textContent.includes('Pause')")
    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_text("▶ Play")
    page.keyboard.press(".")
    tab_to(page, "steps")
    page.keyboard.press("Control+a")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    until(page, "/of 20$/.test(document.querySelector('#step-of').textContent)")
    page.keyboard.press("Shift+Tab")
    tab_to(page, "open-share")
    page.keyboard.press("Enter")
    tab_to(page, "copy-link")
    page.keyboard.press("Enter")
    expect(page.locator("#shared")).to_have_text("Copied: Link to this view")

    assert "steps=20" in page.evaluate("navigator.clipboard.readText()")
