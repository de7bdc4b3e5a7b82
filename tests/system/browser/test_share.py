"""The address of the page holds what is shown, and a link opens it anywhere."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.system.browser.selected import stands
from tests.system.browser.visits import NO_CLIPBOARD, Visits
from tests.system.browser.waiting import until

pytestmark = pytest.mark.browser

SHOWN = """async () => {
  // the drawer makes the charts narrower
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  return {
  verdict: document.querySelector("#verdict").textContent,
  rate: document.querySelector("#lr").value,
  steps: document.querySelector("#steps").value,
  scale: document.querySelector("#scale").value,
  step: document.querySelector("#step").value,
  walked: document.querySelector("#walked").textContent,
  numbers: document.querySelector("#numbers").textContent,
  points: [...document.querySelectorAll("#curve .point, #curve .crowd")]
    .map((each) => each.outerHTML),
  data: ["points", "noise", "seed"]
    .map((name) => document.querySelector(`#synthetic-${name}`).value),
  pasted: document.querySelector("#pasted").value,
}; }"""
MALFORMED = [
    "nonsense&&&===;;;%E0%A4%A",
    "steps=many&scale=kelvin&step=last&lr=fast&start=1,2",
    "lr=-1&steps=0&noise=-3&seed=1.5&points=&start=a,b,c,d",
    "lr=1e999&part=NaN&data=%%%&job=../../docs",
    "data=AAAA",
    "data=____",
]


def shown(page: Page) -> dict[str, Any]:
    """What a person sees of it, in the drawer of the data too."""
    page.locator("#open-data").click()
    found: dict[str, Any] = page.evaluate(SHOWN)
    page.locator("#data .close").click()
    return found


def link(page: Page) -> str:
    """Of the drawer, as copied."""
    page.locator("#open-share").click()
    page.locator("#copy-link").click()
    expect(page.locator("#shared")).to_have_text("Copied: Link to this view")
    copied: str = page.evaluate("navigator.clipboard.readText()")
    page.locator("#share .close").click()
    return copied


def choose(page: Page, rows: str) -> None:
    """A file of points."""
    page.locator("#open-data").click()
    page.locator("#file").set_input_files(
        {"name": "points.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    expect(page.locator("#data-shown")).to_contain_text("points are shown.")
    page.locator("#data .close").click()


def opened_elsewhere(visit: Visits, page: Page) -> Page:
    """The page of the copied link, in a browser that knows nothing of the first."""
    address = link(page)
    assert address.startswith(f"{visit.url}/#")
    return visit(address.partition("#")[2])


@pytest.fixture
def page(visit: Visits) -> Page:
    return visit(permissions=["clipboard-read", "clipboard-write"])


def test_a_link_holds_rate_steps_and_scale(visit: Visits, page: Page) -> None:
    page.locator("#steps").fill("20")
    page.locator("#steps").press("Enter")
    stands(page, 20, 20)
    page.locator("#scale").select_option("none")
    expect(page.locator("#suggest")).to_have_text("Rescale t")
    page.locator("[data-preset=bounce]").click()
    expect(page.locator("#verdict")).to_contain_text("Bouncing.")

    assert shown(opened_elsewhere(visit, page)) == shown(page)


def test_a_link_holds_how_the_points_were_drawn(visit: Visits, page: Page) -> None:
    before = shown(page)
    page.locator("#open-data").click()
    for name, value in (("points", "30"), ("noise", "5.5"), ("seed", "7")):
        page.locator(f"#synthetic-{name}").fill(value)
        page.locator(f"#synthetic-{name}").press("Tab")
    until(page, "document.querySelectorAll('#curve .point').length === 30")
    page.locator("#data .close").click()
    until(page, "location.hash.includes('seed=7')")

    there = shown(opened_elsewhere(visit, page))

    assert there["data"] == ["30", "5.5", "7"]
    assert there["points"] != before["points"]
    assert there == shown(page)


def test_a_link_holds_two_thousand_points_of_a_person(visit: Visits, page: Page) -> None:
    choose(page, "\n".join(f"{0.37 * i:.2f};{(i * 7919 % 1000) / 8 - i / 3}" for i in range(2000)))
    expect(page.locator("#curve .picture")).to_have_attribute(
        "aria-label", re.compile("^2000 points")
    )

    there = opened_elsewhere(visit, page)

    as_written = {"pasted": ""}  # the field keeps the text of the person who pasted it
    assert shown(there) | as_written == shown(page) | as_written


def test_a_link_holds_where_a_walk_went_on_and_the_step_looked_at(
    visit: Visits, page: Page
) -> None:
    page.locator("#steps").fill("9")
    page.locator("#steps").press("Enter")
    stands(page, 9, 9)
    page.locator("#go-on").click()
    expect(page.locator("#walked")).to_have_text("starts where 9 earlier steps ended")
    page.locator("#back").click()
    page.locator("#back").click()
    stands(page, 7, 9)

    there = opened_elsewhere(visit, page)

    assert shown(there) == shown(page)


def test_the_address_follows_what_is_shown(page: Page) -> None:
    page.locator("[data-preset=large]").click()

    expect(page.locator("#verdict")).to_contain_text("Too large.")
    until(page, "location.hash.includes('lr=0.445')")
    page.reload()
    expect(page.locator("#verdict")).to_contain_text("Too large.")


def test_another_link_in_the_same_tab_is_opened(visit: Visits, page: Page) -> None:
    page.goto(f"{visit.url}/#steps=7&lr=0.42")

    expect(page.locator("#verdict")).to_contain_text("Too large.")
    stands(page, 7, 7)


def test_the_browser_goes_back_to_the_link_before(visit: Visits, page: Page) -> None:
    until(page, "location.hash.includes('steps=60')")
    page.goto(f"{visit.url}/#steps=7&lr=0.42")
    stands(page, 7, 7)

    page.go_back()

    stands(page, 60, 60)


def test_without_a_clipboard_the_link_is_selected(visit: Visits) -> None:
    page = visit(script=NO_CLIPBOARD)
    page.click("#open-share")
    expect(page.locator("#link")).not_to_have_value("")

    page.click("#copy-link")

    assert page.evaluate("getSelection().toString()") == page.locator("#link").input_value()


@pytest.mark.parametrize("fragment", MALFORMED)
def test_a_link_that_cannot_be_read_is_the_first_load(
    visit: Visits, page: Page, fragment: str
) -> None:
    there = visit(fragment)

    assert shown(there) == shown(page)
    notice = there.locator("#notice")
    if "data=" in fragment:
        expect(notice).to_contain_text("The points of this link cannot be read")
        there.get_by_role("button", name="Bouncing").click()
    expect(notice).to_be_empty()


def test_a_link_that_asks_for_too_much_is_told_and_the_first_load(
    visit: Visits, page: Page
) -> None:
    there = visit("steps=99999999999", forgiven="422")

    expect(there.locator("#notice")).to_contain_text("This link is not possible:")
    assert shown(there) == shown(page)


def test_the_name_of_a_file_that_is_saved_is_said(visit: Visits) -> None:
    page = visit()
    page.click("#open-share")

    with page.expect_download():
        page.click("#charts li:first-child button:has-text('PNG')")

    expect(page.locator("#shared")).to_have_text("Saved: coaster-walk.png")


def test_what_was_copied_is_in_sight_wherever_the_drawer_is_scrolled(visit: Visits) -> None:
    page = visit(
        viewport={"width": 1280, "height": 720}, permissions=["clipboard-read", "clipboard-write"]
    )
    page.click("#open-share")

    page.click("#copy-link")

    expect(page.locator("#shared")).to_be_in_viewport(ratio=1)


def test_the_charts_are_in_the_first_screen_of_the_drawer(visit: Visits) -> None:
    page = visit(viewport={"width": 1280, "height": 720})

    page.click("#open-share")

    expect(page.locator("#save-moving")).to_be_in_viewport(ratio=1)
