"""From a small phone to a projector: nothing next to the page, nothing on top of each other, all
large enough for a finger.
"""

from typing import Any

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.system.browser.drawings import drawn, size
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

WIDTHS = {320: 640, 390: 844, 820: 1180, 1280: 720, 1920: 1080}
"""Heights by widths."""
CONTROLS = """() => [...document.querySelectorAll(
  "button, a[href], select, input, textarea, summary, .button, label:has([type=checkbox])"
)]
  .filter((each) => each.checkVisibility())
  .filter((each) => each.closest("dialog, body").matches("body, dialog[open]"))
  .filter((each) => !each.matches(".unseen, [type=checkbox], [type=range]"))
  .map((each) => {
    const { left, top, width, height } = each.getBoundingClientRect();
    const over = ["#dial", "body > header", "dialog"].find((place) => each.closest(place)) ?? "";
    return { name: each.id || each.textContent.trim(), left, top, width, height, over };
  })"""
"""What can be pressed, and where; a box to tick by its label. `over` is what may lie over the rest
of the page, if it is in it.
"""
OUTSIDE = """() => [...document.querySelectorAll("body *")]
  .filter((each) => each.checkVisibility() && !each.closest("svg, .unseen, .tables, pre"))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => `${each.tagName} ${each.id} ${each.className}`)"""
WIDE = "document.scrollingElement.scrollWidth - innerWidth"


def opened(visit: Visits, width: int, **settings: Any) -> Page:
    return visit(viewport={"width": width, "height": WIDTHS[width]}, **settings)


