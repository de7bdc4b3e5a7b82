from dataclasses import replace

import pytest

from service.descent.methods.optimizers import Adam, Sgd
from service.plots.steepest import (
    OUT_OF_SIGHT,
    can_be_walked,
    elsewhere,
    position,
    seen,
    steepest,
    walk,
    way,
)
from tests.support.pictures import case, shown


@pytest.mark.parametrize(
    "name", ["lecture", "too small", "bouncing", "at the limit", "standardized"]
)
def test_a_walk_is_a_power_of_the_multiplier(name: str) -> None:
    mode = case(name).analysis.modes[0]
    assert mode.multiplier is not None

    steps = walk(case(name), view=2)

    for step in range(steps.last + 1):
        assert steps.at(step) * abs(mode.start) == pytest.approx(
            -abs(mode.start) * mode.multiplier**step
        )


def test_its_height_is_the_loss_that_the_steepest_direction_holds() -> None:
    lecture = case("lecture")
    held = lecture.analysis.modes[0].start ** 2

    falls = [held * walk(lecture, view=2).at(step) ** 2 for step in range(4)]

    for step in range(3):
        assert falls[step] - falls[step + 1] == pytest.approx(
            lecture.losses[step] - lecture.losses[step + 1], rel=1e-3
        )


def test_it_ends_at_rest() -> None:
    steps = walk(case("10,000 records"), view=1.15)

    assert steps.last < 100
    assert abs(steps.end) < 0.02


def test_it_ends_out_of_the_picture() -> None:
    steps = walk(case("diverging"), view=1.9)

    assert steps.last == 1
    assert steps.end == pytest.approx(4.65, abs=0.01)


def test_what_overflows_is_far() -> None:
    assert walk(case("diverged at step 1"), view=1.9).end == pytest.approx(OUT_OF_SIGHT)


def test_chords_are_few() -> None:
    chords = walk(case("bouncing for long"), view=1.15).chords

    assert (len(chords), chords[0], chords[-1]) == (120, 0, 299)


def test_the_lectures_ball_rests_while_the_flattest_direction_holds_the_loss() -> None:
    held = walk(case("lecture"), view=1.15).elsewhere

    assert held is not None
    assert held.flattest
    assert held.way == pytest.approx(2.586e-5, rel=1e-3)


@pytest.mark.parametrize(("ratio", "held"), [(0.051, False), (0.049, True), (0.01, True)])
def test_another_direction_holds_the_loss_where_the_ball_keeps_under_a_twentieth(
    ratio: float, *, held: bool
) -> None:
    fit = case("lecture")
    flat = fit.analysis.modes[-1]
    multiplier = 0.5
    steep = replace(
        flat,
        eigenvalue=(1 - multiplier) / fit.resolved.lr,
        start=flat.start
        * ratio**0.5
        * (1 - fit.resolved.lr * flat.eigenvalue) ** fit.steps
        / multiplier**fit.steps,
    )
    analysis = replace(fit.analysis, modes=[steep, flat])

    found = elsewhere(replace(fit, analysis=analysis))

    assert (found is not None) == held


@pytest.mark.parametrize("name", ["standardized", "bouncing", "too small", "diverged"])
def test_nothing_is_elsewhere_where_the_walk_tells_all(name: str) -> None:
    assert walk(case(name), view=1.15).elsewhere is None


def test_a_start_at_the_optimum_does_not_move() -> None:
    steps = walk(case("nothing moves"), view=1.15)

    assert not steps.moves
    assert steps.end == 0


def test_the_way_keeps_its_digits_at_small_rates() -> None:
    assert way(1e-20, 1000) == pytest.approx(1e-17, rel=1e-12)


@pytest.mark.parametrize(
    ("pace", "view", "step"),
    [
        (0.5, 2, 6),  # 0.5**6 is the first power below 0.02
        (1.5, 2, 6),
        (3.0, 1.9, 1),
        (2.1, 1.9, 7),  # 1.1**7 is the first power above 1.9
        (2.0, 1.9, 120),
    ],
)
def test_a_walk_is_seen_until_it_rests_or_leaves(pace: float, view: float, step: int) -> None:
    assert seen(pace, view) == step


@pytest.mark.parametrize(
    ("pace", "step", "place"),
    [(0.25, 0, -1), (0.25, 2, -0.5625), (1.5, 1, 0.5), (1.5, 2, -0.25), (4, 2, -9), (4, 3, 27)],
)
def test_a_position_is_minus_a_power_of_the_multiplier(
    pace: float, step: int, place: float
) -> None:
    assert position(pace, step) == pytest.approx(place)


@pytest.mark.parametrize(("pace", "steps", "made"), [(0.5, 3, 0.875), (1, 3, 0), (1.5, 3, 0)])
def test_the_way_is_none_where_a_step_jumps_across(pace: float, steps: int, made: float) -> None:
    assert way(pace, steps) == pytest.approx(made)


def test_the_steepest_direction_is_the_first_in_which_the_start_is_not_at_the_bottom() -> None:
    first, *others = case("lecture").analysis.modes

    assert steepest([first, *others]) is first
    assert steepest([replace(first, start=0), *others]) is others[0]
    assert steepest([replace(first, eigenvalue=0), *others]) is others[0]
    assert steepest([]) is None


@pytest.mark.parametrize(
    ("given", "walked"),
    [({}, True), ({"optimizer": Sgd(momentum=0.5)}, False), ({"optimizer": Adam()}, False)],
)
def test_a_descent_with_momentum_has_no_walk(given: dict[str, object], *, walked: bool) -> None:
    assert can_be_walked(shown(solver="loop", **given)) is walked
