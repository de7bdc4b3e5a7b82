"""Factors that are merged and taken away again, against the factors of all points."""

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from orjson import dumps

from service.descent.errors import NotComputableError
from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.merging import merged
from service.descent.questions.factors import PortableFactor
from service.descent.questions.options import AnyScale
from tests.support import oracle
from tests.support.specs import fit, points_of
from tests.support.tolerances import PROMISED

DAYS = 100
GENERATOR = np.random.default_rng(5)
T = np.arange(DAYS * 100) * 0.25
Y = 3 + 0.1 * T - 1e-5 * T**2 + GENERATOR.normal(size=len(T))


def factor_of(degree: int = 2, **columns: Any) -> PortableFactor:
    found = fit(
        data=points_of(**columns),
        model=Polynomial(degree=degree),
        include=("factor",),
        scale="standardize",
        init="zeros",
        steps=1,
    ).factor
    assert found is not None
    return found


def days(count: int = DAYS, **more: Any) -> list[PortableFactor]:
    columns: dict[str, Any] = {"t": T, "y": Y} | more
    return [
        factor_of(**{name: each[100 * day : 100 * (day + 1)] for name, each in columns.items()})
        for day in range(count)
    ]


def result(points: Any, degree: int = 2, at: tuple[float, ...] = (0.0, 1000.0, 3000.0)) -> Any:
    return fit(
        data=points,
        model=Polynomial(degree=degree),
        scale="standardize",
        init="zeros",
        steps=20,
        at=at,
    )


def of_factors(*factors: PortableFactor, **more: Any) -> Any:
    return points_of(factors=[json.loads(dumps(factor)) for factor in factors], **more)


def assert_same(found: Any, expected: Any) -> None:
    assert found.losses == pytest.approx(expected.losses, rel=1e-12)
    assert found.params == pytest.approx(expected.params, rel=1e-12)
    assert found.optimum.params == pytest.approx(expected.optimum.params, rel=1e-12)
    assert found.optimum.loss == pytest.approx(expected.optimum.loss, rel=1e-12)
    assert found.optimum.r2 == pytest.approx(expected.optimum.r2, rel=1e-12)
    assert found.optimum.standard_errors == pytest.approx(
        expected.optimum.standard_errors, rel=1e-12
    )
    assert found.predictions_at == pytest.approx(expected.predictions_at, rel=1e-12)


def test_100_days_appended_one_by_one_are_one_fit() -> None:
    first, *others = days()

    whole = first
    for day in others:
        whole = merged([whole, day], [], 2)

    assert_same(result(of_factors(whole)), result(points_of(t=T, y=Y)))


def test_100_days_merged_at_once_are_one_fit() -> None:
    assert_same(result(of_factors(*days())), result(points_of(t=T, y=Y)))


def test_the_order_of_factors_does_not_matter() -> None:
    factors = days(20)
    order = np.random.default_rng(1).permutation(20).tolist()

    assert_same(result(of_factors(*[factors[i] for i in order])), result(of_factors(*factors)))


def test_points_next_to_factors_are_appended() -> None:
    sent = of_factors(*days(2), t=T[200:300], y=Y[200:300])

    assert_same(result(sent), result(points_of(t=T[:300], y=Y[:300])))


def test_points_of_another_level_far_from_0_keep_their_digits() -> None:
    y = Y + 1e9

    assert result(of_factors(*days(y=y))).optimum.loss == pytest.approx(
        result(points_of(t=T, y=y)).optimum.loss, rel=1e-12
    )


@pytest.mark.parametrize("name", ["weights", "sigma"])
def test_weights_are_merged_in_their_own_unit(name: str) -> None:
    column: dict[str, Any] = {name: np.random.default_rng(2).uniform(0.1, 10, len(T))}

    found = result(of_factors(*days(**column)))

    assert_same(found, result(points_of(t=T, y=Y, **column)))