def controls(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(CONTROLS)
    return found


def covers(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two controls lie on each other by more than a pixel."""
    wide = min(one["left"] + one["width"], other["left"] + other["width"]) - max(
        one["left"], other["left"]
    )
    high = min(one["top"] + one["height"], other["top"] + other["height"]) - max(
        one["top"], other["top"]
    )
    return bool(wide > 1 and high > 1)


def small(control: dict[str, Any]) -> bool:
    """Return whether a control is too small for a finger."""
    return bool(min(control["width"], control["height"]) < 24)


def overlaps(page: Page) -> list[tuple[str, str]]:
    all_of = controls(page)
    return [
        (one["name"], other["name"])
        for i, one in enumerate(all_of)
        for other in all_of[:i]
        if one["over"] == other["over"] and covers(one, other)
    ]


def box(page: Page, selector: str) -> FloatRect:
    """Return where an element is: x, y, width and height."""
    found = page.locator(selector).bounding_box()
    assert found
    return found


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_nothing_lies_beside_the_page_nor_a_control_on_another(visit: Visits, locale: str) -> None:
    page = visit(locale=locale)

    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for drawer in (None, "data", "challenge", "share"):
            if drawer:
                page.evaluate("scrollTo(0, 0)")
                page.locator(f"#open-{drawer}").click()
            drawn(page)
            assert page.evaluate(WIDE) <= 0, width
            assert page.evaluate(OUTSIDE) == [], width
            assert overlaps(page) == [], width
            assert [each for each in controls(page) if small(each)] == [], width
            if drawer:
                page.locator(f"#{drawer} .close").click()


def test_opened_tables_and_keys_stay_on_the_page(visit: Visits) -> None:
    page = visit("lr=0.42")

    for each in ("#tables summary", "#keys summary", "#edit"):
        page.locator(each).click()

    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        drawn(page)
        assert page.evaluate(WIDE) <= 0, width
        assert page.evaluate(OUTSIDE) == [], width
        assert overlaps(page) == [], width


def test_a_chart_follows_the_width_of_the_window(visit: Visits) -> None:
    page = visit()

    page.set_viewport_size({"width": 820, "height": 1180})
    drawn(page)

    width, height = size(page, "#walk svg")
    expect(page.locator("#walk svg")).to_have_attribute("viewBox", f"0 0 {width} {height}")


def test_on_paper_there_are_pictures_and_no_buttons_of_the_player(visit: Visits) -> None:
    page = visit()

    page.emulate_media(media="print")

    for hidden in ("header nav", ".player", ".presets", ".further", "#keys", "#suggestion"):
        expect(page.locator(hidden)).to_be_hidden()
    for chart in ("walk", "valley", "curve", "dial", "loss"):
        expect(page.locator(f"#{chart} svg.picture")).to_be_visible()


def test_without_javascript_the_page_leads_to_the_contract(visit: Visits) -> None:
    page = visit.window(java_script_enabled=False)

    page.goto(visit.url)

    expect(page.locator("noscript p")).to_contain_text("This page needs JavaScript.")
    expect(page.get_by_role("link", name="/docs")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_rate_is_at_hand_wherever_the_page_is(visit: Visits, width: int) -> None:
    page = opened(visit, width)
    before = page.locator("#dial").bounding_box()

    page.evaluate("scrollTo(0, document.scrollingElement.scrollHeight)")

    assert before
    assert page.locator("#dial").bounding_box() == before
    assert before["y"] + before["height"] == WIDTHS[width]


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_on_a_phone_the_part_of_the_limit_is_one_line(visit: Visits, locale: str) -> None:
    phone = {"width": 390, "height": 844}
    page = visit("lr=1e-5&scale=none&steps=10", viewport=phone, locale=locale)
    part, words = (page.locator(each).bounding_box() for each in ("#part", "#limit-term"))

    assert part
    assert words
    middles = [box["y"] + box["height"] / 2 for box in (part, words)]
    assert abs(middles[0] - middles[1]) < words["height"] / 2


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_last_of_the_page_is_not_beneath_the_rate(visit: Visits, width: int) -> None:
    page = opened(visit, width)
    page.locator("#keys summary").click()

    page.evaluate("scrollTo(0, document.scrollingElement.scrollHeight)")

    last, dial = page.locator("#keys").bounding_box(), page.locator("#dial").bounding_box()
    assert last
    assert dial
    assert last["y"] + last["height"] <= dial["y"]


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
@pytest.mark.parametrize("width", [1280, 1920])
def test_the_pictures_stay_in_their_place_whatever_the_headline_says(
    visit: Visits, width: int, locale: str
) -> None:
    page = opened(visit, width, locale=locale)
    tops = set()

    for key in "1234":
        page.keyboard.press(key)
        page.locator(f".presets button:nth-child({key})[aria-pressed=true]").wait_for()
        tops.add(page.locator("#walk").evaluate("(walk) => walk.getBoundingClientRect().top"))
    page.click("#lecture-run")
    expect(page.locator("#scale")).to_have_value("none")
    tops.add(page.locator("#walk").evaluate("(walk) => walk.getBoundingClientRect().top"))

    assert len(tops) == 1


def test_the_r2_of_the_verdict_and_the_particle_after_it_are_on_one_line(visit: Visits) -> None:
    page = opened(visit, 390, locale="ko-KR")
    whole = page.locator("#verdict .whole")

    expect(whole).to_have_text("7.35(R² 0.986)까지")
    assert whole.evaluate("(whole) => whole.getClientRects().length") == 1


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_what_is_wrong_with_the_rate_is_in_sight(visit: Visits, width: int) -> None:
    page = opened(visit, width)

    page.fill("#lr", "fast")
    page.keyboard.press("Enter")

    expect(page.locator("#rate-problem")).to_be_in_viewport(ratio=1)


def test_on_a_phone_on_its_side_a_rate_with_an_exponent_keeps_the_play_button_in_its_place(
    visit: Visits,
) -> None:
    page = visit("lr=1.34e-20&scale=none", viewport={"width": 844, "height": 390})

    play, slider = box(page, "#play-here"), box(page, "#rate")
    words = box(page, "#limit-term")

    assert play["x"] + play["width"] <= slider["x"] + slider["width"] + 1
    assert words["x"] + words["width"] + 4 <= play["x"]


def test_next_to_a_drawer_the_charts_of_the_rate_and_of_the_loss_stand_in_a_row(
    visit: Visits,
) -> None:
    page = visit()
    page.click("#open-data")

    assert box(page, "#dial svg.picture")["y"] == box(page, "#loss svg.picture")["y"]


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_next_to_a_drawer_the_scale_stands_next_to_its_name(visit: Visits, locale: str) -> None:
    page = visit(locale=locale, viewport={"width": 1440, "height": 900})
    page.click("#open-data")

    name, scale = box(page, "#scale-term"), box(page, "#scale")

    assert abs(box(page, "#play")["y"] - scale["y"]) < 2
    assert abs(name["y"] + name["height"] / 2 - scale["y"] - scale["height"] / 2) < 2
    assert 0 <= scale["x"] - name["x"] - name["width"] < 10


@pytest.mark.parametrize("locale", ["en-US", "ko-KR"])
def test_a_notice_of_a_tablet_leaves_the_title_next_to_the_menu(visit: Visits, locale: str) -> None:
    page = visit(viewport={"width": 768, "height": 1024}, locale=locale)
    before = {each: box(page, each) for each in ("h1", "nav")}

    page.evaluate("document.querySelector('#notice').textContent = 'Stopped at step 1,767.'")

    title, menu = (box(page, each) for each in before)
    assert {"h1": title, "nav": menu} == before
    assert menu["y"] < title["y"] < menu["y"] + menu["height"]
    assert box(page, "#notice")["y"] >= menu["y"] + menu["height"]


def test_the_ring_around_a_field_leaves_its_name_free(visit: Visits) -> None:
    page = visit()
    page.click("#open-data")
    page.focus("#synthetic-noise")
    name, field = box(page, "label:has(#synthetic-noise) span"), box(page, "#synthetic-noise")

    ring = page.locator("#synthetic-noise").evaluate(
        "(field) => parseFloat(getComputedStyle(field).outlineWidth)"
        " + parseFloat(getComputedStyle(field).outlineOffset)"
    )

    assert 0 < ring <= field["y"] - name["y"] - name["height"] + 2


def test_no_line_begins_with_the_period_after_the_link(visit: Visits) -> None:
    page = opened(visit, 320)

    tops = page.evaluate(
        """() => {
          const period = new Range();
          const [link, after] = ["#about a", "[data-text=aboutAfter]"]
            .map((each) => document.querySelector(each).firstChild);
          period.setStart(after, 0);
          period.setEnd(after, 1);
          const words = new Range();
          words.selectNode(link);
          return [[...words.getClientRects()].at(-1), period.getBoundingClientRect()]
            .map(({ top }) => Math.round(top));
        }"""
    )

    assert tops[0] == tops[1]


def test_on_the_smallest_phone_the_words_of_a_button_are_one_line(visit: Visits) -> None:
    page = opened(visit, 320)
    page.click("#open-data")

    assert [box(page, each)["height"] for each in ("#use-points", ".drawer .button")] == [44, 44]
