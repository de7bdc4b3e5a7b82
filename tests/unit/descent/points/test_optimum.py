import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.answers.results import Optimum
from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.factor import interval95
from service.descent.questions.options import Synthetic
from service.descent.questions.points import Points
from tests.support import oracle
from tests.support.paths import DATA
from tests.support.specs import fit, lecture_as_printed
from tests.support.tolerances import EPS, PROMISED, known, rounding_floor

NIST = json.loads((DATA / "nist.json").read_text())


def optimum(t: Sequence[float], y: Sequence[float], degree: int = 2) -> Optimum:
    return fit(
        data=Points.of(t, y),
        model=Polynomial(degree=degree),
        scale="standardize",
        init="zeros",
        steps=1,
    ).optimum


@st.composite
def random_points(draw: st.DrawFn, *, spaced: bool) -> tuple[list[float], list[float], int]:
    """Near 0, in the millions, and in Unix seconds; more points than coefficients. `spaced`: one
    point in each of n intervals.
    """
    degree = draw(st.integers(1, 10))
    center, spread = draw(
        st.sampled_from([(0, 1), (0, 1000), (1e6, 1e3), (1e6, 1e6), (1.7e9, 600), (1.7e9, 1e6)])
    )
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = degree + 2 + draw(st.integers(0, 30))
    x = (
        2 * (np.arange(n) + generator.uniform(0, 0.9, n)) / n - 1
        if spaced
        else generator.uniform(-1, 1, n)
    )
    return (center + spread * x).tolist(), (5 * x + generator.normal(size=n)).tolist(), degree


@given(random_points(spaced=True))
def test_its_coefficients_are_the_exact_rational_ones(
    random: tuple[list[float], list[float], int],
) -> None:
    t, y, degree = random
    exact = oracle.least_squares(t, y, degree)

    found = optimum(t, y, degree)

    coefficients = [float(value) for value in exact]
    assert list(found.params.values()) == pytest.approx(coefficients, rel=PROMISED)
    assert found.loss == pytest.approx(float(oracle.loss(t, y, exact)), rel=PROMISED)


@given(random_points(spaced=False))
def test_its_loss_is_exact_even_where_crowded_points_make_coefficients_uncertain(
    random: tuple[list[float], list[float], int],
) -> None:
    t, y, degree = random

    found = optimum(t, y, degree)

    assert found.loss == pytest.approx(
        float(oracle.loss(t, y, oracle.least_squares(t, y, degree))), rel=PROMISED
    )


@pytest.mark.parametrize("name", [name for name in NIST if name != "source"])
def test_it_has_the_certified_digits_of_nist(name: str) -> None:
    """NIST certifies eleven digits or more; nine are promised. Rounding moves the residuals by some
    eps of themselves, and a coefficient by as much of its standard error.
    """
    certified: dict[str, Any] = NIST[name]
    params = certified["params"]
    errors = certified["standard_errors"] or [0.0] * len(params)

    found = optimum(certified["t"], certified["y"], len(params) - 1)

    assert found.r2 == pytest.approx(certified["r2"], rel=PROMISED)
    assert found.standard_errors
    assert list(found.standard_errors.values()) == pytest.approx(errors, rel=PROMISED, abs=0)
    for value, expected, error in zip(found.params.values(), params, errors, strict=True):
        assert value == pytest.approx(expected, rel=PROMISED, abs=100 * EPS * error)


@pytest.mark.parametrize("degree", range(1, 9))
@pytest.mark.parametrize("n", [2, 3, 5, 10, 30, 200])
def test_its_loss_is_exact_of_points_in_groups_far_apart(n: int, degree: int) -> None:
    """In up to three groups, from a millionth to a thousand wide, and anywhere up to a billion."""
    generator = np.random.default_rng(100 * n + degree)
    group = generator.integers(0, 3, n)
    centers = generator.choice([-1, 1], 3) * 10 ** generator.uniform(-3, 9, 3)
    widths = 10 ** generator.uniform(-6, 3, 3)
    t = (centers[group] + widths[group] * generator.uniform(-1, 1, n)).tolist()
    y = generator.normal(size=n).tolist()

    found = optimum(t, y, degree)

    assert found.unique is (n > degree)
    if n > degree + 1:
        exact = oracle.loss(t, y, oracle.least_squares(t, y, degree))
        assert found.loss == pytest.approx(float(exact), rel=PROMISED)
    else:
        assert found.loss <= rounding_floor(0.0, y) ** 2