def test_known_uncertainties_stay_known() -> None:
    columns: dict[str, Any] = {"t": T[:200], "y": Y[:200], "sigma": np.linspace(1, 2, 200)}
    halves = [
        factor_of(**{name: each[part] for name, each in columns.items()}, sigma_is="absolute")
        for part in (slice(100), slice(100, 200))
    ]

    assert_same(result(of_factors(*halves)), result(points_of(**columns, sigma_is="absolute")))


@given(st.integers(1, 10), st.integers(1, 6), st.integers(0, 2**32))
def test_merged_curves_are_the_exact_rational_ones(degree: int, parts: int, seed: int) -> None:
    generator, count = np.random.default_rng(seed), degree + 2 + seed % 20
    t = np.arange(count) + generator.uniform(0, 0.5, count)
    y = generator.normal(size=count)
    if seed % 2:
        order = generator.permutation(count)
        t, y = t[order], y[order]
    factors = [
        factor_of(degree, t=own, y=values)
        for own, values in zip(np.array_split(t, parts), np.array_split(y, parts), strict=True)
        if len(own)
    ]

    at = (*t.tolist(),)
    found = fit(
        data=of_factors(*factors),
        model=Polynomial(degree=degree),
        scale="orthonormal",
        lr=0.5,
        init="zeros",
        steps=1,
        at=at,
    )

    exact = oracle.least_squares(t.tolist(), y.tolist(), degree)
    curve = [float(oracle.predict(Fraction(each), exact)) for each in at]
    # twelve digits of the largest value, less those that the crowded ends of degree 10 take
    largest = max(map(abs, (*curve, *y.tolist())))
    assert found.predictions_at == pytest.approx(curve, rel=0, abs=1e-11 * largest)


def test_a_factor_of_a_factor_is_the_same_factor() -> None:
    factor = factor_of(t=T[:100], y=Y[:100])

    found = fit(
        data=of_factors(factor), include=("factor",), scale="standardize", init="zeros", steps=1
    )

    assert found.factor == factor


def test_a_factor_serves_lower_degrees() -> None:
    halves = [factor_of(5, t=T[part], y=Y[part]) for part in (slice(5000), slice(5000, None))]

    assert_same(result(of_factors(*halves)), result(points_of(t=T, y=Y)))


def test_points_at_few_times_are_determined_together() -> None:
    single = [factor_of(t=[t], y=[y]) for t, y in ((0, 1), (1, 0), (2, 1), (2, 3))]

    found = result(of_factors(*single), at=())

    assert found.optimum.unique
    assert found.optimum.params == pytest.approx({"a": 1.5, "b": -2.5, "c": 1}, rel=1e-12)


def test_a_cluster_and_an_outlier_keep_their_digits() -> None:
    hours = 480_000 + np.arange(100.0)
    y = np.sin(hours / 30) + GENERATOR.normal(size=100) * 0.1
    parts = [
        factor_of(8, t=np.append(hours[:50], 0.0), y=np.append(y[:50], 0.5)),
        factor_of(8, t=hours[50:], y=y[50:]),
    ]

    found = result(of_factors(*parts), 8, at=())

    whole = result(points_of(t=np.append(hours, 0.0), y=np.append(y, 0.5)), 8, at=())
    assert found.optimum.loss == pytest.approx(whole.optimum.loss, rel=PROMISED)


def test_integers_beyond_float64_keep_their_digits() -> None:
    t = [2**60 + 3 * i for i in range(40)]
    y = [2.0 + 3 * i for i in range(40)]
    halves = [factor_of(1, t=t[:20], y=y[:20]), factor_of(1, t=t[20:], y=y[20:])]

    found = result(of_factors(*halves), 1, at=())

    assert found.optimum.params["a"] == pytest.approx(1, rel=1e-15)
    assert found.optimum.loss == 0


