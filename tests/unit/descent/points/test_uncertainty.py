import json
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.answers.results import Intervals
from service.descent.methods.losses.huber import Huber
from service.descent.methods.models.mlp import Mlp
from service.descent.methods.models.polynomial import Polynomial
from service.descent.methods.optimizers.adam import Adam
from service.descent.questions.options import Synthetic, Validation
from service.descent.questions.points import Points
from tests.support import oracle
from tests.support.paths import DATA
from tests.support.specs import fit, lecture_as_printed, made
from tests.support.tolerances import EPS, PROMISED

R: dict[str, Any] = json.loads((DATA / "r.json").read_text())
QUANTILE = 0.95 / sqrt(2 * 0.975 * 0.025)
"""Of Student's distribution with two degrees of freedom, which has a closed form."""


def intervals(
    t: list[float], y: list[float], at: tuple[float, ...], degree: int = 1
) -> Intervals | None:
    return fit(
        data=Points.of(t, y),
        model=Polynomial(degree=degree),
        scale="standardize",
        init="zeros",
        steps=1,
        at=at,
        include=("intervals",),
    ).intervals


def unit(i: int, n: int) -> list[float]:
    return [float(i == j) for j in range(n)]


@pytest.mark.parametrize("name", ["cars", "faithful"])
def test_they_are_those_that_r_prints(name: str) -> None:
    printed = R[name]
    digits = 5 if name == "cars" else 4

    found = intervals(printed["t"], printed["y"], (printed["at"],))

    assert found
    assert np.round(found.mean95, digits).tolist() == [printed["mean95"]]
    assert np.round(found.new95, digits).tolist() == [printed["new95"]]


@st.composite
def random_points(draw: st.DrawFn) -> tuple[list[float], list[float], int, float]:
    """Points that leave two degrees of freedom, and a t up to one spread away from them."""
    degree = draw(st.integers(1, 6))
    center, spread = draw(st.sampled_from([(0, 1), (0, 1000), (1e6, 1e3), (1.7e9, 600)]))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = degree + 3
    x = 2 * (np.arange(n) + generator.uniform(0, 0.9, n)) / n - 1
    at = center + spread * generator.uniform(-2, 2)
    return (center + spread * x).tolist(), (5 * x + generator.normal(size=n)).tolist(), degree, at


@given(random_points())
def test_they_are_the_exact_ones(points: tuple[list[float], list[float], int, float]) -> None:
    """The prediction is linear in y, so the squares of its coefficients add up to the leverage."""
    t, y, degree, at = points
    n, exact = len(t), oracle.least_squares(*points[:3])
    curve = float(oracle.predict(Fraction(at), exact))
    pulls = [
        oracle.predict(Fraction(at), oracle.least_squares(t, unit(i, n), degree)) for i in range(n)
    ]
    leverage = float(sum(pull * pull for pull in pulls))
    error = QUANTILE * sqrt(n * oracle.loss(t, y, exact) / 2)

    found = intervals(t, y, (at,), degree)

    assert found
    for bounds, half in (
        (found.mean95, error * sqrt(leverage)),
        (found.new95, error * sqrt(1 + leverage)),
    ):
        allowed = PROMISED * (abs(curve) + half)
        assert bounds == [pytest.approx((curve - half, curve + half), rel=0, abs=allowed)]


def test_there_is_a_pair_for_each_t_in_the_order_asked() -> None:
    asked = (20.0, -1.0, 9.5)

    together = fit(**lecture_as_printed(), at=asked, include=("intervals",)).intervals

    alone = [fit(**lecture_as_printed(), at=(t,), include=("intervals",)).intervals for t in asked]
    assert together
    for i, single in enumerate(alone):
        assert single
        assert together.mean95[i] == pytest.approx(single.mean95[0], rel=100 * EPS)
        assert together.new95[i] == pytest.approx(single.new95[0], rel=100 * EPS)


def test_no_t_has_no_interval() -> None:
    assert intervals([0, 1, 2], [1, 2, 4], ()) is None


@pytest.mark.parametrize(
    ("t", "degree"), [([0.0, 1.0, 2.0], 2), ([5.0, 7.0, 7.0, 5.0, 7.0], 2), ([5.0] * 4, 1)]
)
def test_without_degrees_of_freedom_or_one_optimum_there_are_none(
    t: list[float], degree: int
) -> None:
    assert intervals(t, [1.0 + value**2 for value in range(len(t))], (6.0,), degree) is None


def test_a_bound_beyond_all_doubles_does_not_exist() -> None:
    """The curve that is made stays near 0, so its predictions are finite."""
    result = fit(
        data=Points.of([-1, 0, 1], [1e100, -1e100, 1e100]),
        model=Polynomial(degree=1),
        init="zeros",
        lr=1e-300,
        steps=1,
        at=(1e250,),
        include=("intervals",),
    )

    assert result.predictions_at
    assert result.intervals is None


def test_they_belong_to_least_squares_whatever_is_descended() -> None:
    asked: dict[str, Any] = lecture_as_printed() | {"at": (3.0,), "include": ("intervals",)}

    plain = fit(**asked).intervals

    assert plain is not None
    for other in ({"optimizer": Adam()}, {"loss": Huber()}, {"scale": "orthonormal"}):
        assert fit(**asked | other).intervals == plain


def test_they_belong_to_the_points_that_the_descent_sees() -> None:
    asked: dict[str, Any] = {"at": (3.0, 30.0), "include": ("intervals", "data"), "init": "zeros"}
    held = fit(synthetic=Synthetic(), validation=Validation(0.25, "interleaved"), **asked)
    assert held.data
    assert held.data.held_out
    seen = [i for i in range(20) if i not in held.data.held_out]

    alone = fit(
        data=Points.of((float(held.data.t[i]) for i in seen), (held.data.y[i] for i in seen)),
        **asked,
    )

    assert held.intervals == alone.intervals


def test_nothing_is_computed_unless_it_is_requested() -> None:
    result = fit(synthetic=Synthetic(), at=(3.0,))

    assert (result.intervals, result.degrees, result.analysis.filter) == (None, None, None)


def test_a_network_has_none() -> None:
    asked = made(synthetic=Synthetic(), model=Mlp(), scale="none", solver="loop", at=(3.0,))

    assert (asked.intervals, asked.degrees) == (None, None)
