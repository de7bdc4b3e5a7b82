from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from functools import cache
from itertools import islice, pairwise
from math import isfinite, log, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, reject
from hypothesis import strategies as st

from service.descent.arrays import Array
from service.descent.errors import NotComputableError
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.points.dataset import posted
from service.descent.points.scaling import frame
from service.descent.quadratic.excess import Excess
from service.descent.quadratic.momentum import Momentum, left_after, map_of_steps
from service.descent.quadratic.momentum_excess import MomentumExcess
from service.descent.quadratic.problem import prepare_polynomial
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Scale, Solver, Synthetic
from tests.support.examples import fewer
from tests.support.solvers import curves_beyond_promise
from tests.support.specs import LECTURE, PolynomialFit, excesses, fit, random_specs
from tests.support.tolerances import EPS, beyond_promise, rounding_floor
from tests.unit.descent.judging.test_verdict import does_better, followed, questions

KEPT = [0.5, 0.9, 0.99]
BOTH = [False, True]
NESTEROV = st.booleans()
KEEPS = st.sampled_from(KEPT) | st.floats(0.01, 0.99)
MOMENTA = st.builds(Momentum, KEEPS, NESTEROV)
SGDS = st.builds(Sgd, momentum=KEEPS, nesterov=NESTEROV)
ALL = [Momentum(keeps, nesterov) for keeps in KEPT for nesterov in BOTH]
HEAVY = Momentum(0.5, nesterov=False)
COUNTS = [1, 2, 3, 10, 50, 300]
LONG = 4000
"""Steps in which what grows has grown, a thousandth beyond its limit."""
THREE_ROUNDINGS = 3 * EPS


def lecture(**given: Any) -> PolynomialFit:
    return fit(**{"synthetic": Synthetic(), "optimizer": Sgd(momentum=0.9)} | given)


def excess_with(momentum: Momentum, scale: Scale = "none") -> MomentumExcess:
    """Return what a descent on the lecture's points holds."""
    return cached_excess(momentum.keeps, scale, nesterov=momentum.nesterov)


@cache
def cached_excess(keeps: float, scale: Scale, *, nesterov: bool) -> MomentumExcess:
    optimizer = Sgd(momentum=keeps, nesterov=nesterov)
    excess = prepare_polynomial(
        FitSpec(
            synthetic=Synthetic(), seed=42, lr="best", steps=1, scale=scale, optimizer=optimizer
        )
    ).outlook.excess
    assert isinstance(excess, MomentumExcess)
    return excess


def limit(excess: MomentumExcess) -> float:
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


def with_momentum(modes: Excess, momentum: Momentum) -> MomentumExcess:
    return MomentumExcess(modes.eigenvalues, modes.held, modes.rest, momentum)


def excess_by_step(excess: MomentumExcess, lr: float) -> Iterator[float]:
    """By plain Python, mode after mode."""
    keeps, nesterov = excess.momentum.keeps, excess.momentum.nesterov
    modes = [
        (held, lr * eigenvalue, 1.0, 0.0)
        for held, eigenvalue in zip(excess.held, excess.eigenvalues, strict=True)
    ]
    while True:
        yield excess.rest + sum(held * left * left for held, _, left, _ in modes)
        fallen = [
            (held, pace, left, keeps * velocity + pace * left)
            for held, pace, left, velocity in modes
        ]
        modes = [
            (h, pace, left - (pace * left + keeps * v if nesterov else v), v)
            for h, pace, left, v in fallen
        ]


def largest_losses(scale: Scale, fraction: float) -> tuple[Array, Array]:
    """Return the largest losses of the first and of the second half of long descents.

    Every momentum has its own descent, from zeros on the lecture's points, by numpy, at this
    fraction of its limit.
    """
    data = lecture(include=("data",)).data
    assert data
    t, y = np.array(data.t), np.array(data.y)[:, None]
    x = np.vander(t if scale == "none" else frame(t).x(t), 3)
    keeps, nesterov = np.array([momentum.keeps for momentum in ALL]), np.array(BOTH * len(KEPT))
    lr = fraction * np.array([limit(excess_with(momentum, scale)) for momentum in ALL])
    params, velocity, losses = np.zeros((3, len(ALL))), np.zeros((3, len(ALL))), []
    for _ in range(LONG):
        residual = x @ params - y
        losses.append(np.square(residual).mean(axis=0))
        gradient = 2 / len(y) * x.T @ residual
        velocity = keeps * velocity + gradient
        params = params - lr * np.where(nesterov, gradient + keeps * velocity, velocity)
    first, second = np.split(np.array(losses), 2)
    return first.max(axis=0), second.max(axis=0)


