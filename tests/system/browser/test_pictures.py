"""What is drawn is what the service computes: each chart against the numbers of POST /fit, POST
/sweep and POST /analysis.
"""

import math
from itertools import groupby, pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server
from tests.system.browser.addresses import packed
from tests.system.browser.drawings import (
    asked,
    beginning,
    circle,
    circles,
    drawn,
    lecture,
    scale,
    size,
    vertices,
)
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

WALK_VIEW = 1.13
"""Start distances from the middle of the walk to its side."""
VALLEY_VIEW, VALLEY_WIDEST = 1.25, 6
"""The same of the valley, and how much wider than high a ring may be."""
LONG = "steps=100000"
"""So many steps that not all of them are recorded."""
SHADES = {
    "too_small": "small",
    "good": "good",
    "bouncing": "bounce",
    "edge": "large",
    "diverging": "large",
}
NEAR = 0.05
"""Pixels: a hundredth is what a coordinate is rounded to, and scales are read off rounded ones."""


def curve(params: dict[str, list[float]], step: int, t: float) -> float:
    return (params["a"][step] * t + params["b"][step]) * t + params["c"][step]


def visible_corners(page: Page, selector: str) -> list[tuple[float, float]]:
    """The corners of a curve inside the plot."""
    _, height = size(page, "#curve svg")
    return [(x, y) for x, y in vertices(page.locator(selector)) if 0 < y < height]


@pytest.mark.parametrize("lr", [0.05, 0.114, 0.392])
def test_the_ball_stands_where_the_multiplier_brings_it(
    visit: Visits, service: Server, lr: float
) -> None:
    page = visit(f"lr={lr}&steps=60&step=0")
    width, _ = size(page, "#walk svg")
    steepest = lecture(service, lr=lr)["analysis"]["modes"][0]

    balls = []
    for _ in range(8):
        drawn(page)
        balls.append(circle(page, "#walk svg .ball")[0])
        page.keyboard.press(".")

    assert balls == pytest.approx(
        [width / 2 * (1 - steepest["multiplier"] ** step / WALK_VIEW) for step in range(8)],
        abs=NEAR,
    )


def test_the_curve_passes_through_what_the_parameters_predict(
    visit: Visits, service: Server
) -> None:
    page = visit("lr=0.114&steps=60&step=0")
    answer = lecture(service)
    points = circles(page, "#curve svg .point")
    t, y = (
        scale(answer["data"]["t"], [x for x, _ in points]),
        scale(answer["data"]["y"], [y for _, y in points]),
    )

    for step in range(8):
        drawn(page)
        corners = visible_corners(page, "#curve svg .current")
        predicted = [y(curve(answer["history"]["params"], step, t.value(x))) for x, _ in corners]
        assert [pixel for _, pixel in corners] == pytest.approx(predicted, abs=0.25)
        assert len(corners) > 20
        page.keyboard.press(".")


def test_every_point_is_drawn_where_it_was_measured(visit: Visits, service: Server) -> None:
    page = visit()
    data = lecture(service)["data"]
    points = circles(page, "#curve svg .point")

    t, y = scale(data["t"], [x for x, _ in points]), scale(data["y"], [y for _, y in points])

    assert [x for x, _ in points] == pytest.approx([t(value) for value in data["t"]], abs=NEAR)
    assert [y for _, y in points] == pytest.approx([y(value) for value in data["y"]], abs=NEAR)


def test_the_dotted_curve_is_the_best_fit(visit: Visits, service: Server) -> None:
    page = visit("lr=0.00809&steps=60")
    answer = lecture(service)
    points = circles(page, "#curve svg .point")
    best = {name: [value] for name, value in answer["optimum"]["params"].items()}

    t, y = (
        scale(answer["data"]["t"], [x for x, _ in points]),
        scale(answer["data"]["y"], [y for _, y in points]),
    )
    corners = visible_corners(page, "#curve svg .best")

    assert len(corners) > 60
    assert [pixel for _, pixel in corners] == pytest.approx(
        [y(curve(best, 0, t.value(x))) for x, _ in corners], abs=0.25
    )


def test_earlier_curves_fade(visit: Visits) -> None:
    page = visit("lr=0.02&steps=60&step=20")

    earlier = page.locator("#curve svg .earlier").evaluate_all(
        "(all) => all.map((each) => Number(each.getAttribute('opacity')))"
    )

    start, *tail = earlier
    assert len(tail) == 12
    assert all(older < newer for older, newer in pairwise(tail))
    assert 0 < start < 1


