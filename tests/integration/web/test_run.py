"""A descent as the page holds it: where each record stands, and its lines of CSV."""

import csv
import io
from statistics import pvariance
from typing import Any

import pytest

from tests.support.modules import Modules

MODES = [
    {"eigenvalue": 4, "multiplier": 0.6, "start": 10},
    {"eigenvalue": 0.1, "multiplier": 0.99, "start": -3},
    {"eigenvalue": 0, "multiplier": 1, "start": 5},
]
ANSWER: dict[str, Any] = {
    "resolved": {"lr": 0.1, "steps": 40, "include": ["params", "gradients"]},
    "analysis": {"basis": "exact", "modes": MODES, "lr_limit": 0.5},
    "optimum": {"params": {"a": 0, "b": 0, "c": 0}, "loss": 1, "r2": 0.9},
    "verdict": {"rate": "good", "reach": "out_of_reach"},
    "outcome": "completed",
    "losses": [100, 40.5, 1e-7],
    "history": {
        "step": [0, 10, 40],
        "params": {"a": [1, 2, 4], "b": [0.1, -0.25, 1e-300], "c": [0, 0, 3]},
        "gradients": {"a": [3, 0, 0], "b": [4, 1, 0], "c": [0, 0, 0]},
    },
}
POINTS = {"t": [0, 1, 2], "y": [1, 2, 5]}
RUN = "const run = module.Run.of(answer, points);"


def seen(modules: Modules, expression: str, **changed: Any) -> Any:
    """Return the value of an expression that sees the run."""
    given = {"answer": ANSWER | changed, "points": POINTS}
    source = f"({{ answer, points }}) => {{ {RUN} return {expression}; }}"
    return modules.call("run.js", source, given)


def test_its_records_are_those_of_the_answer(modules: Modules) -> None:
    assert seen(modules, "run.records") == {
        "step": [0, 10, 40],
        "loss": [100, 40.5, 1e-7],
        "params": {"a": [1, 2, 4], "b": [0.1, -0.25, 1e-300], "c": [0, 0, 3]},
        "gradients": {"a": [3, 0, 0], "b": [4, 1, 0], "c": [0, 0, 0]},
    }


def test_the_length_of_a_gradient_is_that_of_its_step(modules: Modules) -> None:
    assert seen(modules, "[0, 1, 2].map((place) => run.gradientAt(place))") == [5, 1, 0]


SWINGING: dict[str, Any] = {
    "basis": "exact",
    "modes": [
        {
            "eigenvalue": 8,
            "multiplier": None,
            "start": 2,
            "direction": {"a": 0.6, "b": 0.8, "c": 0},
        },
        {
            "eigenvalue": 2,
            "multiplier": None,
            "start": -1,
            "direction": {"a": 0.8, "b": -0.6, "c": 0},
        },
    ],
}
"""Directions without a constant multiplier, as with momentum."""


def test_without_a_multiplier_a_distance_is_the_part_of_the_gradient_in_its_direction(
    modules: Modules,
) -> None:
    steep = "[0, 1, 2].map((place) => run.distance(run.steepest, place))"
    flat = "run.distance(run.flattest, 1)"

    found = seen(modules, f"[...{steep}, {flat}]", analysis=SWINGING)

    assert found == pytest.approx([5 / 8, 0.8 / 8, 0, 0.6 / 2])


def test_a_direction_that_rounding_hides_in_the_gradients_is_left_out(modules: Modules) -> None:
    hidden = SWINGING["modes"][1] | {"eigenvalue": 1e-12}
    analysis = SWINGING | {"modes": [SWINGING["modes"][0], hidden]}

    assert seen(modules, "[run.modes.length, run.flattest]", analysis=analysis) == [1, None]


def test_the_curve_of_a_network_is_on_the_straight_way_between_its_weights(
    modules: Modules,
) -> None:
    networks = [
        {"layers": [{"weight": [[1]], "bias": [2]}, {"weight": [[3]], "bias": [4]}]},
        {"layers": [{"weight": [[2]], "bias": [2]}, {"weight": [[5]], "bias": [0]}]},
    ]
    history = {"step": [0, 1], "params": networks}

    found = seen(modules, "run.paramsAt(0.5)", history=history, losses=[2, 1], optimum=None)

    assert found == {"layers": [{"weight": [[1.5]], "bias": [2]}, {"weight": [[4]], "bias": [2]}]}


def test_its_coefficient_of_determination_belongs_to_the_loss_of_the_step(modules: Modules) -> None:
    found = [seen(modules, f"run.r2At({place})") for place in (0, 1, 1.5, 2)]

    variance = pvariance(POINTS["y"])
    assert found == pytest.approx([1 - loss / variance for loss in (100, 40.5, 40.5, 1e-7)])


def test_its_csv_has_every_record_to_the_last_digit(modules: Modules) -> None:
    rows = list(csv.DictReader(io.StringIO(seen(modules, "run.csv()"))))

    assert [{name: float(value) for name, value in row.items()} for row in rows] == [
        {"step": 0, "loss": 100, "a": 1, "b": 0.1, "c": 0},
        {"step": 10, "loss": 40.5, "a": 2, "b": -0.25, "c": 0},
        {"step": 40, "loss": 1e-7, "a": 4, "b": 1e-300, "c": 3},
    ]