def root_error(momentum: Momentum, pace: float) -> float:
    """Return how far apart two ways to the roots of a step may be.

    The eigenvalues of a 2 x 2 matrix whose entries are off by e are off by at most sqrt(2 |A| e)
    (L. Elsner, 1985); rounding makes e about 2 eps |A|. So a double root has half the digits.
    """
    size = 1 + pace * momentum.gradient_factor + momentum.keeps + pace
    return size * sqrt(4 * EPS)


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


@fewer(2)
@given(random_specs(steps=100), SGDS)
def test_the_closed_form_is_the_textbook_loop(spec: dict[str, Any], optimizer: Sgd) -> None:
    exact, loop = (fit(**spec, optimizer=optimizer, solver=solver) for solver in ("exact", "loop"))

    assert (exact.outcome, exact.diverged_at, exact.steps) == (
        loop.outcome,
        loop.diverged_at,
        loop.steps,
    )
    assert beyond_promise(exact.losses, loop.losses, posted(spec["data"]).y) == []


@fewer(2)
@given(random_specs(steps=50), SGDS)
def test_parameters_and_gradients_are_those_of_the_loop(
    spec: dict[str, Any], optimizer: Sgd
) -> None:
    assert curves_beyond_promise(spec | {"optimizer": optimizer}) == {
        "predictions": [],
        "gradients": [],
    }


@pytest.mark.parametrize("lr", [1e-300, 1e-5, 1e-3, 1e300])
@pytest.mark.parametrize("nesterov", BOTH)
def test_every_rate_ends_where_the_loop_ends(lr: float, *, nesterov: bool) -> None:
    optimizer = Sgd(momentum=0.9, nesterov=nesterov)
    exact, loop = (
        lecture(optimizer=optimizer, lr=lr, steps=200, record_every=7, solver=solver)
        for solver in ("exact", "loop")
    )

    assert (exact.outcome, exact.diverged_at, exact.steps) == (
        loop.outcome,
        loop.diverged_at,
        loop.steps,
    )
    assert beyond_promise(exact.losses, loop.losses) == []


@pytest.mark.parametrize("scale", ["none", "standardize"])
def test_below_the_limit_a_long_run_stays_bounded(scale: Scale) -> None:
    first, second = largest_losses(scale, 0.999)

    assert [
        str(momentum) for momentum, grows in zip(ALL, second >= first, strict=True) if grows
    ] == []


@pytest.mark.parametrize("scale", ["none", "standardize"])
def test_above_the_limit_a_long_run_grows(scale: Scale) -> None:
    first, second = largest_losses(scale, 1.001)

    assert [
        str(momentum) for momentum, stays in zip(ALL, second <= 10 * first, strict=True) if stays
    ] == []


@pytest.mark.parametrize("keeps", KEPT)
def test_the_limit_of_the_heavy_ball_is_polyaks(keeps: float) -> None:
    excess = excess_with(Momentum(keeps, nesterov=False))

    assert limit(excess) == pytest.approx(
        2 * (1 + keeps) / excess.eigenvalues[0], rel=THREE_ROUNDINGS
    )


@pytest.mark.parametrize("keeps", KEPT)
def test_the_limit_of_nesterovs_is_nearer(keeps: float) -> None:
    excess = excess_with(Momentum(keeps, nesterov=True))

    assert limit(excess) == pytest.approx(
        2 * (1 + keeps) / (excess.eigenvalues[0] * (1 + 2 * keeps)), rel=THREE_ROUNDINGS
    )


@given(MOMENTA, st.floats(1e-4, 10))
def test_the_radius_is_that_of_the_step_as_a_matrix(momentum: Momentum, pace: float) -> None:
    largest = radius_by_numpy(momentum, pace)

    assert momentum.radius(pace) == pytest.approx(largest, abs=root_error(momentum, pace))


