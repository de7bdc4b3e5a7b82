from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.arrays import Array
from service.descent.forecast import forecast
from service.descent.methods.losses.huber import Huber
from service.descent.methods.losses.mae import Mae
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.adam import Adam
from service.descent.methods.optimizers.adamw import AdamW
from service.descent.methods.optimizers.rmsprop import RmsProp
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.schedules.constant import Constant
from service.descent.methods.schedules.cosine import Cosine
from service.descent.methods.schedules.listed import RateList
from service.descent.methods.schedules.one_cycle import OneCycle
from service.descent.methods.schedules.step import StepDecay
from service.descent.points.scaling import frame
from service.descent.quadratic.analysis import lr_limit_mean_square
from service.descent.quadratic.problem import prepare_polynomial
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.options import Scale, Synthetic, Validation
from service.descent.questions.points import Points
from tests.support.specs import fit
from tests.support.tolerances import EPS, apart, known

LECTURE = np.arange(20.0)
NEITHER = 1e-9
"""So near to 1 a radius neither grows nor falls: directions that are next to flat."""


def limit(**given: Any) -> float | None:
    """What is told before the first step, of batches drawn with replacement."""
    asked: dict[str, Any] = {
        "synthetic": Synthetic(),
        "seed": 42,
        "steps": 10,
        "batch_size": 4,
        "batches": "independent",
    } | given
    return forecast(AnalysisSpec(**asked)).analysis.lr_limit_mean_square


def limit_of(t: Array, degree: int, scale: Scale, batch_size: int) -> float:
    found = limit(
        synthetic=None,
        data=Points.of(t, np.zeros(len(t))),
        model=Polynomial(degree=degree),
        scale=scale,
        batch_size=batch_size,
    )
    assert found
    return found


def curvatures(t: Array, degree: int, scale: Scale) -> list[Array]:
    """Of the loss of each point, by the columns that numpy makes of it."""
    x = np.vander(frame(t).x(t) if scale == "standardize" else t, degree + 1)
    return [2 * np.outer(row, row) for row in x]


def second_moment(alone: list[Array], batch_size: int) -> Array:
    """Of the mean curvature of so many points drawn with replacement: over all that may be
    drawn.
    """
    batches = [np.mean(drawn, axis=0) for drawn in product(alone, repeat=batch_size)]
    return np.array(np.mean([np.kron(batch, batch) for batch in batches], axis=0))


def formula(alone: list[Array], batch_size: int) -> Array:
    """The same, of any number: two of the batch are one point in so many cases, else they are
    independent.
    """
    single, mean = np.mean([np.kron(h, h) for h in alone], axis=0), np.mean(alone, axis=0)
    return np.array(single / batch_size + (1 - 1 / batch_size) * np.kron(mean, mean))


def radius(alone: list[Array], second: Array, lr: float) -> float:
    """By which a step multiplies the second moment of what is left of the way, in the long run."""
    mean, one = np.mean(alone, axis=0), np.eye(len(alone[0]))
    step = np.kron(one, one) - lr * (np.kron(mean, one) + np.kron(one, mean)) + lr**2 * second
    return float(np.abs(np.linalg.eigvals(step)).max())


@st.composite
def some_points(draw: st.DrawFn) -> tuple[Array, int]:
    """Enough of them, apart, for a degree."""
    degree = draw(st.integers(1, 4))
    places = draw(st.lists(st.integers(-20, 20), min_size=degree + 1, max_size=8, unique=True))
    return np.array(places) / 10, degree


@pytest.mark.parametrize(
    ("batch_size", "expected"),
    [(1, 1.248668e-5), (4, 2.426798e-5), (10, 2.991142e-5), (20, 3.24246e-5)],
)
def test_the_lectures_limits(batch_size: int, expected: float) -> None:
    found = limit(batch_size=batch_size)

    assert found
    assert known([found], 7) == [expected]


@pytest.mark.parametrize("scale", ["none", "standardize"])
def test_with_ever_more_points_it_is_the_limit_of_all_of_them(scale: Scale) -> None:
    all_points = fit(synthetic=Synthetic(), scale=scale).analysis.lr_limit
    assert all_points

    limits = [limit(scale=scale, batch_size=10**power) for power in (0, 1, 3, 6, 9)]

    assert limits == sorted(limit for limit in limits if limit)
    # What single points add to the second moment is divided by the size of the batch.
    assert limits[-1] == pytest.approx(all_points, rel=10 / 10**9)


@pytest.mark.parametrize("batch_size", [1, 2])
@given(some_points())
def test_over_all_batches_that_may_be_drawn_the_second_moment_is_the_formulas(
    batch_size: int, points: tuple[Array, int]
) -> None:
    alone = curvatures(*points, "none")

    expected = formula(alone, batch_size)
    rounding = 10 * len(alone) * EPS * float(np.abs(expected).max())
    assert apart(second_moment(alone, batch_size), expected) <= rounding


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("scale", ["none", "standardize"])
@pytest.mark.parametrize(("part", "grows"), [(0.999, False), (1.001, True)])
def test_over_all_batches_of_the_lecture_the_second_moment_grows_from_the_limit_on(
    batch_size: int, scale: Scale, part: float, *, grows: bool
) -> None:
    alone = curvatures(LECTURE, 2, scale)
    found = limit_of(LECTURE, 2, scale, batch_size)

    assert (radius(alone, second_moment(alone, batch_size), part * found) > 1) == grows