def test_the_loss_is_drawn_on_a_logarithmic_scale_above_the_dotted_best_fit(
    visit: Visits, service: Server
) -> None:
    page = visit("lr=0.114&steps=60")
    answer = lecture(service)

    line = vertices(page.locator("#loss svg .line"))
    height = scale([math.log10(loss) for loss in answer["losses"]], [y for _, y in line])
    _, best = beginning(page, "#loss svg .best")

    assert [y for _, y in line] == pytest.approx(
        [height(math.log10(loss)) for loss in answer["losses"]], abs=NEAR
    )
    assert best == pytest.approx(height(math.log10(answer["optimum"]["loss"])), abs=NEAR)


def test_without_log_loss_it_is_drawn_on_a_linear_one(visit: Visits, service: Server) -> None:
    page = visit("lr=0.02&steps=60")
    losses = lecture(service, lr=0.02)["losses"]

    page.get_by_role("button", name="log loss").click()
    drawn(page)
    line = vertices(page.locator("#loss svg .line"))

    height = scale(losses, [y for _, y in line])
    assert [y for _, y in line] == pytest.approx([height(loss) for loss in losses], abs=NEAR)


def test_with_log_steps_each_step_lies_at_its_logarithm(visit: Visits) -> None:
    page = visit("lr=0.02&steps=20")
    steps = [math.log(step + 1) for step in range(21)]

    page.get_by_role("button", name="log steps").click()
    drawn(page)
    dots = [x for x, _ in circles(page, "#loss svg .past .dot")]

    place = scale(steps, dots)
    assert dots == pytest.approx([place(step) for step in steps], abs=NEAR)


def test_the_valley_shows_the_flattest_direction_across_and_the_steepest_up(
    visit: Visits, service: Server
) -> None:
    page = visit("lr=0.02&steps=60&step=0")
    width, height = size(page, "#valley svg")
    steepest, *_, flattest = lecture(service, lr=0.02)["analysis"]["modes"]
    up, across = steepest["multiplier"], flattest["multiplier"]
    ratio = math.sqrt(steepest["eigenvalue"] / flattest["eigenvalue"])
    high = min(height, width / ratio) / 2 / VALLEY_VIEW
    wide = ratio * high

    page.locator("#valley svg").scroll_into_view_if_needed()
    page.locator("#valley svg .ball").wait_for()

    for step in range(6):
        drawn(page)
        there = (width / 2 - wide * across**step, height / 2 - high * up**step)
        assert circle(page, "#valley svg .ball") == pytest.approx(there, abs=NEAR)
        page.keyboard.press(".")


@pytest.mark.parametrize(
    ("scaling", "ratio"), [("none", VALLEY_WIDEST), ("standardize", 2.78), ("orthonormal", 1)]
)
def test_the_rings_of_the_valley_are_as_long_as_its_curvatures_differ(
    visit: Visits, scaling: str, ratio: float
) -> None:
    page = visit(f"scale={scaling}&part=0.2&steps=20")

    page.locator("#valley svg").scroll_into_view_if_needed()
    ring = page.locator("#valley svg .ring").first
    wide, high = (float(ring.get_attribute(name) or "") for name in ("rx", "ry"))

    assert wide / high == pytest.approx(ratio, rel=0.01)


def test_the_valley_shows_the_whole_way_of_a_long_run(visit: Visits) -> None:
    page = visit(f"part=0.02&{LONG}")

    page.locator("#valley svg").scroll_into_view_if_needed()
    page.locator("#valley svg .ball").wait_for()
    way = vertices(page.locator("#valley svg .chord"))

    assert way[0] == pytest.approx(circle(page, "#valley svg .origin"), abs=NEAR)
    assert way[-1] == pytest.approx(circle(page, "#valley svg .ball"), abs=NEAR)
    assert len(way) > 50


def test_the_swept_line_has_the_colours_of_the_verdicts_in_their_order(
    visit: Visits, service: Server
) -> None:
    page = visit()
    limit = lecture(service)["analysis"]["lr_limit"]
    body = {
        "synthetic": {},
        "seed": 42,
        "init": start_of(lecture(service)),
        "scale": "standardize",
        "steps": 60,
    }
    parts = [0.01 * 1.02**i for i in range(270)]
    runs = asked(service, "sweep", body | {"lrs": [limit * part for part in parts]})["runs"]

    colours = page.locator("#dial svg .swept").evaluate_all(
        "(all) => all.map((each) => each.getAttribute('class').split(' ')[1])"
    )

    assert colours == ["small", "good", "bounce", "large"]
    assert colours == [
        shade for shade, _ in groupby(SHADES[run["verdict"]["rate"]] for run in runs)
    ]