@pytest.mark.parametrize("degree", [1, 2, 3, 6, 10])
def test_what_was_appended_can_be_removed(degree: int) -> None:
    parts = [factor_of(degree, t=T[part], y=Y[part]) for part in (slice(9000), slice(9000, None))]

    left = merged([merged(parts, [], degree)], [parts[1]], degree)

    found, expected = result(of_factors(left), degree), result(of_factors(parts[0]), degree)
    assert left.points == 9000
    assert found.optimum.loss == pytest.approx(expected.optimum.loss, rel=PROMISED)
    assert found.losses == pytest.approx(expected.losses, rel=PROMISED)


def test_points_between_others_are_removed_to_12_digits() -> None:
    day, rest = slice(0, None, 10), np.arange(len(T)) % 10 > 0
    whole, removed = factor_of(t=T, y=Y), factor_of(t=T[day], y=Y[day])

    left = merged([whole], [removed], 2)

    assert_same(result(of_factors(left)), result(points_of(t=T[rest], y=Y[rest])))


def test_removing_all_but_few_points_is_refused() -> None:
    whole, removed = factor_of(t=T, y=Y), factor_of(t=T[10:], y=Y[10:])

    with pytest.raises(NotComputableError, match="digits are lost"):
        merged([whole], [removed], 2)


def test_removing_points_that_are_not_there_is_refused() -> None:
    whole, other = factor_of(t=T[:200], y=Y[:200]), factor_of(t=T[500:600], y=Y[500:600])

    with pytest.raises(NotComputableError, match="not among the others"):
        merged([whole], [other], 2)


def test_removing_points_without_which_the_mean_is_impossible_is_refused() -> None:
    whole, other = factor_of(t=T[:200], y=Y[:200]), factor_of(t=T[:100], y=Y[:100])
    light = [tuple(number * 1e-9 for number in row) for row in other.triangle]
    hostile = replace(other, points=199, triangle=tuple(light))

    with pytest.raises(NotComputableError, match="not among the others"):
        merged([whole], [hostile], 2)


def test_removing_other_values_at_the_same_times_is_refused() -> None:
    whole, other = factor_of(t=T[:200], y=Y[:200]), factor_of(t=T[:100], y=Y[:100] + 9)

    with pytest.raises(NotComputableError, match="not among the others"):
        merged([whole], [other], 2)


def test_counts_are_added() -> None:
    first = factor_of(t=[0, 1, 2, None], y=[1, 2, 4, 0])
    second = factor_of(t=[5, 6, 7], y=[1, 2, 4], weights=[1, 1, 0])

    found = merged([first, second], [], 2)

    assert (found.points, found.missing, found.weightless) == (5, 1, 1)


def test_the_triangle_is_the_one_that_numpy_finds() -> None:
    factor = factor_of(t=T[:50], y=Y[:50])
    center, _ = factor.positions.nodes
    x = (T[:50] - center) / factor.scale

    rows = np.column_stack([np.ones(50), x, x**2, Y[:50] - factor.level])
    r = np.linalg.qr(rows, mode="r")

    signed = r * np.sign(np.diag(r))[:, None]
    expected = [signed[i, i:].tolist() for i in range(4)]
    for row, other in zip(factor.triangle, expected, strict=True):
        assert row == pytest.approx(other, abs=1e-12 * np.abs(r).max())


@pytest.mark.parametrize("scale", ["none", "standardize", "orthonormal", "auto"])
@pytest.mark.parametrize(("entry", "reason"), [(0, "too large"), (2, "too small")])
def test_a_triangle_that_cannot_be_inverted_is_refused(
    entry: int, reason: str, scale: AnyScale
) -> None:
    sent = json.loads(dumps(factor_of(t=[0, 1, 2, 3], y=[1, 0, 2, 1])))
    sent["triangle"][entry][0] = 1e-200 if entry == 0 else 5e-324

    with pytest.raises(NotComputableError, match=reason):
        fit(data=points_of(factors=[sent]), scale=scale)