@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_up_to_no_bounce_nothing_swings(momentum: Momentum) -> None:
    paces = np.array([0.01, 0.5, 0.99]) * momentum.no_bounce

    assert np.all(list(islice(ways(momentum, paces), LONG)) >= np.zeros(3))


@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_beyond_no_bounce_all_swing(momentum: Momentum) -> None:
    paces = np.array([1.05, 1.5, 4.0]) * momentum.no_bounce

    assert np.all(np.min(list(islice(ways(momentum, paces), LONG)), axis=0) < 0)


@given(MOMENTA, st.lists(st.floats(-4, 4), min_size=1, max_size=5))
def test_no_rate_makes_the_slowest_mode_faster_than_the_fastest_rate(
    momentum: Momentum, powers: list[float]
) -> None:
    eigenvalues = sorted((10**power for power in powers), reverse=True)
    excess = MomentumExcess(eigenvalues, [1.0] * len(powers), 0.0, momentum)
    assert excess.fastest

    def slowest(lr: float) -> float:
        return max(radius_by_numpy(momentum, lr * eigenvalue) for eigenvalue in eigenvalues)

    grid = [fraction * limit(excess) for fraction in np.linspace(0, 1, 200)[1:]]
    around = [fraction * excess.fastest for fraction in np.linspace(0.99, 1.01, 50)]
    allowed = root_error(momentum, excess.fastest * eigenvalues[0])
    assert slowest(excess.fastest) <= min(map(slowest, grid + around)) + allowed


@pytest.mark.parametrize("scale", ["none", "standardize"])
@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_no_rate_of_a_dense_grid_ends_lower_than_the_best(momentum: Momentum, scale: Scale) -> None:
    excess = excess_with(momentum, scale)

    assert [count for count in COUNTS if lower_than_best(excess, count)] == []


@fewer(2)
@given(excesses(), MOMENTA, st.sampled_from(COUNTS))
@example(Excess([10.0, 1.0], [1e6, 1.0], 0.0), HEAVY, 2)
def test_no_rate_of_a_grid_ends_lower_than_the_best_for_any_modes(
    modes: Excess, momentum: Momentum, count: int
) -> None:
    assert not lower_than_best(with_momentum(modes, momentum), count)


def lower_than_best(excess: MomentumExcess, count: int) -> bool:
    """Return whether a rate of a grid leaves less than the best, by more than its resolution.

    The search divides its brackets by eight, nine times, and so finds a rate to about 1e-10 of the
    limit. At a low, that is far less than a millionth of what is left. Less than 1e-18 of the start
    is rounding.
    """
    best = excess.best(count)
    assert best
    rates = np.append(best, np.linspace(0, limit(excess), 4_002)[1:-1])
    paces = rates[:, None] * np.array(excess.eigenvalues)
    way = next(islice(ways(excess.momentum, paces), count, None))
    left = (way**2 @ excess.held).tolist()
    return not left[0] <= min(left) * (1 + 1e-6) + 1e-18 * excess.start


@pytest.mark.parametrize("scale", ["none", "standardize"])
@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_the_best_rate_for_many_steps_leaves_no_more_than_the_fastest(
    momentum: Momentum, scale: Scale
) -> None:
    """To the resolution of the best rate, as above."""
    excess = excess_with(momentum, scale)

    for count in (1000, 100_000):
        best = excess.best(count)
        assert best
        assert best < limit(excess)
        left, fastest = excess.after(best, count), excess.after(excess.fastest or 0.0, count)
        assert left <= fastest * (1 + 1e-6) + 1e-18 * excess.start


def settled(left: Array, target: float) -> int:
    """Return the number of steps after which no recorded step leaves more than the target."""
    return int(np.flatnonzero(np.append([True], left > target))[-1])


@given(excesses(), MOMENTA, st.floats(0.001, 0.999), st.floats(-8, 0.5))
def test_after_the_steps_to_a_target_it_holds_for_good(
    modes: Excess, momentum: Momentum, fraction: float, power: float
) -> None:
    """So far as 3,000 steps show it."""
    excess = with_momentum(modes, momentum)
    lr, target = fraction * limit(excess), excess.start * 10**power
    left = np.array(list(islice(excess_by_step(excess, lr), 3000)))
    assume(not np.any(np.abs(left / target - 1) < 1e-9))

    found = excess.steps_to(lr, target)

    shown = settled(left, target)
    assert found == shown or (shown > 2000 and (found is None or found > shown))


