"""A run that is played, walked step by step, and looked at anywhere: and the lecture's seven steps
as they happen.
"""

import math

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.support.written import written
from tests.system.browser.drawings import drawn, lecture, slowly
from tests.system.browser.frames import FRAME_MS, FRAMES
from tests.system.browser.rates import held, thumb
from tests.system.browser.selected import stands, stood
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

MOVING = {"reduced_motion": "no-preference"}
PLAYED = """async () => {
  const play = document.querySelector("#play");
  const before = ticks;
  play.click();
  while (!play.textContent.includes("Pause")) await new Promise(soon);
  while (!play.textContent.includes("Again")) await new Promise(soon);
  return ticks - before;
}"""
"""Frames of a run that is played to its end."""
ROWS = """async () => {
  const play = document.querySelector("#play");
  const rows = () => document.querySelectorAll("#table-steps tbody tr").length;
  const seen = [];
  play.click();
  while (!play.textContent.includes("Pause")) await new Promise(soon);
  while (play.textContent.includes("Pause")) {
    if (rows() !== seen.at(-1)) seen.push(rows());
    await new Promise(soon);
  }
  return seen;
}"""
"""The number of rows of the table of steps, each time it changes while a run is played."""
LIT = """async () => {
  const lit = () =>
    [...document.querySelectorAll("#lecture li")].findIndex((item) => item.matches(".lit")) + 1;
  const seen = [lit()];
  document.querySelector("#forth").click();
  while (seen.at(-1) !== 6) {
    await new Promise(requestAnimationFrame);
    if (lit() !== seen.at(-1)) seen.push(lit());
  }
  return seen;
}"""
"""Which of the seven steps is lit, from before a slow step until after it."""


def at_length(page: Page) -> None:
    """Play slowly from now on, so that a run lasts longer than the next moves of a test."""
    page.select_option("#speed", "0.25")


def moment(page: Page) -> str:
    """What the picture of the walk shows."""
    shown: str = page.locator("#walk svg").evaluate("(svg) => svg.innerHTML")
    return shown


def scrub_to(page: Page, step: int, steps: int = 60) -> tuple[float, float]:
    """Where the thumb of the slider of steps stands at one, on the screen."""
    box = page.locator("#scrub").bounding_box()
    assert box is not None
    return box["x"] + 11 + (box["width"] - 22) * step / steps, box["y"] + box["height"] / 2


def test_play_pause_and_again(visit: Visits) -> None:
    page = visit("steps=12&step=0", **MOVING)
    at_length(page)
    play = page.locator("#play")
    expect(play).to_have_text("▶ Play")

    play.click()
    expect(play).to_have_text("❚❚ Pause")
    stood(page, 0)
    play.click()
    expect(play).to_have_text("▶ Play")
    page.select_option("#speed", "4")
    play.click()

    expect(play).to_have_text("↻ Again")
    stands(page, 12, 12)
    at_length(page)
    play.click()
    expect(play).to_have_text("❚❚ Pause")


def test_a_run_that_is_paused_stands_still(visit: Visits) -> None:
    page = visit("steps=20&step=0", **MOVING)
    at_length(page)
    page.click("#play")
    stood(page, 0)

    page.click("#play")

    drawn(page)
    before = moment(page)
    drawn(page)
    assert moment(page) == before


def test_the_space_bar_plays_and_pauses(visit: Visits) -> None:
    page = visit("steps=12&step=0", **MOVING)
    at_length(page)

    page.keyboard.press("Space")
    expect(page.locator("#play")).to_have_text("❚❚ Pause")
    page.keyboard.press("Space")

    expect(page.locator("#play")).to_have_text("▶ Play")


@pytest.mark.parametrize(("forth", "back"), [("#forth", "#back"), (".", ",")])
def test_step_by_step_forth_and_back(visit: Visits, forth: str, back: str) -> None:
    page = visit("step=0")

    for where, step in [(forth, 1), (forth, 2), (back, 1)]:
        if where.startswith("#"):
            page.click(where)
        else:
            page.keyboard.press(where)
        stands(page, step)


def test_there_is_no_step_before_the_first_and_after_the_last(visit: Visits) -> None:
    page = visit("steps=3&step=0")
    expect(page.locator("#back")).to_be_disabled()

    for _ in range(3):
        page.click("#forth")

    expect(page.locator("#forth")).to_be_disabled()
    expect(page.locator("#back")).to_be_enabled()


def test_the_slider_of_steps_goes_to_any_step_and_back(visit: Visits, service: Server) -> None:
    page = visit()
    losses = lecture(service)["losses"]

    page.mouse.move(*scrub_to(page, 60))
    page.mouse.down()
    for step in (40, 20, 3, 0, 25):
        page.mouse.move(*scrub_to(page, step))
        stands(page, step)
        expect(page.locator("#loss-now")).to_have_text(written(losses[step]))
    page.mouse.up()

    stands(page, 25)


def test_arrows_on_the_slider_of_steps_move_by_one(visit: Visits) -> None:
    page = visit("step=10")

    page.focus("#scrub")
    for key, step in [("ArrowRight", 11), ("ArrowUp", 12), ("ArrowLeft", 11), ("ArrowDown", 10)]:
        page.keyboard.press(key)
        stands(page, step)


