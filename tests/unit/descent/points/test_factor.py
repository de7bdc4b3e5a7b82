from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.points.factor import factorize
from service.descent.points.scaling import Frame, frame
from tests.support.tolerances import EPS

NUMBERS = st.floats(-10, 10)


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30),
    st.integers(1, 4),
    st.lists(NUMBERS, min_size=5, max_size=5),
)
def test_the_triangle_gives_the_loss_of_any_coefficients(
    pairs: list[tuple[float, float]], degree: int, coefficients: list[float]
) -> None:
    x, y = np.array(pairs).T
    q = np.array(coefficients[: degree + 1])

    factor = factorize(x, y, degree, Frame(0.0, 1.0))

    columns = np.vander(x, degree + 1, increasing=True)
    direct = np.linalg.norm(columns @ q - y)
    # QR is backward stable: it moves each column by some n p eps of its length.
    moved = np.linalg.norm(columns, axis=0) @ np.abs(q) + np.linalg.norm(y)
    residual = sqrt(np.square(factor.r @ q - factor.d).sum() + factor.rss)
    assert residual == pytest.approx(direct, rel=0, abs=10 * columns.size * EPS * moved)


@pytest.mark.parametrize(
    ("x", "rank"),
    [([0.0] * 5, 1), ([-1.0, 1.0] * 3, 2), ([-1.0, 0.0, 1.0], 3), ([0.5], 1), (range(20), 3)],
)
def test_the_rank_counts_what_the_points_determine(x: list[float], rank: int) -> None:
    array = np.array(x, dtype=float)

    assert factorize(array, array**2, 2, frame(array)).rank == rank


def test_the_points_are_left_as_they_are() -> None:
    x, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 0.0, 1.0])

    factorize(x, y, 2, frame(x))

    assert (x.tolist(), y.tolist()) == ([1, 2, 4], [1, 0, 1])


@given(st.integers(1, 60), st.integers(1, 4), st.integers(0, 2**32))
def test_blocks_of_rows_give_the_loss_of_all_rows(n: int, degree: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    t, y = generator.normal(size=n), generator.normal(size=n)
    params = generator.normal(size=degree + 1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.descent.points.factor.BLOCK_ROWS", 7)
        factor = factorize(t, y, degree, Frame(0.0, 1.0))

    left = factor.r @ params - factor.d
    of_points = float(np.square(np.polyval(params[::-1], t) - y).sum())
    assert float(left @ left) + factor.rss == pytest.approx(of_points, rel=1e-9, abs=1e-12)