def test_the_swept_line_lies_at_the_loss_each_rate_ends_with(
    visit: Visits, service: Server
) -> None:
    page = visit("lr=0.114&steps=10")
    answer = lecture(service)
    width, _ = size(page, "#dial svg")
    corners = vertices(page.locator("#dial svg .swept.small"))
    rates = [
        answer["analysis"]["lr_limit"] / 126 * (2.1 * 126) ** ((x - 13) / (width - 26))
        for x, _ in corners
    ]

    body = {
        "synthetic": {},
        "seed": 42,
        "init": start_of(answer),
        "scale": "standardize",
        "steps": 10,
        "lrs": rates,
    }
    losses = [math.log10(run["loss"]) for run in asked(service, "sweep", body)["runs"]]

    height = scale(losses, [y for _, y in corners])
    assert len(corners) > 40
    assert [y for _, y in corners] == pytest.approx([height(loss) for loss in losses], abs=NEAR)


def start_of(answer: dict[str, Any]) -> dict[str, float]:
    """Where a descent began."""
    return {name: values[0] for name, values in answer["history"]["params"].items()}


def test_the_lectures_own_run_rests_while_the_flat_direction_has_hardly_moved(
    visit: Visits, service: Server
) -> None:
    page = visit("lr=0.00001&steps=10&scale=none")
    flattest = lecture(service, lr=1e-5, steps=10, scale="none")["analysis"]["modes"][-1]

    moved = 1 - flattest["multiplier"] ** 10

    assert f"{100 * moved:.2g}" == "0.0026"
    expect(page.locator("#way li").last).to_have_text("flattest0.0026%")


def test_a_run_that_diverges_is_drawn_until_it_leaves(visit: Visits, service: Server) -> None:
    page = visit("lr=0.445&steps=60&step=0")
    width, _ = size(page, "#walk svg")
    multiplier = lecture(service, lr=0.445)["analysis"]["modes"][0]["multiplier"]

    balls = []
    for _ in range(5):
        drawn(page)
        balls += [x for x, _ in circles(page, "#walk svg .ball")]
        page.keyboard.press(".")

    assert balls == pytest.approx(
        [width / 2 * (1 - multiplier**step / 1.9) for step in range(4)], abs=NEAR
    )
    expect(page.locator("#walk svg")).to_contain_text("Out of the picture at step 4")


def test_the_walk_names_the_step_that_leads_out_of_a_long_run(visit: Visits) -> None:
    page = visit(f"part=1.5&{LONG}")

    expect(page.locator("#walk svg")).to_contain_text("Out of the picture at step 1")


def test_the_line_of_the_loss_goes_through_the_steps_before_the_second_record(
    visit: Visits,
) -> None:
    page = visit(f"part=0.02&{LONG}")

    made, predicted = (
        vertices(page.locator(f"#loss svg .{name}")) for name in ("line", "predicted")
    )

    assert len(made) > 100
    assert set(made[:10]) <= set(predicted)


def test_a_run_that_leads_out_at_once_is_a_curve_with_a_name(visit: Visits) -> None:
    page = visit("part=2.05&steps=20")

    expect(page.locator("#curve svg .now")).to_have_text("step 0, then outside")


def test_the_formula_is_that_of_the_curve_that_is_drawn(visit: Visits) -> None:
    page = visit("part=2.05&steps=20&step=0")
    formula = page.locator("#formula").inner_text()

    page.fill("#step", "20")
    page.keyboard.press("Enter")

    assert formula
    expect(page.locator("#formula")).to_have_text(formula)


def test_the_curve_of_a_run_that_settles_is_that_of_the_selected_step(visit: Visits) -> None:
    page = visit(packed([(1e-6 * t, 1e-9 * (t - 5) ** 2) for t in range(12)]))

    expect(page.locator("#curve svg .now")).to_have_text("step 60")


LOW = {"width": 600, "height": 500}
"""A window so low that the valley is out of view."""
MUTATIONS = """
window.mutations = 0;
new MutationObserver((all) => { window.mutations += all.length; })
  .observe(
    document.querySelector("#valley svg"), { subtree: true, childList: true, attributes: true },
  );
"""


def test_a_chart_that_is_out_of_view_does_no_work(visit: Visits) -> None:
    page = visit("lr=0.114&steps=6&step=0", viewport=LOW)
    drawn(page)
    page.evaluate(MUTATIONS)

    page.click("#play-here")
    expect(page.locator("#play")).to_contain_text("Again")

    assert page.evaluate("mutations") == 0


def test_a_chart_that_comes_into_view_is_drawn(visit: Visits) -> None:
    page = visit("lr=0.114&steps=6", viewport=LOW)
    expect(page.locator("#valley svg .ball")).to_have_count(0)

    page.locator("#valley svg").scroll_into_view_if_needed()

    expect(page.locator("#valley svg .ball")).to_have_count(1)
