"""What is known before the first step: the losses to come, the way made in each direction, and the
fewest steps. Each is compared with a computation of its own.
"""

import json
import math
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect
from scipy.optimize import minimize_scalar

from tests.support.server import Server
from tests.system.browser.drawings import FIRST_LR, drawn, lecture, scale, size, slowly, vertices
from tests.system.browser.frames import FRAMES
from tests.system.browser.running import BYTES_PER_SECOND, SPIES, ended, run_live
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

NEAR = 0.05
"""Pixels: a hundredth is what a coordinate is rounded to, and scales are read off rounded ones."""
LINES = ("predicted", "line")
THUMB = 11
"""Pixels from the side of the chart of the loss to its last step."""
OTHERS = {
    "adam": {"optimizer": {"kind": "adam"}},
    "momentum": {"optimizer": {"kind": "sgd", "momentum": 0.5}},
    "weight decay": {"optimizer": {"kind": "sgd", "weight_decay": 0.1}},
    "batches": {"batch_size": 5},
}
"""Options of descents that the directions do not foresee."""
BARS = """() => [...document.querySelectorAll("#way .bar > span")].map(
  (bar) => bar.getBoundingClientRect().width / parseFloat(getComputedStyle(bar).width)
)"""
"""The filled part of each bar."""
FILLING = """async () => {
  const bars = BARS;
  const seen = [];
  document.querySelector("#play").click();
  while (!document.querySelector("#play").textContent.includes("Again")) {
    await new Promise(soon);
    seen.push(bars());
  }
  return seen;
}""".replace("BARS", BARS)
"""The same in each frame while a run is played."""
COUNT = re.compile(r"([\d,]+) steps?\.$")


def directions(service: Server, scaling: str) -> tuple[list[float], list[float], float]:
    """Return the eigenvalues and the excess losses of the directions of the first start, the
    steepest first, and the lowest loss.
    """
    answer = lecture(service, lr=1e-5, steps=1)
    t, y = (np.array(answer["data"][name]) for name in ("t", "y"))
    start = np.polyval([answer["history"]["params"][name][0] for name in "abc"], t)
    x = (t - t.mean()) / t.std() if scaling == "standardize" else t
    left, singular, _ = np.linalg.svd(np.vander(x, 3), full_matrices=False)
    best = left @ (left.T @ y)
    excess = np.square(left.T @ (start - y)) / len(t)
    curvatures = 2 * np.square(singular) / len(t)
    return curvatures.tolist(), excess.tolist(), float(np.square(best - y).mean())


def multipliers(service: Server, lr: float) -> list[float]:
    """Return what a step leaves of the distance in each direction, with t rescaled."""
    return [1 - lr * curvature for curvature in directions(service, "standardize")[0]]


def fewest(page: Page) -> int:
    """Return the number of the sentence about the fewest steps."""
    found = COUNT.search(page.locator("#fewest-steps").text_content() or "")
    assert found
    return int(found[1].replace(",", ""))


def least(service: Server, scaling: str, steps: int) -> float:
    """Return the lowest excess that any constant rate leaves after some steps. It is a convex
    function of the rate.
    """
    curvatures, excess, _ = directions(service, scaling)

    def left(lr: float) -> float:
        kept = [(1 - lr * curvature) ** (2 * steps) for curvature in curvatures]
        return sum(held * part for held, part in zip(excess, kept, strict=True))

    limit = 2 / curvatures[0]
    found = minimize_scalar(
        left, bounds=(0, limit), method="bounded", options={"xatol": 1e-14 * limit}
    )
    return float(found.fun)


@pytest.mark.parametrize("part", [0.02, 0.2825, 0.99, 1.02])
def test_the_thin_line_is_where_the_loop_goes(visit: Visits, service: Server, part: float) -> None:
    lr = FIRST_LR / 0.2825 * part
    page = visit(f"lr={lr}&steps=60&step=0")
    heights = [math.log10(loss) for loss in lecture(service, lr=lr, solver="loop")["losses"]]

    made = vertices(page.locator("#loss svg .line"))
    predicted = vertices(page.locator("#loss svg .predicted"))

    height = scale(heights, [y for _, y in made])
    assert len(predicted) == 61
    assert [y for _, y in predicted] == pytest.approx([height(each) for each in heights], abs=NEAR)