@pytest.mark.parametrize("batch_size", [3, 4, 10, 20, 1000])
@pytest.mark.parametrize("scale", ["none", "standardize"])
@pytest.mark.parametrize(("part", "grows"), [(0.999, False), (1.001, True)])
def test_for_the_lecture_the_second_moment_grows_from_the_limit_on(
    batch_size: int, scale: Scale, part: float, *, grows: bool
) -> None:
    alone = curvatures(LECTURE, 2, scale)
    found = limit_of(LECTURE, 2, scale, batch_size)

    assert (radius(alone, formula(alone, batch_size), part * found) > 1) == grows


@given(some_points(), st.sampled_from(["none", "standardize"]), st.sampled_from([1, 2, 3, 7, 50]))
def test_below_the_limit_the_second_moment_falls(
    points: tuple[Array, int], scale: Scale, batch_size: int
) -> None:
    alone = curvatures(*points, scale)
    found = limit_of(*points, scale, batch_size)

    assert radius(alone, formula(alone, batch_size), 0.999 * found) < 1 + NEITHER


@given(some_points(), st.sampled_from(["none", "standardize"]), st.sampled_from([1, 2, 3, 7, 50]))
def test_above_the_limit_the_second_moment_grows(
    points: tuple[Array, int], scale: Scale, batch_size: int
) -> None:
    alone = curvatures(*points, scale)
    found = limit_of(*points, scale, batch_size)

    assert radius(alone, formula(alone, batch_size), 1.001 * found) > 1 + NEITHER


def test_a_descent_on_batches_grows_above_the_limit_and_falls_below_it() -> None:
    """The mean over many descents from one start, of the lecture's points without noise,
    standardized.
    """
    x, found = np.vander(frame(LECTURE).x(LECTURE), 3), limit_of(LECTURE, 2, "standardize", 1)
    drawn = np.random.default_rng(0).integers(20, size=(60, 20_000))

    def left(part: float) -> float:
        ways = np.ones((20_000, 3))
        for chosen in x[drawn]:
            ways = ways - 2 * part * found * (chosen * ways).sum(axis=1, keepdims=True) * chosen
        return float(np.mean(ways**2))

    assert left(0.5) < 1 < left(1.5)


def test_points_held_out_are_not_drawn() -> None:
    held_out = Validation(0.25, "tail")

    assert limit(validation=held_out) == limit_of(LECTURE[:15], 2, "none", 4)


@pytest.mark.parametrize("degree", [1, 2, 4])
def test_one_point_is_its_own_batch(degree: int) -> None:
    curvature = 2 * sum(3.0 ** (2 * power) for power in range(degree + 1))

    assert limit_of(np.array([3.0]), degree, "none", 1) == pytest.approx(
        2 / curvature, rel=20 * EPS
    )


def test_where_nothing_is_determined_there_is_none() -> None:
    problem = prepare_polynomial(AnalysisSpec(synthetic=Synthetic(), seed=42, steps=10))
    resting = replace(problem, modes=replace(problem.modes, eigenvalues=[0.0, 0.0, 0.0]))

    assert lr_limit_mean_square(resting, 1) is None


def test_where_fourth_powers_are_no_numbers_there_is_none() -> None:
    points = Points.of([1e80, 2e80, 3e80], [1, 2, 3])

    assert limit(synthetic=None, data=points, model=Polynomial(degree=1), init="zeros") is None


@pytest.mark.parametrize(
    "given",
    [
        {"batches": "shuffled"},
        {"batch_size": None},
        {"optimizer": Sgd(momentum=0.9)},
        {"optimizer": Sgd(momentum=0.9, nesterov=True)},
        {"optimizer": Sgd(weight_decay=0.1)},
        {"optimizer": Adam()},
        {"optimizer": AdamW()},
        {"optimizer": RmsProp()},
        {"schedule": StepDecay(step_size=1)},
        {"schedule": Cosine()},
        {"schedule": OneCycle()},
        {"schedule": RateList(lrs=(1e-5,) * 10)},
        {"loss": Mae()},
        {"loss": Huber()},
        {"model": Mlp()},
    ],
    ids=str,
)
def test_there_is_none_of_another_descent(given: dict[str, Any]) -> None:
    assert limit(**given) is None


def test_it_is_that_of_plain_descent_at_a_constant_rate() -> None:
    assert limit(optimizer=Sgd(), schedule=Constant()) == limit()


def test_a_fit_reports_it_too() -> None:
    analysis = fit(
        synthetic=Synthetic(), solver="loop", batch_size=4, batches="independent"
    ).analysis

    assert analysis.lr_limit_mean_square == limit()
