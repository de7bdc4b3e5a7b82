from dataclasses import replace
from math import ceil, inf

import pytest

from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.sgd import Sgd
from service.plots.steepest import (
    OUT_OF_SIGHT,
    Flatter,
    Route,
    can_be_walked,
    elsewhere,
    percentage,
    position,
    rate_words,
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
    assert abs(steps.at(steps.last)) < 0.02


def test_it_ends_out_of_the_picture() -> None:
    steps = walk(case("diverging"), view=1.9)

    assert steps.last == 1
    assert steps.at(steps.last) == pytest.approx(4.65, abs=0.01)


def test_what_overflows_is_far() -> None:
    steps = walk(case("diverged at step 1"), view=1.9)

    assert steps.at(steps.last) == pytest.approx(OUT_OF_SIGHT)


def test_chords_are_few() -> None:
    chords = walk(case("bouncing for long"), view=1.15).chords

    assert (len(chords), chords[0], chords[-1]) == (120, 0, 299)


def test_the_lectures_ball_rests_while_the_flattest_direction_holds_the_loss() -> None:
    held = elsewhere(case("lecture"))

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
    assert elsewhere(case(name)) is None


def test_a_start_at_the_optimum_does_not_move() -> None:
    steps = walk(case("nothing moves"), view=1.15)

    assert not steps.moves
    assert steps.at(steps.last) == 0


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
    assert ceil(seen(pace, view)) == step


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


@pytest.mark.parametrize(
    ("name", "rate", "step"),
    [
        ("too small", "lr = 0.0282% of the limit", "a step goes 0.0565% of the way to the bottom"),
        ("bouncing", "lr = 96.0% of the limit", "a step jumps across, leaves 92.1% of the way"),
        ("at the limit", "lr = 100% of the limit", "a step jumps across, leaves 100% of the way"),
        ("diverging", "lr = 2.82 times the limit", "a step jumps across, 4.65 times as far out"),
        ("perfect", "lr = 50.0% of the limit", "a step goes all the way to the bottom"),
        ("nothing moves", "lr = 0.100", "the start is at the bottom: nothing moves"),
    ],
)
def test_rates_have_words(name: str, rate: str, step: str) -> None:
    assert rate_words(case(name)) == rate
    assert walk(case(name), view=1).words() == step


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.989, "98.9%"), (0.9925, "99.25%"), (1.005, "100.5%"), (1.0125, "101%"), (0.99, "99.0%")],
)
def test_a_percentage_near_the_limit_keeps_four_digits(share: float, text: str) -> None:
    assert percentage(share) == text


@pytest.mark.parametrize(
    ("pace", "text"),
    [
        (1 + 0.9e-9, "a step goes all the way to the bottom"),
        (1 + 1.2e-9, "a step jumps across, leaves 1.2\N{MULTIPLICATION SIGN}10⁻⁷% of the way"),
        (1 - 1.2e-9, "a step goes 100% of the way to the bottom"),
        (2.0, "a step jumps across, leaves 100% of the way"),
        (2.5, "a step jumps across, 1.50 times as far out"),
        (inf, "a step overflows"),
    ],
)
def test_a_step_has_words(pace: float, text: str) -> None:
    route = Route(moves=True, pace=pace, steps=1, chords=[0], last=1)

    assert route.words() == text


@pytest.mark.parametrize(
    ("flatter", "words"),
    [
        (Flatter(0.5, flattest=True), ("In the flattest direction:", "50.0% of the way")),
        (Flatter(0.5, flattest=False), ("In a flatter direction:", "50.0% of the way")),
    ],
)
def test_a_flatter_direction_has_words(flatter: Flatter, words: tuple[str, str]) -> None:
    assert flatter.words() == words
