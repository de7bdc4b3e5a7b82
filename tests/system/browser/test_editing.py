"""Points that are dragged, added and removed on the plot: by hand, and by keys alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import until
from tests.system.browser.addresses import packed
from tests.system.browser.drawings import Scale, circles, drawn, scale
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

POINTS = "#curve svg .point"
SIX = [(0.0, 30.0), (1.0, 12.0), (2.0, 3.0), (3.0, 2.0), (4.0, 11.0), (5.0, 31.0)]


def editing(page: Page) -> Page:
    """The page on which points are edited."""
    page.get_by_role("button", name="Edit points").click()
    expect(page.locator("#editing")).to_be_visible()
    drawn(page)
    return page


def fitted(page: Page) -> list[tuple[float, float]]:
    """The points that are fitted, as the drawer lists them once they are a person's own."""
    rows = page.locator("#pasted").input_value().splitlines()
    return [(float(t), float(y)) for t, y in (row.split("\t") for row in rows)]


def axes(page: Page, points: list[tuple[float, float]]) -> tuple[Scale, Scale]:
    """Where t and y are drawn, read off the points."""
    pixels = circles(page, POINTS)
    return (
        scale([t for t, _ in points], [x for x, _ in pixels]),
        scale([y for _, y in points], [y for _, y in pixels]),
    )


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """A place of the plot on the screen."""
    box = page.locator("#curve svg").bounding_box()
    assert box is not None
    return box["x"] + x, box["y"] + y


def swipe(page: Page, begin: tuple[float, float], up: float) -> None:
    """Move a finger along the screen, from a place on by so many pixels."""
    x, y = begin
    finger = page.context.new_cdp_session(page)
    for kind, part in [("touchStart", 0), ("touchMove", 0.5), ("touchMove", 1)]:
        spot = {"x": x, "y": y + part * up}
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [spot]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def press(page: Page, how: str) -> None:
    """Click a button or press a key."""
    if how.startswith("#"):
        page.click(how)
    else:
        page.keyboard.press(how)


def test_a_point_is_dragged(visit: Visits) -> None:
    page = editing(visit(packed(SIX)))
    t, y = axes(page, SIX)
    from_x, from_y = circles(page, POINTS)[2]

    page.mouse.move(*at(page, from_x, from_y))
    page.mouse.down()
    page.mouse.move(*at(page, from_x + 20, from_y - 60), steps=6)
    page.mouse.up()

    there = pytest.approx((t.value(from_x + 20), y.value(from_y - 60)), rel=0.01)
    until(lambda: fitted(page) == [*SIX[:2], there, *SIX[3:]])


def test_a_point_is_dragged_without_a_mode(visit: Visits) -> None:
    page = visit(packed(SIX))
    drawn(page)
    _, y = axes(page, SIX)
    from_x, from_y = circles(page, POINTS)[2]

    page.mouse.move(*at(page, from_x, from_y))
    page.mouse.down()
    page.mouse.move(*at(page, from_x, from_y - 60), steps=6)
    page.mouse.up()

    until(lambda: fitted(page)[2][1] == pytest.approx(y.value(from_y - 60), rel=0.01))


def test_a_click_next_to_the_points_adds_none_without_the_mode(visit: Visits) -> None:
    page = visit(packed(SIX))
    drawn(page)
    x, y = circles(page, POINTS)[2]

    page.mouse.click(*at(page, x, y - 80))
    drawn(page)

    expect(page.locator(POINTS)).to_have_count(6)


def test_the_button_that_begins_editing_ends_it(visit: Visits) -> None:
    page = editing(visit(packed(SIX)))

    page.click("#edit")
    page.mouse.click(*at(page, 300, 40))
    drawn(page)

    expect(page.locator("#editing")).to_be_hidden()
    expect(page.locator(POINTS)).to_have_count(6)


def test_the_pointer_is_a_hand_over_a_point(visit: Visits) -> None:
    page = visit(packed(SIX))
    drawn(page)
    x, y = circles(page, POINTS)[2]

    page.mouse.move(*at(page, x, y))
    expect(page.locator("#curve svg")).to_have_css("cursor", "grab")
    page.mouse.move(*at(page, x, y - 80))

    expect(page.locator("#curve svg")).to_have_css("cursor", "auto")