@pytest.mark.parametrize("speed", [0.5, 2, 4])
def test_the_time_of_a_run_is_divided_by_its_speed(visit: Visits, speed: float) -> None:
    """Both runs need one frame more than their time has: that is why they are compared."""
    page = visit("steps=5&step=0", script=FRAMES)
    milliseconds = sum(520 * 0.86**step for step in range(5))

    once = page.evaluate(PLAYED)
    page.select_option("#speed", f"{speed:g}")
    again = page.evaluate(PLAYED)

    assert again - once == frames(milliseconds / speed) - frames(milliseconds)


def frames(milliseconds: float) -> int:
    return math.ceil(milliseconds / FRAME_MS)


def test_during_a_slow_step_predict_loss_gradient_and_step_are_lit_in_their_order(
    visit: Visits,
) -> None:
    page = visit("steps=20&step=0", **MOVING)

    assert page.evaluate(LIT) == [1, 2, 3, 4, 5, 6]
    stands(page, 1, 20)


def test_a_run_that_stands_lights_where_it_is(visit: Visits) -> None:
    page = visit("steps=20&step=0")

    page.focus("#scrub")
    for key, lit in [("Home", "Initialise"), ("ArrowRight", "Repeat"), ("End", "Stop")]:
        page.keyboard.press(key)
        expect(page.locator("#lecture .lit b")).to_have_text(lit)
        expect(page.locator("#lecture [aria-current=step] b")).to_have_text(lit)


def test_while_a_run_is_played_no_single_step_is_lit(visit: Visits) -> None:
    page = visit("steps=20&step=0", **MOVING)
    at_length(page)

    page.click("#play")

    expect(page.locator("#lecture .lit")).to_have_count(0)


def test_without_motion_a_step_is_made_at_once(visit: Visits) -> None:
    page = visit("steps=20&step=0")

    page.click("#forth")
    drawn(page)

    stands(page, 1, 20)
    expect(page.locator("#lecture .lit")).to_have_text("Repeatsteps left: 19")


def test_a_rate_that_is_chosen_is_played(visit: Visits) -> None:
    page = visit("steps=20&step=20", **MOVING)
    at_length(page)

    page.get_by_role("button", name="Bouncing").click()

    expect(page.locator("#verdict strong")).to_have_text("Bouncing.")
    expect(page.locator("#play")).to_have_text("❚❚ Pause")


def test_a_rate_that_is_chosen_while_another_is_on_its_way_is_played(visit: Visits) -> None:
    page = visit("steps=20&step=20", **MOVING)
    at_length(page)
    slowly(page)

    page.keyboard.press("1")
    page.keyboard.press("4")

    expect(page.locator("#verdict strong")).to_have_text("Too large.")
    expect(page.locator("#play")).to_have_text("❚❚ Pause")


def test_a_rate_is_played_when_the_slider_is_released(visit: Visits) -> None:
    page = visit("lr=0.114&steps=20&step=20", **MOVING)
    at_length(page)
    slowly(page)

    with held(page, 0.2825):
        page.mouse.move(*thumb(page, 0.02), steps=3)

    expect(page.locator("#verdict strong")).to_have_text("Too small.")
    expect(page.locator("#play")).to_have_text("❚❚ Pause")


def test_without_motion_a_rate_that_is_chosen_stands_at_its_end(visit: Visits) -> None:
    page = visit("steps=20")

    page.get_by_role("button", name="Bouncing").click()

    expect(page.locator("#verdict strong")).to_have_text("Bouncing.")
    expect(page.locator("#play")).to_have_text("↻ Again")
    stands(page, 20, 20)


def test_a_rate_that_a_finger_chooses_stands_at_its_end(visit: Visits) -> None:
    page = visit("steps=20&step=20", has_touch=True, is_mobile=True, **MOVING)
    at_length(page)

    page.tap("[data-preset=bounce]")

    expect(page.locator("#verdict strong")).to_have_text("Bouncing.")
    expect(page.locator("#play")).to_have_text("↻ Again")


def test_the_start_has_its_name_when_the_ball_has_left_it(visit: Visits) -> None:
    page = visit("step=0")
    start = page.locator("#walk svg text", has_text="start")

    stands(page, 0)
    expect(start).to_have_count(0)
    page.click("#forth")

    stands(page, 1)
    expect(start).to_have_count(1)


def test_the_table_has_the_steps_made_so_far_and_grows_at_most_once_a_second(
    visit: Visits,
) -> None:
    page = visit(script=FRAMES, **MOVING)
    page.locator("#play:has-text('Again')").wait_for()
    page.click("#tables summary")
    frames = page.evaluate("ticks")

    seen = page.evaluate(ROWS)

    seconds = (page.evaluate("ticks") - frames) * FRAME_MS / 1000
    assert seen[-1] < 61
    assert seen[1:] == sorted(set(seen[1:]))
    assert 2 <= len(seen) <= 2 + seconds
    expect(page.locator("#table-steps tbody tr")).to_have_count(61)
