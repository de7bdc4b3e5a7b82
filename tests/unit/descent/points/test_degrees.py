import json
from math import atan, cos, log, pi, prod, sin, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import fdtrc

from service.descent.answers.results import DegreeFit
from service.descent.methods.models.polynomial import Polynomial
from service.descent.questions.points import Points
from tests.support import oracle
from tests.support.paths import DATA
from tests.support.specs import fit, lecture_as_printed
from tests.support.tolerances import EPS, PROMISED

R: dict[str, Any] = json.loads((DATA / "r.json").read_text())


def degrees(t: list[float], y: list[float], degree: int) -> list[DegreeFit]:
    found = fit(
        data=Points.of(t, y),
        model=Polynomial(degree=degree),
        scale="standardize",
        init="zeros",
        steps=1,
        include=("degrees",),
    ).degrees
    assert found
    assert [each.degree for each in found] == [*range(degree + 1)]
    return found


def outside(t: float, freedom: int) -> float:
    """The probability that Student's t is further from 0 (Abramowitz and Stegun, 26.7.3 and 4)."""
    angle = atan(t / sqrt(freedom))
    first = freedom % 2
    terms = [
        prod((k - 1) / k for k in range(2 + first, power + 1, 2)) * cos(angle) ** power
        for power in range(first, freedom - 1, 2)
    ]
    inside = sin(angle) * sum(terms)
    return 1 - (2 / pi * (angle + inside) if first else inside)


@st.composite
def random_points(draw: st.DrawFn) -> tuple[list[float], list[float], int]:
    degree = draw(st.integers(1, 6))
    center, spread = draw(st.sampled_from([(0, 1), (0, 1000), (1e6, 1e3), (1.7e9, 600)]))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = degree + draw(st.integers(2, 20))
    x = 2 * (np.arange(n) + generator.uniform(0, 0.9, n)) / n - 1
    y = 5 * x + x**2 + generator.normal(size=n)
    return (center + spread * x).tolist(), y.tolist(), degree


@given(random_points())
def test_each_degree_leaves_what_its_own_fit_leaves(
    points: tuple[list[float], list[float], int],
) -> None:
    t, y, degree = points
    n = len(t)
    exact = [
        n * oracle.loss(t, y, oracle.least_squares(t, y, lower)) for lower in range(degree + 1)
    ]

    found = degrees(t, y, degree)

    assert [each.rss for each in found] == pytest.approx([*map(float, exact)], rel=PROMISED)
    for lower, (each, rss) in enumerate(zip(found, exact, strict=True)):
        p, total = lower + 1, exact[0]
        assert each.r2 == pytest.approx(float(1 - rss / total), rel=0, abs=PROMISED)
        adjusted = 1 - rss / (n - p) / (total / (n - 1))
        assert each.adjusted_r2 == pytest.approx(float(adjusted), rel=0, abs=PROMISED)
        deviance = n * log(rss / n)
        assert each.bic == pytest.approx(deviance + (p + 1) * log(n), rel=PROMISED, abs=PROMISED)
        if n > p + 2:
            aic, correction = deviance + 2 * (p + 1), 2 * (p + 1) * (p + 2) / (n - p - 2)
            assert each.aicc == pytest.approx(aic + correction, rel=PROMISED, abs=PROMISED)
        else:
            assert each.aicc is None
        if lower:
            statistic = float((exact[lower - 1] - rss) / (rss / (n - p)))
            error = 10 * PROMISED * (1 + n * float(exact[lower - 1] / rss))
            assert each.f_statistic == pytest.approx(statistic, rel=0, abs=error)
            assert each.p_value == pytest.approx(outside(sqrt(statistic), n - p), rel=0, abs=1e-6)
            tail = fdtrc(1, n - p, each.f_statistic or 0.0).item()
            assert each.p_value == pytest.approx(tail, rel=PROMISED)


def test_they_are_those_that_r_prints() -> None:
    cars, faithful = (degrees(R[name]["t"], R[name]["y"], 1)[1] for name in ("cars", "faithful"))

    printed = R["cars"]
    assert (round(cars.r2 or 0, 4), round(cars.adjusted_r2 or 0, 4)) == (
        printed["r2"],
        printed["adjusted_r2"],
    )
    assert round(cars.f_statistic or 0, 2) == printed["f_statistic"]
    assert float(f"{cars.p_value:.3g}") == printed["p_value"]
    constant = 50 * (1 + log(2 * pi))
    assert round((cars.bic or 0) + constant, 4) == printed["bic"]
    assert round((cars.aicc or 0) + constant - 24 / 46, 4) == printed["aic"]
    printed = R["faithful"]
    assert (round(faithful.r2 or 0, 4), round(faithful.adjusted_r2 or 0, 4)) == (
        printed["r2"],
        printed["adjusted_r2"],
    )
    assert round(faithful.f_statistic or 0) == printed["f_statistic"]


def test_the_highest_degree_is_the_optimum() -> None:
    result = fit(**lecture_as_printed(), include=("degrees",))

    assert result.degrees
    highest, optimum = result.degrees[-1], result.optimum
    assert highest.rss == pytest.approx(20 * optimum.loss, rel=10 * EPS)
    assert highest.r2 == optimum.r2
    assert optimum.standard_errors
    t = optimum.params["a"] / optimum.standard_errors["a"]
    assert highest.f_statistic == pytest.approx(t * t, rel=PROMISED)


def test_the_mean_has_no_test_and_explains_nothing() -> None:
    mean = degrees([0, 1, 2, 3, 4], [1, 2, 0, 4, 3], 1)[0]

    assert mean.rss == pytest.approx(10, rel=10 * EPS)
    assert (mean.r2, mean.adjusted_r2) == (0, 0)
    assert (mean.f_statistic, mean.p_value) == (None, None)


def test_a_perfect_fit_leaves_nothing_to_compare() -> None:
    mean, *perfect = degrees([*range(10)], [2 * t + 1 for t in range(10)], 3)

    assert mean.rss == pytest.approx(330, rel=PROMISED)
    assert mean.bic is not None
    for each in perfect:
        assert (each.rss, each.r2, each.adjusted_r2) == (0, 1, 1)
        assert (each.aicc, each.bic, each.f_statistic, each.p_value) == (None,) * 4


def test_a_degree_without_freedom_leaves_nothing_to_compare() -> None:
    *lower, highest = degrees([0, 1, 2, 3], [1, 3, 0, 5], 3)

    assert all(each.bic is not None for each in lower)
    assert highest.r2 == pytest.approx(1, rel=PROMISED)
    assert (highest.adjusted_r2, highest.aicc, highest.bic, highest.p_value) == (None,) * 4


def test_degrees_that_the_points_do_not_determine_are_not_compared() -> None:
    found = degrees([0, 1, 0, 1, 0, 1], [1, 3, 2, 5, 1, 4], 3)

    assert found[1].p_value is not None
    for each in found[2:]:
        assert each.rss == pytest.approx(found[1].rss, rel=PROMISED)
        assert (each.adjusted_r2, each.aicc, each.bic, each.p_value) == (None,) * 4


def test_where_y_does_not_vary_there_is_nothing_to_compare() -> None:
    for each in degrees([0, 1, 2, 3, 4], [7.0] * 5, 1):
        assert each.rss == pytest.approx(0, abs=100 * EPS**2 * 49)
        assert (each.r2, each.adjusted_r2, each.aicc, each.bic, each.p_value) == (None,) * 5