@pytest.mark.parametrize("seed", range(200))
def test_the_steps_of_small_problems_hold_for_good(seed: int) -> None:
    """Simulated until rounding is left: the radius is below 0.9999."""
    generator = np.random.default_rng(seed)
    momentum = Momentum(float(generator.uniform(0.3, 0.99)), bool(generator.integers(2)))
    eigenvalues = np.sort(10 ** generator.uniform(-1.5, 0, generator.integers(1, 4)))[::-1]
    held = 10 ** generator.uniform(-3, 3, len(eigenvalues))
    excess = MomentumExcess(eigenvalues.tolist(), held.tolist(), 0.0, momentum)
    lr, target = float(generator.uniform(0.05, 0.99)) * limit(excess), 0.01 * excess.start
    left = np.square(np.array(list(islice(ways(momentum, lr * eigenvalues), 20_000)))) @ held
    assert left[-1000:].max() < 1e-6 * target

    assert excess.steps_to(lr, target) == settled(left, target)


@given(excesses(), MOMENTA, st.floats(1.001, 3), st.floats(-8, 0.5))
@example(Excess([1.0, 0.9], [1e-4, 1.0], 0.0), HEAVY, 1.0625, -1.0)
def test_above_the_limit_no_target_holds_for_good(
    modes: Excess, momentum: Momentum, fraction: float, power: float
) -> None:
    excess = with_momentum(modes, momentum)

    assert excess.steps_to(fraction * limit(excess), excess.start * 10**power) is None


@pytest.mark.parametrize("end", ["no_bounce", "end_of_oscillation"])
@pytest.mark.parametrize("off", [0.0, 1e-15, -1e-15, 1e-9, 1e-6, -1e-6])
@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_steps_are_counted_where_both_roots_are_almost_the_same(
    momentum: Momentum, off: float, end: str
) -> None:
    excess = MomentumExcess([1.0], [1.0], 0.0, momentum)
    lr = getattr(momentum, end) * (1 + off)
    left = np.square(np.array(list(islice(ways(momentum, np.array([lr])), 20_000))))[:, 0]

    assert excess.steps_to(lr, 1e-3) == settled(left, 1e-3)


@pytest.mark.parametrize("keeps", [0.99, 0.999])
def test_at_the_limit_no_target_holds_although_rounding_puts_the_radius_above_1(
    keeps: float,
) -> None:
    momentum = Momentum(keeps, nesterov=False)
    excess = MomentumExcess([1.0], [1.0], 0.0, momentum)

    assert momentum.radius(momentum.limit) > 1
    assert excess.steps_to(momentum.limit, 1e-3) is None


def test_steps_are_counted_although_the_steepest_mode_goes_back_and_forth_for_billions() -> None:
    excess = MomentumExcess([1.0, 1e-10], [100.0, 1.0], 0.0, HEAVY)
    fastest = excess.fastest
    assert fastest

    steps = excess.steps_to(fastest, 1.0)

    assert steps
    assert excess.after(fastest, steps) <= 1 < excess.after(fastest, steps - 1)


@pytest.mark.parametrize("scale", ["none", "standardize"])
@pytest.mark.parametrize("nesterov", BOTH)
def test_the_lectures_steps_to_one_percent_are_counted_one_by_one(
    scale: Scale, *, nesterov: bool
) -> None:
    """With this momentum they are a few hundred, or a few thousand in t as it is."""
    excess = excess_with(Momentum(0.99, nesterov), scale)
    lr = 0.9 * limit(excess)
    left = np.array(list(islice(excess_by_step(excess, lr), 50_000)))

    assert excess.steps_to(lr, 0.073) == settled(left, 0.073) < 25_000


def test_a_visit_in_passing_is_no_arrival() -> None:
    """After three steps the loss is within one percent, and in the next step it is far from it."""
    result = lecture(
        scale="standardize", lr=0.3131730598410011, steps=4, optimizer=Sgd(momentum=0.99)
    )
    visited, left_again = result.losses[3:5]
    excess = excess_with(Momentum(0.99, nesterov=False), "standardize")
    left = np.array(list(islice(excess_by_step(excess, 0.3131730598410011), 5_000)))

    assert visited <= 1.01 * result.optimum.loss < 0.01 * left_again
    found = result.analysis.steps_to_one_percent.lr
    assert found == settled(left, 0.01 * result.optimum.loss)
    assert found
    assert found > 1000


