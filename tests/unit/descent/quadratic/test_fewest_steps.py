"""The fewest steps at a constant rate, against the rates and the numbers of steps, tried out."""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.descent.answers.explanation import StepsToOnePercent
from service.descent.forecast import forecast
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.quadratic.excess import Excess
from service.descent.quadratic.problem import QuadraticProblem, prepare_polynomial
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Synthetic
from service.descent.questions.points import Points
from tests.support.specs import LECTURE, excesses, fit, lecture_as_printed

TIE = 1e-9
"""The relative distance to the target below which rounding decides."""


def left(excess: Excess, lr: float, steps: int) -> float:
    """Return the excess after these steps, as the multipliers to their powers give it."""
    modes = zip(excess.eigenvalues, excess.held, strict=True)
    return excess.rest + sum(
        held * abs(1 - lr * eigenvalue) ** (2 * steps) for eigenvalue, held in modes
    )


def least_left(excess: Excess, steps: int) -> float:
    """Return the least excess after these steps at any rate up to the limit. It is convex in the
    rate, so a third of the rates can be dropped again and again.
    """
    low, high = 0.0, 2 / excess.eigenvalues[0]
    for _ in range(130):
        one, other = low + (high - low) / 3, high - (high - low) / 3
        if left(excess, one, steps) < left(excess, other, steps):
            high = other
        else:
            low = one
    return min(left(excess, rate, steps) for rate in (low, high))


def fewest_by_trying(excess: Excess, target: float, most: int) -> int | None:
    """Return the first number of steps, up to `most`, in which some rate arrives, or None."""
    numbers = range(1, most + 1)
    return next((steps for steps in numbers if least_left(excess, steps) <= target), None)


@given(excesses(), st.floats(-8, -0.01))
def test_no_rate_arrives_in_fewer_steps_than_the_fewest(excess: Excess, power: float) -> None:
    target = excess.start * 10**power

    fewest = excess.fewest_steps(target)

    assert fewest is not None
    assume(fewest < 10**6)
    enough, fewer = least_left(excess, fewest), least_left(excess, fewest - 1)
    assume(min(abs(enough / target - 1), abs(fewer / target - 1)) > TIE)
    assert enough <= target < fewer


@given(excesses(), st.floats(-8, -0.01))
def test_few_steps_are_found_by_trying_all_smaller_numbers(excess: Excess, power: float) -> None:
    target = excess.start * 10**power
    assume(all(abs(least_left(excess, steps) / target - 1) > TIE for steps in range(1, 13)))
    tried = fewest_by_trying(excess, target, most=12)

    fewest = excess.fewest_steps(target)

    assert fewest == tried or (tried is None and (fewest is None or fewest > 12))


@given(excesses(), st.floats(-8, -0.01), st.floats(0.001, 1))
def test_no_rate_takes_fewer_steps(excess: Excess, power: float, fraction: float) -> None:
    assert excess.limit
    target = excess.start * 10**power

    fewest = excess.fewest_steps(target)

    for lr in (fraction * excess.limit, excess.fastest or 0.0):
        steps = excess.steps_to(lr, target)
        assert steps is None or (fewest is not None and fewest <= steps)


def modes_by_numpy(t: Sequence[float], y: Sequence[float], start: Sequence[float]) -> Excess:
    """Return the modes of a descent on powers of t, from the design matrix itself."""
    x = np.vander(np.array(t), len(start))
    eigenvalues, vectors = np.linalg.eigh(2 / len(t) * x.T @ x)
    way = vectors.T @ (np.array(start) - np.linalg.lstsq(x, np.array(y), rcond=None)[0])
    held = eigenvalues * way**2 / 2
    return Excess(eigenvalues[::-1].tolist(), held[::-1].tolist(), 0.0)


@pytest.mark.parametrize("seed", range(200))
def test_the_answer_counts_the_fewest_steps_of_small_problems(seed: int) -> None:
    generator = np.random.default_rng(seed)
    degree, n = int(generator.integers(1, 4)), int(generator.integers(5, 20))
    t = generator.uniform(-2, 2.5, n).round(2).tolist()
    y = generator.normal(size=n).round(2).tolist()
    start = generator.normal(size=degree + 1).round(2).tolist()
    modes = modes_by_numpy(t, y, start)
    model = Polynomial(degree=degree)
    init = dict(zip(model.names, start, strict=True))
    told = fit(data=Points.of(t, y), model=model, init=init, lr="best", scale="none")
    target = 0.01 * told.optimum.loss

    fewest = told.analysis.steps_to_one_percent.best

    assert fewest
    assert least_left(modes, fewest) <= target < least_left(modes, fewest - 1)


def lecture_problem(**given: Any) -> QuadraticProblem:
    return prepare_polynomial(FitSpec(**lecture_as_printed() | {"scale": "none"} | given))


