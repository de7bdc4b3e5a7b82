from fractions import Fraction
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.arrays import Array, Times
from service.descent.points.newton import Newton, newton
from service.descent.points.scaling import frame
from tests.support.tolerances import EPS

HOURS_AND_0 = np.array([1767225600.0 + 3600 * hour for hour in range(100)] + [0.0])


@st.composite
def crowded(draw: st.DrawFn) -> Times:
    """Up to three groups, each from a millionth to a thousand wide and anywhere to a billion."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    centers = generator.choice([-1, 1], 3) * 10 ** generator.uniform(-3, 9, 3)
    widths = 10 ** generator.uniform(-6, 3, 3)
    group = generator.integers(0, draw(st.integers(1, 3)), draw(st.sampled_from([3, 8, 20, 200])))
    t: Times = (centers + widths * generator.uniform(-1, 1, (len(group), 3)))[
        np.arange(len(group)), group
    ]
    return t


def newton_of(t: Times, degree: int) -> tuple[Newton, Array, int]:
    """The polynomials of one sample, their values (n, p) and their rank."""
    scaled = frame(t)
    nodes, columns, ranks = newton(t[None], np.array([scaled.scale]), degree)
    return Newton(scaled, nodes[0]), columns[0].T, ranks.item()


def exact_columns(found: Newton, t: Times) -> list[list[Fraction]]:
    scale = Fraction(found.frame.scale)
    nodes = [Fraction(node) for node in np.array(found.nodes).tolist()]
    return [
        [
            prod(((Fraction(each) - node) / scale for node in nodes[:power]), start=Fraction(1))
            for power in range(len(nodes) + 1)
        ]
        for each in t.tolist()
    ]


@given(crowded(), st.integers(1, 10))
def test_the_values_keep_their_digits_on_crowded_points(t: Times, degree: int) -> None:
    """Each factor is rounded twice, and each product once."""
    found = newton_of(t, degree)[0]

    exact = np.array(exact_columns(found, t), dtype=float)

    assert found.columns(t) == pytest.approx(exact, rel=3 * degree * EPS, abs=0)


@given(crowded(), st.integers(1, 10))
def test_at_the_nodes_no_value_is_larger_than_that_of_the_next_node(t: Times, degree: int) -> None:
    found, columns, rank = newton_of(t, degree)

    for power in range(min(rank, degree)):
        there = found.columns(np.array(found.nodes[power : power + 1]))[0, power]
        assert np.abs(columns[:, power]).max() == abs(there)


@given(crowded(), st.integers(1, 8), st.floats(-3, 3))
def test_powers_of_x_become_their_combinations(t: Times, degree: int, x: float) -> None:
    scaled = frame(t)
    found = newton_of(t, degree)[0]
    at = scaled.center + scaled.scale * x
    values = found.columns(np.array([at]))[0]

    powers = found.powers()

    x_there = scaled.x(np.array([at]))
    allowed = 30 * degree * EPS * np.abs(values) @ np.abs(powers)
    assert np.all(np.abs(values @ powers - x_there ** np.arange(degree + 1)) <= allowed + 1e-300)


@pytest.mark.parametrize(
    ("t", "rank"), [([5.0, 5.0], 1), ([5.0, 7.0, 5.0], 2), ([0.0, 0.3, 0.1 + 0.2], 2)]
)
def test_points_that_differ_by_rounding_count_as_one(t: list[float], rank: int) -> None:
    times = np.array(t)

    _, columns, found = newton_of(times, 2)

    assert found == rank
    assert not columns[:, rank:].any()


def test_integers_are_differenced_before_they_are_rounded() -> None:
    t = np.array([1767225600000000000 + 1000 * i for i in range(24)])

    found, columns, _ = newton_of(t, 1)

    assert found.columns(t) == pytest.approx(columns, rel=0, abs=0)
    assert np.diff(columns[:, 1]) == pytest.approx([1000 / frame(t).scale] * 23, rel=24 * EPS)