def test_a_rate_that_is_best_for_three_steps_does_not_hold_what_it_reaches() -> None:
    excess = MomentumExcess([4.0], [12.0], 0.0, Momentum(0.9, nesterov=False))
    lr = excess.best(3)
    assert lr
    left = np.array(list(islice(excess_by_step(excess, lr), 5_000)))

    assert left[3] < 1e-15 < left[4]
    assert excess.steps_to(lr, 1e-6) == settled(left, 1e-6) > 3


@pytest.mark.parametrize("lr", [1e-9, 1e-12, 1e-14])
@pytest.mark.parametrize("nesterov", BOTH)
def test_a_small_rate_arrives_in_a_tenth_of_the_steps_that_it_takes_without_momentum(
    lr: float, *, nesterov: bool
) -> None:
    """Except the steps in which the velocity grows, and terms of second order in the pace."""
    plain, flattest = LECTURE.steps_to(lr, 0.073), LECTURE.eigenvalues[-1]
    assert plain

    excess = with_momentum(LECTURE, Momentum(0.9, nesterov))
    steps_with = excess.steps_to(lr, 0.073)
    assert steps_with == pytest.approx(plain / 10, rel=second_order(0.9, lr * flattest), abs=100)


def test_two_slow_modes_arrive_together() -> None:
    slow = MomentumExcess([1.0, 1.0], [1.0, 1.0], 0.0, HEAVY)

    assert slow.steps_to(1e-9, 0.2) == pytest.approx(
        log(10) / 2 / 2e-9, rel=second_order(0.5, 1e-9), abs=4
    )


def second_order(keeps: float, pace: float) -> float:
    """Return how far, relatively, the first order pace / (1 - b) is from what a step takes off.

    The slow root is 1 - h / (1 - b) - h^2 b / (1 - b)^3, and so on; its logarithm adds half of the
    square. Where both are below rounding, ten roundings are left.
    """
    return 2 * pace / (1 - keeps) ** 2 + 10 * EPS


def test_a_mode_too_flat_to_move_is_no_hindrance_where_it_holds_little() -> None:
    excess = MomentumExcess([1.0, 1e-20], [1.0, 1e-6], 0.0, HEAVY)
    lr = 0.1

    left = np.array(list(islice(excess_by_step(excess, lr), 1_000)))

    assert excess.steps_to(lr, 1e-3) == settled(left, 1e-3)


def test_what_never_moves_is_never_less() -> None:
    excess = MomentumExcess([1.0], [1.0], 0.5, HEAVY)

    assert (
        excess.steps_to(1.0, 0.5),
        excess.steps_to(1.0, 0.6),
        excess.steps_to(1.0, 1.5),
    ) == (None, 3, 0)


@given(excesses(), MOMENTA, st.floats(0.001, 1.5), st.integers(0, 1000))
def test_what_is_left_after_some_steps_is_what_they_leave(
    modes: Excess, momentum: Momentum, fraction: float, count: int
) -> None:
    excess = with_momentum(modes, momentum)
    lr = fraction * limit(excess)

    left = next(islice(excess_by_step(excess, lr), count, None))

    assume(isfinite(left))
    floor = rounding_floor(excess.start)
    assert sqrt(excess.after(lr, count)) == pytest.approx(sqrt(left), rel=5e-10, abs=floor)


def test_what_grows_beyond_all_numbers_is_infinite() -> None:
    assert excess_with(Momentum(0.9, nesterov=False)).after(1.0, 10**6) == np.inf


def exactly_gone(momentum: Momentum, pace: float, counts: Sequence[int]) -> list[Decimal]:
    """Return what is gone after each of these counts of steps, to a hundred digits."""
    found = []
    with localcontext(prec=100):
        keeps, h = Decimal(momentum.keeps), Decimal(pace)
        left, velocity = Decimal(1), Decimal(0)
        for step in range(max(counts) + 1):
            if step in counts:
                found.append(1 - left)
            velocity = keeps * velocity + h * left
            left -= h * left + keeps * velocity if momentum.nesterov else velocity
    return found


