from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, pairwise
from math import isfinite, log, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, reject, settings
from hypothesis import strategies as st

from service.descent.arrays import Array
from service.descent.dataset import posted
from service.descent.errors import NotComputableError
from service.descent.methods import Sgd
from service.descent.momentum import Momentum, steps
from service.descent.parts import Scale, Synthetic
from service.descent.problem import prepare
from service.descent.rates import Excess
from service.descent.rolling import Rolling, RollingExcess
from service.descent.scaling import frame
from service.descent.spec import FitSpec
from tests.descent.specs import (
    LECTURE,
    PolynomialFit,
    excesses,
    fit,
    largest_eigenvalue,
    random_specs,
)
from tests.descent.test_verdict import does_better, followed, questions

RANDOM = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
KEPT = [0.5, 0.9, 0.99]
BOTH = [False, True]
NESTEROV = st.booleans()
KEEPS = st.sampled_from(KEPT) | st.floats(0.01, 0.99)
MOMENTA = st.builds(Momentum, KEEPS, NESTEROV)
SGDS = st.builds(Sgd, momentum=KEEPS, nesterov=NESTEROV)
ALL = [Momentum(keeps, nesterov) for keeps in KEPT for nesterov in BOTH]
HEAVY = Momentum(0.5, nesterov=False)
LONG = 4000
"""Steps in which what grows has grown, a thousandth beyond its limit."""


def lecture(**given: Any) -> PolynomialFit:
    return fit(**{"synthetic": Synthetic(), "optimizer": Sgd(momentum=0.9)} | given)


def rolling(momentum: Momentum, scale: Scale = "none") -> RollingExcess:
    """What a descent on the lecture's points holds."""
    optimizer = Sgd(momentum=momentum.keeps, nesterov=momentum.nesterov)
    excess = prepare(
        FitSpec(
            synthetic=Synthetic(), seed=42, lr="best", steps=1, scale=scale, optimizer=optimizer
        )
    ).outlook.excess
    assert isinstance(excess, RollingExcess)
    return excess


def limit(excess: RollingExcess) -> float:
    assert excess.limit
    return excess.limit


def ways(momentum: Momentum, paces: Array) -> Iterator[Array]:
    """What is left of the way at each step, as torch.optim.SGD makes them: a gradient, times the
    rate, is the pace times what is left.
    """
    left, velocity = np.ones_like(paces), np.zeros_like(paces)
    while True:
        yield left
        velocity = momentum.keeps * velocity + paces * left
        left = left - (paces * left + momentum.keeps * velocity if momentum.nesterov else velocity)


def excess_by_step(rolling: Rolling) -> Iterator[float]:
    """By plain Python, mode after mode."""
    keeps, nesterov = rolling.momentum.keeps, rolling.momentum.nesterov
    modes = [
        (held, pace, 1.0, 0.0)
        for held, pace in zip(rolling.held.tolist(), rolling.pace.tolist(), strict=True)
    ]
    while True:
        yield rolling.rest + sum(held * left * left for held, _, left, _ in modes)
        fallen = [
            (held, pace, left, keeps * velocity + pace * left)
            for held, pace, left, velocity in modes
        ]
        modes = [
            (h, pace, left - (pace * left + keeps * v if nesterov else v), v)
            for h, pace, left, v in fallen
        ]


def losses_by_numpy(result: PolynomialFit, momentum: Momentum, *, lr: float) -> Array:
    """Of a long descent from zeros on the points that a result tells."""
    assert result.data
    t, y = np.array(result.data.t), np.array(result.data.y)
    x = np.vander(t if result.resolved.scale == "none" else frame(t).x(t), 3)
    params, velocity, losses = np.zeros(3), np.zeros(3), []
    for _ in range(LONG):
        residual = x @ params - y
        losses.append(residual @ residual / len(y))
        gradient = 2 / len(y) * residual @ x
        velocity = momentum.keeps * velocity + gradient
        params = params - lr * (
            gradient + momentum.keeps * velocity if momentum.nesterov else velocity
        )
    return np.array(losses)


def radius_by_numpy(momentum: Momentum, pace: float) -> float:
    """Of the step as a matrix: what is left and the velocity before it, to the same after it."""
    keeps = momentum.keeps
    velocity = np.array([pace, keeps])
    left = (
        np.array([1 - pace, 0]) - keeps * velocity
        if momentum.nesterov
        else np.array([1, 0]) - velocity
    )
    return float(np.abs(np.linalg.eigvals(np.array([left, velocity]))).max())