def test_a_finger_drags_a_point_and_not_the_page(visit: Visits) -> None:
    page = visit(packed(SIX), has_touch=True)
    drawn(page)
    _, y = axes(page, SIX)
    from_x, from_y = circles(page, POINTS)[2]

    swipe(page, at(page, from_x, from_y), -60)

    until(lambda: fitted(page)[2][1] == pytest.approx(y.value(from_y - 60), rel=0.01))
    assert page.evaluate("scrollY") == 0


def test_a_finger_next_to_the_points_scrolls_the_page(visit: Visits) -> None:
    page = visit(packed(SIX), has_touch=True)
    drawn(page)
    x, y = circles(page, POINTS)[2]

    swipe(page, at(page, x, y - 80), -60)

    until(lambda: page.evaluate("scrollY") > 0)
    assert fitted(page) == SIX


def test_a_drag_selects_no_text(visit: Visits) -> None:
    page = visit(packed(SIX))
    drawn(page)
    x, y = circles(page, POINTS)[2]

    page.mouse.move(*at(page, x, y - 80))
    page.mouse.down()
    page.mouse.move(*at(page, x + 150, y + 40), steps=6)
    page.mouse.up()

    assert page.evaluate("getSelection().toString()") == ""


@pytest.mark.parametrize(
    ("undo", "redo"),
    [
        ("#undo", "#redo"),
        ("Control+z", "Control+Shift+z"),
        ("Control+z", "Control+y"),
        ("Meta+z", "Meta+Shift+z"),
    ],
)
def test_a_drag_is_undone_and_redone_as_one(visit: Visits, undo: str, redo: str) -> None:
    page = visit(packed(SIX))
    drawn(page)
    _, axis = axes(page, SIX)
    x, y = circles(page, POINTS)[2]
    there = pytest.approx(axis.value(y - 60), rel=0.01)
    page.mouse.move(*at(page, x, y))
    page.mouse.down()
    page.mouse.move(*at(page, x, y - 60), steps=6)
    page.mouse.up()
    until(lambda: fitted(page)[2][1] == there)

    press(page, undo)
    until(lambda: fitted(page) == SIX)
    press(page, redo)
    until(lambda: fitted(page)[2][1] == there)

    expect(page.locator("#redo")).to_be_disabled()


def test_a_point_that_is_added_is_undone(visit: Visits) -> None:
    page = editing(visit(packed(SIX)))
    page.mouse.click(*at(page, 300, 40))
    expect(page.locator(POINTS)).to_have_count(7)

    page.click("#undo")

    until(lambda: fitted(page) == SIX)


def test_a_point_that_is_removed_is_undone(visit: Visits) -> None:
    page = editing(visit(packed(SIX)))
    page.mouse.dblclick(*at(page, *circles(page, POINTS)[1]))
    expect(page.locator(POINTS)).to_have_count(5)

    page.click("#undo")

    until(lambda: fitted(page) == SIX)


def test_what_keys_do_to_a_point_is_undone(visit: Visits) -> None:
    page = editing(visit(packed(SIX)))
    page.locator("#curve svg").focus()
    page.keyboard.press("ArrowUp")
    until(lambda: fitted(page) != SIX)

    page.click("#undo")

    until(lambda: fitted(page) == SIX)


@pytest.mark.parametrize("name", ["Undo", "Redo"])
def test_undo_and_redo_stand_at_the_top_before_anything_has_changed(
    visit: Visits, name: str
) -> None:
    button = visit().locator("header").get_by_role("button", name=name)

    expect(button).to_contain_text(name)
    expect(button).to_be_disabled()


def test_a_rate_is_undone(visit: Visits) -> None:
    page = visit("lr=0.2")
    page.click("[data-preset=large]")
    expect(page.locator("#verdict strong")).to_have_text("Too large.")

    page.click("#undo")

    expect(page.locator("#lr")).to_have_value("0.200")
    expect(page.locator("#undo")).to_be_disabled()


def test_the_curve_follows_while_a_point_is_dragged(visit: Visits) -> None:
    page = editing(visit(packed(SIX)))
    x, y = circles(page, POINTS)[2]
    formula = page.locator("#formula").inner_text()

    page.mouse.move(*at(page, x, y))
    page.mouse.down()
    page.mouse.move(*at(page, x, y - 60), steps=6)

    expect(page.locator("#formula")).not_to_have_text(formula)
    page.mouse.up()