@pytest.mark.parametrize("pace", [1e-12, 1e-3])
@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_what_is_gone_keeps_its_digits_at_tiny_paces(momentum: Momentum, pace: float) -> None:
    """Each squaring doubles the relative error and adds that of six operations of its own."""
    counts = [1, 2, 7, 64, 200]

    gone = map_of_steps(momentum, np.array([pace]), np.array(counts)).u.tolist()

    exact = exactly_gone(momentum, pace, counts)
    errors = [float(Decimal(ours) / theirs - 1) for ours, theirs in zip(gone, exact, strict=True)]
    assert [
        (count, error)
        for count, error in zip(counts, errors, strict=True)
        if not abs(error) <= 6 * count * EPS
    ] == []


@pytest.mark.parametrize("steps", [0, 1, 2, 7, 1000, 999_999])
@pytest.mark.parametrize("momentum", ALL, ids=str)
def test_what_is_left_is_the_same_to_the_last_bit_as_in_the_map(
    momentum: Momentum, steps: int
) -> None:
    paces = np.geomspace(1e-16, 5, 60).reshape(20, 3)

    with np.errstate(over="ignore", invalid="ignore"):
        left = left_after(momentum, paces, steps)
        mapped = map_of_steps(momentum, paces, np.array(steps)).a

    assert left.tobytes() == mapped.tobytes()


def test_with_momentum_no_mode_has_a_multiplier() -> None:
    assert {mode.multiplier for mode in lecture().analysis.modes} == {None}


@pytest.mark.parametrize("lr", [1e-7, 1e-5, 5e-5])
@pytest.mark.parametrize("nesterov", BOTH)
def test_half_lives_are_those_of_the_radius(lr: float, *, nesterov: bool) -> None:
    analysis = lecture(lr=lr, optimizer=Sgd(momentum=0.9, nesterov=nesterov)).analysis
    momentum = Momentum(0.9, nesterov)
    radii = [radius_by_numpy(momentum, lr * mode.eigenvalue) for mode in analysis.modes]

    assert analysis.half_lives == [
        half_life_of(radius, root_error(momentum, lr * mode.eigenvalue))
        for radius, mode in zip(radii, analysis.modes, strict=True)
    ]


def half_life_of(radius: float, error: float) -> Any:
    """Return the half-life of a root that is known to this error; the logarithm multiplies it."""
    if radius >= 1:
        return None
    return pytest.approx(log(0.5) / log(radius), rel=error / (radius * -log(radius)))


@pytest.mark.parametrize("lr", [1e-12, 1e-15, 1e-30])
def test_half_lives_keep_their_digits_at_small_rates(lr: float) -> None:
    """A pace h far below 1 - b has the root 1 - h / (1 - b), to the first order."""
    analysis = lecture(lr=lr, optimizer=Sgd(momentum=0.5)).analysis

    assert analysis.half_lives == [
        pytest.approx(
            log(2) * 0.5 / (lr * mode.eigenvalue), rel=second_order(0.5, lr * mode.eigenvalue)
        )
        for mode in analysis.modes
    ]


@pytest.mark.parametrize("momentum", ALL, ids=str)
@pytest.mark.parametrize(
    ("fraction", "scale", "solver"), [(1.05, "none", "exact"), (10, "standardize", "loop")]
)
def test_the_overflow_is_predicted_within_a_tenth(
    momentum: Momentum, fraction: float, scale: Scale, solver: Solver
) -> None:
    """The loop shows where it happens; near the limit that takes it thousands of steps, so there
    the closed form does.
    """
    told = lecture(
        optimizer=Sgd(momentum=momentum.keeps, nesterov=momentum.nesterov),
        scale=scale,
        lr=fraction * limit(excess_with(momentum, scale)),
        steps=6000,
        record_every=6000,
        solver=solver,
    )

    assert told.diverged_at
    assert told.analysis.predicted_overflow == pytest.approx(told.diverged_at, rel=0.1)


@fewer(2)
@given(questions(), SGDS)
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
    excess = excess_with(momentum, scale)
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
    excess = excess_with(Momentum(keeps, nesterov))

    one_slope = MomentumExcess([1.0], [excess.start], 0.0, excess.momentum)
    assert one_slope.steps_at_fastest(0.01 * excess.start) == 1
    assert excess.momentum.change(1.0) < -30