def test_its_result_is_the_answer_without_what_only_the_page_asked_for(modules: Modules) -> None:
    expected = {name: value for name, value in ANSWER.items() if name != "history"}

    assert seen(modules, "run.result") == expected | {
        "resolved": {"lr": 0.1, "steps": 40, "include": []}
    }


@pytest.mark.parametrize(
    ("place", "params"),
    [(0, [1, 0.1, 0]), (1, [2, -0.25, 0]), (1.5, [3, -0.125, 1.5]), (2, [4, 1e-300, 3])],
)
def test_between_two_records_the_curve_is_on_the_straight_way(
    modules: Modules, place: float, params: list[float]
) -> None:
    assert seen(modules, f"Object.values(run.paramsAt({place}))") == pytest.approx(params)


def test_a_distance_is_the_multiplier_to_the_power_of_the_step(modules: Modules) -> None:
    places = "[0, 1, 2].map((place) => run.distance(run.steepest, place))"

    assert seen(modules, places) == pytest.approx([0.6**step for step in (0, 10, 40)])


def test_a_distance_between_two_records_is_on_the_straight_way(modules: Modules) -> None:
    assert seen(modules, "run.distance(run.steepest, 0.25)") == pytest.approx(
        1 + 0.25 * (0.6**10 - 1)
    )


@pytest.mark.parametrize(
    ("multiplier", "end"), [(-1.5, 1.5**40), (3, 1e9), (-30, 1e9), (-0.5, 0.5**40)]
)
def test_a_distance_that_grows_stays_a_number(
    modules: Modules, multiplier: float, end: float
) -> None:
    modes = [{"eigenvalue": 4, "multiplier": multiplier, "start": 1}]

    assert seen(
        modules, "run.distance(run.steepest, 2)", analysis={"modes": modes}
    ) == pytest.approx(end)


def test_directions_that_do_not_move_are_neither_the_steepest_nor_the_flattest(
    modules: Modules,
) -> None:
    resting = [{"eigenvalue": 9, "multiplier": 0.1, "start": 0}, *MODES]

    assert seen(modules, "[run.steepest, run.flattest]", analysis={"modes": resting}) == MODES[:2]


@pytest.mark.parametrize(("step", "place"), [(0, 0), (1, 1), (10, 1), (11, 2), (40, 2), (99, 2)])
def test_the_nearest_place_of_a_step_is_the_first_record_from_it_on(
    modules: Modules, step: int, place: int
) -> None:
    assert seen(modules, f"run.nearest({step})") == place


def test_the_shares_of_directions_that_ran_too_far_are_unknown(modules: Modules) -> None:
    modes = [{"eigenvalue": each, "multiplier": -9 * each, "start": 1} for each in (4, 3, 1e-9)]
    shares = "[0, 2].map((place) => run.share(run.steepest, place))"

    found = seen(modules, shares, analysis={"modes": modes})

    assert found == [pytest.approx(1 / 3), None]


def test_a_loss_of_rounding_is_0_at_the_end(modules: Modules) -> None:
    verdict = {"rate": "good", "reach": "converged", "facts": {"loss": 0}}

    assert seen(modules, "[1, 2].map((place) => run.lossAt(place))", verdict=verdict) == [40.5, 0]


def test_the_direction_that_holds_the_loss_is_named_where_the_ball_rests(modules: Modules) -> None:
    assert seen(modules, "[0, 1, 2].map((place) => run.holder(place))") == [
        None,
        MODES[1],
        MODES[1],
    ]


def test_a_run_that_has_arrived_is_held_by_nothing(modules: Modules) -> None:
    assert seen(modules, "run.holder(2)", verdict={"rate": "good", "reach": "converged"}) is None


def test_records_that_come_live_have_the_steps_between_them(modules: Modules) -> None:
    events = (
        "[{first: 0, last: 20, loss: [9, 4, 1], "
        "params: {a: [0, 1, 2], b: [0, 0, 0], c: [0, 0, 0]}}, "
        "{first: 30, last: 37, loss: [0.5, 0.2], params: {a: [3, 4], b: [0, 0], c: [0, 0]}}]"
    )
    live = (
        f"(({{ live }}) => {{ for (const event of {events}) live.add(event, 10); "
        "return [live.records.step, live.last, live.complete]; })"
    )

    assert seen(
        modules, f"{live}({{ live: new module.Run({{ ...answer, points, result: undefined }}) }})"
    ) == [[0, 10, 20, 30, 37], 4, False]


@pytest.mark.parametrize(
    ("eigenvalue", "part"), [(4, 1 - 0.6**10), (1e-12, 1e-12), (10, 0), (19, 0)]
)
def test_the_way_is_the_part_of_the_distance_that_is_made(
    modules: Modules, eigenvalue: float, part: float
) -> None:
    made = modules.call(
        "run.js", "(mode) => module.progress(mode, 0.1, 10)", {"eigenvalue": eigenvalue}
    )

    assert made == pytest.approx(part, rel=1e-6)