def test_the_thin_line_reaches_the_last_step_before_the_first_ones_arrive(visit: Visits) -> None:
    page = visit("steps=6000", script=SPIES)
    slowly(page, bytes_per_second=BYTES_PER_SECOND)

    run_live(page)
    predicted, made = (vertices(page.locator(f"#loss svg .{each}")) for each in LINES)

    width, _ = size(page, "#loss svg")
    assert predicted[-1][0] == pytest.approx(width - THUMB, abs=NEAR)
    assert made[-1][0] < width - 2 * THUMB
    ended(page)


def test_the_thin_line_of_a_run_that_grows_stays_while_its_steps_arrive(visit: Visits) -> None:
    page = visit("part=1.0002&steps=6000", script=SPIES)
    slowly(page, bytes_per_second=BYTES_PER_SECOND)

    run_live(page)
    early = page.locator("#loss svg .predicted").get_attribute("d")
    ended(page)

    expect(page.locator("#loss svg .predicted")).to_have_attribute("d", str(early))


def test_the_thin_line_has_its_name_until_the_run_covers_it(visit: Visits) -> None:
    page = visit("step=3")
    key = page.locator("#loss svg .key")
    expect(key).to_have_text("predicted")
    expect(key).to_be_visible()

    page.fill("#step", "60")
    page.keyboard.press("Enter")

    expect(key).to_be_hidden()


def test_the_sentence_of_the_loss_says_what_was_predicted(visit: Visits) -> None:
    page = visit("step=3")

    expect(page.locator("#loss .picture")).to_have_attribute(
        "aria-label", re.compile(r"Before the first step, 7\.35 was predicted after 60 steps\.$")
    )


def test_the_table_has_the_predicted_losses_next_to_those_made(visit: Visits) -> None:
    page = visit("steps=12")

    page.click("#tables summary")
    page.locator("#table-steps td").first.wait_for()
    rows = page.locator("#table-steps tr").all()
    cells = [row.locator("th, td").all_text_contents() for row in rows]
    step, made, predicted, *_ = zip(*cells, strict=True)

    assert (step[-1], made[0], predicted[0]) == ("12", "Loss", "predicted")
    assert made[1:] == predicted[1:]


@pytest.mark.parametrize("options", OTHERS.values(), ids=OTHERS.keys())
def test_a_descent_that_the_directions_do_not_foresee_has_no_prediction(
    visit: Visits, options: dict[str, Any]
) -> None:
    page = visit.window()
    page.route("**/fit", lambda route: changed(route, options))
    page.goto(f"{visit.url}/#lr=0.1&steps=20&step=3")
    page.locator("#loss svg .future").wait_for(state="attached")

    expect(page.locator("#loss svg .predicted, #loss svg .key")).to_have_count(0)
    expect(page.locator("#way")).to_be_hidden()
    expect(page.locator("#fewest")).to_be_hidden()


def changed(route: Route, options: dict[str, Any]) -> None:
    """Send a question with other options."""
    body = json.loads(route.request.post_data or "")
    route.continue_(post_data=json.dumps(body | options))


@pytest.mark.parametrize("part", [0.02, 0.2825, 0.8, 0.99])
def test_each_bar_is_filled_to_the_part_of_the_way_that_is_made(
    visit: Visits, service: Server, part: float
) -> None:
    lr = FIRST_LR / 0.2825 * part
    page = visit(f"lr={lr}&steps=60&step=0")
    left = multipliers(service, lr)
    whole = 2 if min(left) < 0 else 1

    for step in range(6):
        drawn(page)
        made = [1 - each**step for each in left]
        assert page.evaluate(BARS) == pytest.approx([each / whole for each in made], abs=0.002)
        assert parts(page) == pytest.approx(made, abs=0.005)
        page.keyboard.press(".")


def parts(page: Page) -> list[float]:
    """Return the written parts of the way."""
    written = page.locator("#way li > :last-child").all_text_contents()
    return [
        float(each.replace("%", "").replace(",", "").replace("\N{MINUS SIGN}", "-")) / 100
        for each in written
    ]