@given(random_specs(), SGDS)
@settings(RANDOM, max_examples=50)
def test_the_closed_form_is_the_textbook_loop(spec: dict[str, Any], optimizer: Sgd) -> None:
    """Relative 1e-9 in the loss above the rounding floor, as without momentum."""
    exact, loop = (fit(**spec, optimizer=optimizer, solver=solver) for solver in ("exact", "loop"))

    assert (exact.outcome, exact.diverged_at, exact.steps) == (
        loop.outcome,
        loop.diverged_at,
        loop.steps,
    )
    floor = 1e-13 * sqrt(loop.losses[0] + np.mean(np.square(posted(spec["data"]).y)))
    np.testing.assert_allclose(np.sqrt(exact.losses), np.sqrt(loop.losses), rtol=5e-10, atol=floor)


@given(random_specs(steps=50), SGDS)
@settings(RANDOM, max_examples=40)
def test_parameters_and_gradients_are_those_of_the_loop(
    spec: dict[str, Any], optimizer: Sgd
) -> None:
    """The bounds are those of the same test without momentum."""
    exact, loop = (
        fit(**spec, optimizer=optimizer, solver=solver, include=("predictions", "gradients"))
        for solver in ("exact", "loop")
    )
    points = posted(spec["data"])

    assert exact.history
    assert exact.history.gradients
    assert loop.history
    assert loop.history.gradients
    theirs = np.array(loop.history.predictions)
    magnitude = (
        np.max(np.abs(theirs), axis=1, keepdims=True)
        + np.max(np.abs(points.y))
        + np.max(np.abs(theirs[0]))
    )
    assert np.all(np.abs(np.array(exact.history.predictions) - theirs) <= 1e-9 * magnitude)
    eigenvalue = largest_eigenvalue(points.t, spec["model"].degree, spec["scale"])
    largest = np.sqrt(2 * eigenvalue) * (
        np.sqrt(loop.losses) + 1e-4 * np.sqrt(loop.losses[0] + np.mean(np.square(points.y)))
    )
    ours, torchs = (
        np.array(list(gradients.values()))
        for gradients in (exact.history.gradients, loop.history.gradients)
    )
    assert np.all(np.abs(ours - torchs) <= 1e-9 * largest)


@pytest.mark.parametrize("lr", [1e-300, 1e-5, 1e-3, 1.0, 1e10, 1e300])
@pytest.mark.parametrize("nesterov", BOTH)
def test_every_rate_ends_where_the_loop_ends(lr: float, *, nesterov: bool) -> None:
    optimizer = Sgd(momentum=0.9, nesterov=nesterov)
    exact, loop = (
        lecture(optimizer=optimizer, lr=lr, steps=2000, record_every=7, solver=solver)
        for solver in ("exact", "loop")
    )

    assert (exact.outcome, exact.diverged_at, exact.steps) == (
        loop.outcome,
        loop.diverged_at,
        loop.steps,
    )
    np.testing.assert_allclose(exact.losses, loop.losses, rtol=1e-9)