@pytest.mark.parametrize("degree", range(1, 9))
@pytest.mark.parametrize("n", [12, 100, 5000])
def test_residuals_that_are_only_rounding_count_as_0(n: int, degree: int) -> None:
    """Integers up to 2^53, so that the polynomial is exact."""
    t = [i % 41 - 20 for i in range(n)]
    y = [sum((-1) ** k * value**k for k in range(degree + 1)) for value in t]

    found = optimum(t, y, degree)

    assert (found.loss, found.r2, found.interval95) == (0.0, 1.0, None)
    assert set((found.standard_errors or {}).values()) == {0.0}


def test_residuals_above_rounding_count() -> None:
    """A billionth of y is ten million times the rounding of y."""
    t, y = [*range(50)], [2.0 * i + 1e-9 * (-1) ** i for i in range(50)]

    found = optimum(t, y, 1)

    exact = oracle.loss(t, y, oracle.least_squares(t, y, 1))
    assert found.loss == pytest.approx(float(exact), rel=1e-6)
    assert found.interval95


def test_the_lectures_optimum_has_the_known_digits() -> None:
    found = fit(**lecture_as_printed()).optimum

    assert known(list(found.params.values()), 8) == [0.76814257, -14.742102, 71.770334]
    assert known([found.loss], 9) == [7.30497013]
    assert found.standard_errors
    assert known(list(found.standard_errors.values()), 7) == [0.02212519, 0.4354786, 1.785079]
    assert found.interval95
    assert [known(found.interval95[name], 5) for name in "abc"] == [
        [0.72146, 0.81482],
        [-15.661, -13.823],
        [68.004, 75.537],
    ]


def test_it_does_not_depend_on_the_coordinates_stepped_in() -> None:
    found = [
        fit(synthetic=Synthetic(), scale=scale).optimum
        for scale in ("none", "standardize", "orthonormal")
    ]

    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("t", [[5.0], [5.0, 5.0, 5.0], [5.0, 7.0], [5.0, 7.0, 7.0, 5.0]])
def test_too_few_distinct_t_do_not_determine_it(t: list[float]) -> None:
    found = optimum(t, [1.0 + value for value in range(len(t))])

    assert found.unique is False
    assert (found.standard_errors, found.interval95) == (None, None)


def test_constant_t_is_fitted_by_the_mean() -> None:
    assert optimum([5, 5, 5], [1, 2, 6]).params == {
        "a": 0,
        "b": 0,
        "c": pytest.approx(3, rel=10 * EPS),
    }


def test_two_points_are_joined_by_the_line_through_them() -> None:
    assert optimum([0, 2], [1, 5]).params == {
        "a": 0,
        "b": pytest.approx(2, rel=10 * EPS),
        "c": pytest.approx(1, rel=10 * EPS),
    }


def test_as_many_points_as_coefficients_leave_no_error_to_tell() -> None:
    found = optimum([0, 1, 2], [1, 2, 5])

    assert (found.unique, found.standard_errors, found.interval95) == (True, None, None)
    assert found.loss <= rounding_floor(0.0, [1, 2, 5]) ** 2


def test_r2_does_not_exist_where_y_does_not_vary() -> None:
    """Rounding makes it vary a little."""
    assert {optimum([*range(n)], [y] * n).r2 for n in range(4, 40) for y in (0.1, 1e9 + 0.1)} == {
        None
    }


def test_r2_exists_where_y_varies_by_a_billionth() -> None:
    assert optimum([0, 1, 2, 3], [1, 1 + 1e-9, 1 - 1e-9, 1]).r2 is not None


def test_an_interval_is_that_of_students_distribution() -> None:
    """Its 97.5 % quantiles in printed tables: 12.706 for one degree of freedom, 2.228 for ten."""
    wide, narrow = interval95(1, [0.0], [1.0]), interval95(10, [1.0], [2.0])

    assert wide
    assert narrow
    assert wide[0] == pytest.approx((-12.706, 12.706), abs=5e-4)
    assert narrow[0] == pytest.approx((1 - 2 * 2.228, 1 + 2 * 2.228), abs=2 * 5e-4)


def test_intervals_that_do_not_fit_a_double_do_not_exist() -> None:
    assert interval95(5, [0.0], [1e308]) is None


def test_nanosecond_stamps_that_collapse_do_not_determine_it() -> None:
    assert optimum([1.7e18, 1.7e18 + 1, 1.7e18 + 2, 1.7e18 + 3], [1, 2, 3, 4]).unique is False