def test_the_fewest_steps_of_the_lecture_on_t_as_it_is() -> None:
    assert [
        lecture_problem(lr="best", steps=steps).outlook.converges for steps in (498_014, 498_015)
    ] == [False, True]
    assert lecture_problem(lr="best", steps=10).fewest.here == 498_015


def test_the_fewest_steps_of_the_lecture_in_other_coordinates() -> None:
    """From the same start curve."""
    fewest = lecture_problem(lr=1e-5, steps=10).fewest
    standard = lecture_problem(lr=1e-5, steps=10).standardized

    assert (fewest.standardized, fewest.orthonormal) == (18, 1)
    target = lecture_problem(lr=1e-5, steps=10).outlook.target
    assert least_left(standard, 18) <= target < least_left(standard, 17)


def test_fifty_digits_agree_about_the_fewest_steps_of_the_lecture() -> None:
    outlook = lecture_problem(lr="best", steps=10).outlook
    modes = [*zip(outlook.excess.eigenvalues, outlook.excess.held, strict=True)]

    def left(lr: Decimal, steps: int) -> Decimal:
        parts = (Decimal(held) * (1 - lr * Decimal(value)) ** (2 * steps) for value, held in modes)
        return sum(parts, Decimal(0))

    def least(steps: int) -> Decimal:
        low, high = Decimal(0), 2 / Decimal(modes[0][0])
        for _ in range(120):
            one, other = low + (high - low) / 3, high - (high - low) / 3
            if left(one, steps) < left(other, steps):
                high = other
            else:
                low = one
        return left(low, steps)

    with localcontext(prec=50):
        assert least(498_015) <= outlook.target < least(498_014)


def counts(**given: Any) -> StepsToOnePercent:
    asked: Any = {"lr": "best", "scale": "none", "steps": 1} | given
    return forecast(AnalysisSpec(**asked)).analysis.steps_to_one_percent


def test_equal_slopes_need_one_step() -> None:
    assert Excess([2.0, 2.0, 2.0 - 4e-16], [1.0, 3.0, 1e5], 0.0).fewest_steps(1e-9) == 1


def test_a_flat_direction_that_holds_less_than_the_target_does_not_count() -> None:
    """Its rate in the long run never brings the steepest direction down."""
    excess = Excess([1.0, 0.5, 1e-20], [1.0, 1.0, 1e-9], 0.0)

    assert excess.steps_at_fastest(0.01) is None
    assert excess.fewest_steps(0.01) == fewest_by_trying(excess, 0.01, most=10) == 3


@pytest.mark.parametrize(
    ("excess", "target", "fewest"),
    [
        (Excess([1.0, 0.1], [1.0, 1.0], 0.0), 2.0, 0),
        (Excess([], [], 0.5), 0.5, 0),
        (Excess([], [], 0.5), 0.4, None),
        (Excess([1.0, 0.1], [1.0, 1.0], 0.5), 0.5, None),
        (Excess([1.0, 1e-18], [1.0, 1.0], 0.0), 0.5, None),
    ],
    ids=["there", "at rest", "at rest too high", "held by what rests", "beyond 2^53"],
)
def test_no_steps_and_no_number_of_steps(excess: Excess, target: float, fewest: int | None) -> None:
    assert excess.fewest_steps(target) == fewest


@pytest.mark.parametrize("nesterov", [False, True])
def test_with_momentum_the_fewest_are_not_known(*, nesterov: bool) -> None:
    asked: dict[str, Any] = {
        "synthetic": Synthetic(),
        "seed": 42,
        "optimizer": Sgd(momentum=0.9, nesterov=nesterov),
    }

    told = counts(**asked)

    assert (told.best, told.standardized, told.orthonormal) == (None, None, None)
    assert told.lr_fastest


def test_with_momentum_a_start_at_the_optimum_needs_no_step() -> None:
    points = Points.of([0.0, 1.0, 2.0], [0.0, 0.0, 0.0])

    told = counts(data=points, init="zeros", optimizer=Sgd(momentum=0.9), seed=1, lr=0.1)

    assert vars(told) == dict.fromkeys(vars(told), 0)


def test_the_steps_of_the_lecture_start_from_the_same_excess() -> None:
    assert LECTURE.fewest_steps(0.0730497013) == 498_015


@pytest.mark.parametrize("y", [1e-5, 1e-13, 1e-150])
def test_a_start_that_is_further_away_than_a_number_can_say_is_counted(y: float) -> None:
    """The ratio of the target to the excess at the start is below the smallest number."""
    target, excess = y * y * 1e-8, Excess([2.0, 0.5], [1e300, 1e300], 0.0)

    steps = excess.steps_to(0.5, target)

    assert steps
    left = [Decimal("1e300") * Decimal("0.75") ** (2 * count) for count in (steps - 1, steps)]
    assert left[1] <= Decimal(target) < left[0]