@pytest.mark.parametrize("scale", ["none", "standardize"])
@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_below_the_limit_a_long_run_stays_bounded(momentum: Momentum, scale: Scale) -> None:
    told = lecture(
        optimizer=Sgd(momentum=momentum.keeps, nesterov=momentum.nesterov),
        scale=scale,
        include=("data",),
    )
    assert told.analysis.lr_limit
    losses = losses_by_numpy(told, momentum, lr=0.999 * told.analysis.lr_limit)

    assert losses[LONG // 2 :].max() < losses[: LONG // 2].max()


@pytest.mark.parametrize("scale", ["none", "standardize"])
@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_above_the_limit_a_long_run_grows(momentum: Momentum, scale: Scale) -> None:
    told = lecture(
        optimizer=Sgd(momentum=momentum.keeps, nesterov=momentum.nesterov),
        scale=scale,
        include=("data",),
    )
    assert told.analysis.lr_limit
    losses = losses_by_numpy(told, momentum, lr=1.001 * told.analysis.lr_limit)

    assert losses[LONG // 2 :].max() > 10 * losses[: LONG // 2].max()


@pytest.mark.parametrize("keeps", KEPT)
def test_the_limit_of_the_heavy_ball_is_polyaks(keeps: float) -> None:
    assert rolling(Momentum(keeps, nesterov=False)).limit == pytest.approx(
        2 * (1 + keeps) / 56499.3626, rel=1e-8
    )


@pytest.mark.parametrize("keeps", KEPT)
def test_the_limit_of_nesterovs_is_nearer(keeps: float) -> None:
    assert rolling(Momentum(keeps, nesterov=True)).limit == pytest.approx(
        2 * (1 + keeps) / (56499.3626 * (1 + 2 * keeps)), rel=1e-8
    )


@given(MOMENTA, st.floats(1e-4, 10))
def test_the_radius_is_that_of_the_step_as_a_matrix(momentum: Momentum, pace: float) -> None:
    """A double root has half the digits."""
    assert momentum.radius(pace) == pytest.approx(radius_by_numpy(momentum, pace), rel=1e-7)


@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_up_to_no_bounce_nothing_swings(momentum: Momentum) -> None:
    paces = np.array([0.01, 0.5, 0.99]) * momentum.no_bounce

    assert np.all(list(islice(ways(momentum, paces), LONG)) >= np.zeros(3))


@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_beyond_no_bounce_all_swing(momentum: Momentum) -> None:
    paces = np.array([1.05, 1.5, 4.0]) * momentum.no_bounce

    assert np.all(np.min(list(islice(ways(momentum, paces), LONG)), axis=0) < 0)


@given(MOMENTA, st.lists(st.floats(-4, 4), min_size=1, max_size=5))
@settings(RANDOM, max_examples=40)
def test_the_fastest_rate_has_the_least_radius_of_the_slowest_mode(
    momentum: Momentum, powers: list[float]
) -> None:
    eigenvalues = sorted((10**power for power in powers), reverse=True)
    excess = RollingExcess(eigenvalues, [1.0] * len(powers), 0.0, momentum)
    assert excess.fastest

    def slowest(lr: float) -> float:
        return max(radius_by_numpy(momentum, lr * eigenvalue) for eigenvalue in eigenvalues)

    grid = [fraction * limit(excess) for fraction in np.linspace(0, 1, 200)[1:]]
    around = [fraction * excess.fastest for fraction in np.linspace(0.99, 1.01, 50)]
    assert slowest(excess.fastest) <= min(map(slowest, grid + around)) + 1e-7


@pytest.mark.parametrize("count", [1, 2, 3, 10, 50, 300])
@pytest.mark.parametrize("scale", ["none", "standardize"])
@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_no_rate_of_a_dense_grid_ends_lower_than_the_best(
    momentum: Momentum, scale: Scale, count: int
) -> None:
    """Less than 1e-18 of the start is nothing."""
    excess = rolling(momentum, scale)
    best = excess.best(count)
    assert best
    rates = np.append(best, np.linspace(0, limit(excess), 20_002)[1:-1])

    way = next(islice(ways(momentum, rates[:, None] * np.array(excess.eigenvalues)), count, None))

    left = (way**2 @ excess.held).tolist()
    assert left[0] <= min(left) * (1 + 1e-6) + 1e-18 * excess.start


@given(excesses(), MOMENTA, st.sampled_from([1, 2, 3, 10, 50, 300]))
@example(Excess([10.0, 1.0], [1e6, 1.0], 0.0), HEAVY, 2)
@settings(RANDOM, max_examples=20)
def test_no_rate_of_a_grid_ends_lower_than_the_best_for_any_modes(
    modes: Excess, momentum: Momentum, count: int
) -> None:
    excess = RollingExcess(**vars(modes), momentum=momentum)
    best = excess.best(count)
    assert best
    rates = np.append(best, np.linspace(0, limit(excess), 5_002)[1:-1])

    way = next(islice(ways(momentum, rates[:, None] * np.array(excess.eigenvalues)), count, None))

    left = (way**2 @ excess.held).tolist()
    assert left[0] <= min(left) * (1 + 1e-6) + 1e-18 * excess.start


@pytest.mark.parametrize("count", [1000, 10_000, 100_000])
@pytest.mark.parametrize("scale", ["none", "standardize"])
@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_the_best_rate_for_many_steps_leaves_no_more_than_the_fastest(
    momentum: Momentum, scale: Scale, count: int
) -> None:
    excess = rolling(momentum, scale)
    best = excess.best(count)
    assert best
    assert best < limit(excess)

    assert (
        excess.at(best).after(count)
        <= excess.at_fastest.after(count) * (1 + 1e-6) + 1e-18 * excess.start
    )


@given(excesses(), MOMENTA, st.floats(0.001, 0.999), st.floats(-8, 0.5))
@RANDOM
def test_steps_to_a_target_are_the_first_that_reach_it(
    modes: Excess, momentum: Momentum, fraction: float, power: float
) -> None:
    excess = RollingExcess(**vars(modes), momentum=momentum)
    falling, target = excess.at(fraction * limit(excess)), excess.start * 10**power
    left = np.array(list(islice(excess_by_step(falling), 3000)))
    assume(not np.any(np.abs(left / target - 1) < 1e-9))

    found = falling.steps_to(target)

    there = np.flatnonzero(left <= target)
    assert found == there[0] if len(there) else found is None or found >= len(left)


@given(excesses(), MOMENTA, st.floats(1.001, 3), st.floats(-8, 0.5))
@example(Excess([1.0, 0.9], [1e-4, 1.0], 0.0), HEAVY, 1.0625, -1.0)
@RANDOM
def test_above_the_limit_a_target_is_reached_in_passing(
    modes: Excess, momentum: Momentum, fraction: float, power: float
) -> None:
    excess = RollingExcess(**vars(modes), momentum=momentum)
    growing, target = excess.at(fraction * limit(excess)), excess.start * 10**power
    left = np.array(list(islice(excess_by_step(growing), 300)))
    assume(not np.any(np.abs(left / target - 1) < 1e-9))

    found = growing.steps_to(target)

    there = np.flatnonzero(left <= target)
    assert found == there[0] if len(there) else found is None or found >= len(left)


@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_the_lectures_steps_to_one_percent_are_counted_one_by_one(momentum: Momentum) -> None:
    falling = rolling(momentum).at(0.9 * limit(rolling(momentum)))

    first = next(step for step, left in enumerate(excess_by_step(falling)) if left <= 0.073)

    assert falling.steps_to(0.073) == first


@pytest.mark.parametrize("lr", [1e-9, 1e-12, 1e-14])
@pytest.mark.parametrize("nesterov", BOTH)
def test_a_small_rate_arrives_in_a_tenth_of_the_steps_that_it_takes_without_momentum(
    lr: float, *, nesterov: bool
) -> None:
    plain = LECTURE.at(lr).steps_to(0.073)
    assert plain

    assert rolling(Momentum(0.9, nesterov)).at(lr).steps_to(0.073) == pytest.approx(
        plain / 10, rel=1e-4
    )


def test_two_slow_modes_arrive_together() -> None:
    slow = RollingExcess([1.0, 1.0], [1.0, 1.0], 0.0, HEAVY).at(1e-9)

    assert slow.steps_to(0.2) == pytest.approx(log(10) / 2 / 2e-9, rel=1e-6)


def test_a_mode_too_flat_to_move_is_no_hindrance_where_it_holds_little() -> None:
    excess = RollingExcess([1.0, 1e-20], [1.0, 1e-6], 0.0, HEAVY)
    falling = excess.at(0.1)

    assert falling.steps_to(1e-3) == next(
        step for step, left in enumerate(excess_by_step(falling)) if left <= 1e-3
    )


def test_what_never_moves_is_never_less() -> None:
    excess = RollingExcess([1.0], [1.0], 0.5, HEAVY)

    assert (
        excess.at(1.0).steps_to(0.5),
        excess.at(1.0).steps_to(0.6),
        excess.at(1.0).steps_to(1.5),
    ) == (None, 1, 0)


@given(excesses(), MOMENTA, st.floats(0.001, 1.5), st.integers(0, 1000))
@RANDOM
def test_what_is_left_after_some_steps_is_what_they_leave(
    modes: Excess, momentum: Momentum, fraction: float, count: int
) -> None:
    excess = RollingExcess(**vars(modes), momentum=momentum)
    falling = excess.at(fraction * limit(excess))

    left = next(islice(excess_by_step(falling), count, None))

    assume(isfinite(left))
    assert sqrt(falling.after(count)) == pytest.approx(
        sqrt(left), rel=1e-9, abs=1e-13 * sqrt(excess.start)
    )


def test_what_grows_beyond_all_numbers_is_infinite() -> None:
    assert rolling(Momentum(0.9, nesterov=False)).at(1.0).after(10**6) == np.inf


def exactly_gone(momentum: Momentum, pace: float, count: int) -> Fraction:
    """In exact rationals."""
    keeps, h = Fraction(momentum.keeps), Fraction(pace)
    left, velocity = Fraction(1), Fraction(0)
    for _ in range(count):
        velocity = keeps * velocity + h * left
        left -= h * left + keeps * velocity if momentum.nesterov else velocity
    return 1 - left


@pytest.mark.parametrize("count", [1, 2, 7, 64, 200])
@pytest.mark.parametrize("pace", [1e-12, 1e-3])
@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_what_is_gone_keeps_its_digits_at_tiny_paces(
    momentum: Momentum, pace: float, count: int
) -> None:
    gone = steps(momentum, np.array([pace]), np.array([count])).u.item()

    assert abs(Fraction(gone) / exactly_gone(momentum, pace, count) - 1) < 1e-13


def test_with_momentum_no_mode_has_a_multiplier() -> None:
    assert {mode.multiplier for mode in lecture().analysis.modes} == {None}


@pytest.mark.parametrize("lr", [1e-7, 1e-5, 5e-5])
@pytest.mark.parametrize("nesterov", BOTH)
def test_half_lives_are_those_of_the_radius(lr: float, *, nesterov: bool) -> None:
    analysis = lecture(lr=lr, optimizer=Sgd(momentum=0.9, nesterov=nesterov)).analysis
    radii = [
        radius_by_numpy(Momentum(0.9, nesterov), lr * mode.eigenvalue) for mode in analysis.modes
    ]

    assert analysis.half_lives == [
        pytest.approx(log(0.5) / log(radius), rel=1e-6) if radius < 1 else None for radius in radii
    ]


@pytest.mark.parametrize("lr", [1e-12, 1e-15, 1e-30])
def test_half_lives_keep_their_digits_at_small_rates(lr: float) -> None:
    """A pace h far below 1 - b has the root 1 - h / (1 - b), to the first order."""
    analysis = lecture(lr=lr, optimizer=Sgd(momentum=0.5)).analysis

    assert analysis.half_lives == [
        pytest.approx(log(2) * 0.5 / (lr * mode.eigenvalue), rel=1e-6) for mode in analysis.modes
    ]


@pytest.mark.parametrize("fraction", [1.05, 1.5, 10, 100])
@pytest.mark.parametrize("scale", ["none", "standardize"])
@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_the_overflow_is_predicted_within_a_tenth(
    momentum: Momentum, scale: Scale, fraction: float
) -> None:
    optimizer = Sgd(momentum=momentum.keeps, nesterov=momentum.nesterov)
    lr = fraction * limit(rolling(momentum, scale))
    told = lecture(
        optimizer=optimizer, scale=scale, lr=lr, steps=6000, record_every=6000, solver="loop"
    )

    assert told.diverged_at
    assert told.analysis.predicted_overflow == pytest.approx(told.diverged_at, rel=0.1)


@given(questions(), SGDS)
@settings(RANDOM, max_examples=30)
def test_a_suggestion_does_better(spec: dict[str, Any], optimizer: Sgd) -> None:
    try:
        before = fit(**spec, optimizer=optimizer)
    except NotComputableError:
        reject()
    if before.verdict.suggestion:
        assert does_better(followed(spec, before), before)


@pytest.mark.parametrize("scale", ["none", "standardize"])
@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_rates_stand_in_their_order(momentum: Momentum, scale: Scale) -> None:
    excess = rolling(momentum, scale)
    assert excess.no_bounce
    assert excess.fastest

    assert all(
        low < high for low, high in pairwise([0, excess.no_bounce, excess.fastest, limit(excess)])
    )


@pytest.mark.parametrize("nesterov", BOTH)
@pytest.mark.parametrize("keeps", [5e-324, 1.1e-249, 1e-30])
def test_with_a_momentum_that_is_lost_in_rounding_one_step_arrives_on_one_slope(
    keeps: float, *, nesterov: bool
) -> None:
    excess = rolling(Momentum(keeps, nesterov))

    assert excess.on_one_slope(0.01 * excess.start) == 1
    assert excess.change(1.0) < -30