def test_the_bars_fill_while_a_run_is_played(visit: Visits) -> None:
    page = visit("steps=60&step=0", script=FRAMES)

    seen = page.evaluate(FILLING)

    for bar in zip(*seen, strict=True):
        assert list(bar) == sorted(bar)
        assert len(set(bar)) > 20
        assert bar[0] < 0.1
        assert bar[-1] > 0.9


def test_the_way_of_a_run_that_grows_is_negative_on_the_side_of_the_start(visit: Visits) -> None:
    page = visit("part=1.1&steps=20&step=2")

    assert parts(page)[0] == pytest.approx(1 - 1.2**2, abs=0.005)
    page.fill("#step", "19")
    page.keyboard.press("Enter")

    expect(page.locator("#way li").first).to_contain_text(">1,000%")


def test_the_directions_have_names(visit: Visits) -> None:
    page = visit()

    assert page.locator("#way li > :first-child").all_text_contents() == [
        "steepest",
        "middle",
        "flattest",
    ]


def test_three_of_many_directions_say_of_how_many(visit: Visits) -> None:
    page = visit("degree=10&steps=20")

    assert page.locator("#way li > :first-child").all_text_contents() == [
        "steepest of 11",
        "middle of 11",
        "flattest of 11",
    ]


def test_a_part_of_the_way_that_can_be_rounding_is_not_written(visit: Visits) -> None:
    page = visit("part=1&steps=60")

    expect(page.locator("#way li > :last-child").first).to_have_text("<0.0001%")


def test_a_direction_that_ran_away_has_a_tip_at_its_start(visit: Visits) -> None:
    page = visit("part=1.1&steps=20")

    assert page.locator("#way .bar").evaluate_all(
        "(all) => all.map((bar) => bar.classList.contains('away'))"
    ) == [True, False, False]


def test_directions_that_are_equally_steep_are_a_single_one(visit: Visits) -> None:
    page = visit("scale=orthonormal&part=0.1&steps=20")

    expect(page.locator("#way li")).to_have_count(1)
    expect(page.locator("#way li")).to_contain_text("every direction")


def test_a_start_at_the_best_fit_has_no_way(visit: Visits, service: Server) -> None:
    best = lecture(service)["optimum"]["params"]

    page = visit(f"start={best['a']},{best['b']},{best['c']},0&scale=none")

    expect(page.locator("#way")).to_be_hidden()


@pytest.mark.parametrize("scaling", ["standardize", "none"])
def test_no_constant_rate_arrives_in_fewer_steps_than_the_page_says(
    visit: Visits, service: Server, scaling: str
) -> None:
    page = visit(f"scale={scaling}&part=0.5&steps=1000000")
    target = 0.01 * directions(service, scaling)[2]

    steps = fewest(page)

    assert least(service, scaling, steps) <= target < least(service, scaling, steps - 1)


def test_the_verdict_on_too_few_steps_says_the_fewest_instead(visit: Visits) -> None:
    page = visit("lr=1e-5&scale=none&steps=10")

    expect(page.locator("#verdict")).to_contain_text("498,015 steps")
    expect(page.locator("#fewest")).to_be_hidden()


def test_a_single_step_that_is_enough_is_said(visit: Visits) -> None:
    page = visit("scale=orthonormal")

    expect(page.locator("#fewest")).to_have_text("A constant rate can arrive in one step.")


def test_the_fewest_steps_are_said_while_a_run_is_played(visit: Visits) -> None:
    page = visit("step=3")

    expect(page.locator("#fewest")).to_be_visible()
    expect(page.locator("#verdict")).to_be_hidden()


def test_a_guess_is_not_helped_by_what_is_known_before(visit: Visits) -> None:
    page = visit()

    page.click("#suggest")
    page.click("#guesses button >> nth=0")
    page.click("#suggest")
    page.locator("main.asking").wait_for()

    for each in ("#fewest", "#loss .predicted", "#loss .key"):
        expect(page.locator(each)).not_to_be_visible()