def test_a_click_adds_a_point(visit: Visits) -> None:
    page = editing(visit(packed(SIX)))
    t, y = axes(page, SIX)

    page.mouse.click(*at(page, 300, 40))

    expect(page.locator(POINTS)).to_have_count(7)
    assert fitted(page) == [*SIX, pytest.approx((t.value(300), y.value(40)), rel=0.01)]


@pytest.mark.parametrize("milliseconds", [0, 120])
def test_a_double_click_removes_a_point(visit: Visits, milliseconds: float) -> None:
    """However long the button stays down: the point under it is drawn anew meanwhile."""
    page = editing(visit(packed(SIX)))

    page.mouse.dblclick(*at(page, *circles(page, POINTS)[1]), delay=milliseconds)

    expect(page.locator(POINTS)).to_have_count(5)
    assert fitted(page) == SIX[:1] + SIX[2:]


def test_a_double_click_on_an_empty_place_changes_nothing(visit: Visits) -> None:
    page = editing(visit(packed(SIX)))

    page.mouse.dblclick(*at(page, 300, 40))

    expect(page.locator(POINTS)).to_have_count(6)
    assert fitted(page) == SIX


def test_three_points_remain(visit: Visits) -> None:
    page = editing(visit(packed(SIX[1:4])))

    page.mouse.dblclick(*at(page, *circles(page, POINTS)[1]))

    expect(page.locator("#said")).to_contain_text("At least 3 points are needed.")
    assert fitted(page) == SIX[1:4]


def test_the_lectures_points_become_a_persons_own_when_one_is_moved(visit: Visits) -> None:
    page = editing(visit())

    page.locator("#curve svg").focus()
    page.keyboard.press("ArrowUp")

    expect(page.locator("#pasted")).to_have_value(re.compile(r"^(\S+\t\S+\n){19}\S+\t\S+$"))


def test_by_keys_a_point_is_reached_and_chosen(visit: Visits) -> None:
    page = visit(packed(SIX))

    page.locator("#edit").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#curve svg")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")

    expect(page.locator("#said")).to_have_text("point 3 of 6: t 2.00, y 3.00")
    drawn(page)
    assert circles(page, "#curve svg .chosen") == [circles(page, POINTS)[2]]


def test_by_keys_the_first_point_comes_after_the_last(visit: Visits) -> None:
    page = editing(visit(packed(SIX)))

    page.locator("#curve svg").focus()
    page.keyboard.press("ArrowLeft")

    expect(page.locator("#said")).to_have_text("point 6 of 6: t 5.00, y 31.0")


@pytest.mark.parametrize(
    ("key", "part"), [("ArrowUp", 0.02), ("ArrowDown", -0.02), ("Shift+ArrowUp", 0.1)]
)
def test_by_keys_a_point_is_moved_by_a_part_of_the_picture(
    visit: Visits, key: str, part: float
) -> None:
    page = editing(visit(packed(SIX)))
    height = (1.25 + 1 + 0.3) * (31 - 2)

    page.locator("#curve svg").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press(key)

    expect(page.locator("#pasted")).not_to_have_value("\n".join(f"{t:g}\t{y:g}" for t, y in SIX))
    assert fitted(page) == [SIX[0], pytest.approx((1, 12 + part * height), rel=1e-4), *SIX[2:]]


def test_by_keys_a_point_is_added_beside_the_chosen_one(visit: Visits) -> None:
    page = editing(visit(packed(SIX)))

    page.locator("#curve svg").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")

    expect(page.locator(POINTS)).to_have_count(7)
    assert fitted(page) == [*SIX, (1.5, 12.0)]


@pytest.mark.parametrize("key", ["Delete", "Backspace"])
def test_by_keys_a_point_is_removed(visit: Visits, key: str) -> None:
    page = editing(visit(packed(SIX)))

    page.locator("#curve svg").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press(key)

    expect(page.locator(POINTS)).to_have_count(5)
    assert fitted(page) == SIX[:1] + SIX[2:]


def test_by_keys_three_points_remain(visit: Visits) -> None:
    page = editing(visit(packed(SIX[1:4])))

    page.locator("#curve svg").focus()
    page.keyboard.press("Delete")

    expect(page.locator("#said")).to_contain_text("At least 3 points are needed.")
    assert fitted(page) == SIX[1:4]
