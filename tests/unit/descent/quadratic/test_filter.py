from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.arrays import Array
from service.descent.methods.models.polynomial import Polynomial
from service.descent.points.scaling import frame
from service.descent.quadratic.filter import filter_factor
from service.descent.questions.options import Scale, Stop, Synthetic
from service.descent.questions.points import Points
from tests.support.specs import PolynomialFit, fit, largest_eigenvalue, lecture_as_printed
from tests.support.tolerances import EPS, PROMISED


def filtered(**given: Any) -> PolynomialFit:
    return fit(**{"include": ("filter",)} | given)


def response(x: Array, lr: float, steps: int) -> Array:
    """Return the matrix (p, n) from y to the parameters, after these steps from zeros."""
    n, p = x.shape
    made = np.zeros((p, n))
    for _ in range(steps):
        made = made - lr * 2 / n * x.T @ (x @ made - np.eye(n))
    return made


@given(
    st.integers(1, 3),
    st.sampled_from(["none", "standardize"]),
    st.integers(1, 60),
    st.floats(0.05, 1.9),
    st.integers(0, 2**32),
)
def test_it_is_the_matrix_from_y_to_the_fit(
    degree: int, scale: Scale, steps: int, pace: float, seed: int
) -> None:
    """Its eigenvalues are the factors, its trace counts the coefficients, and y of variance s^2
    scatters the parameters by the roots of the sums of squares of its rows.
    """
    generator = np.random.default_rng(seed)
    n, names = 12, Polynomial(degree=degree).names
    t = np.arange(n) / n + generator.uniform(0, 0.05, n)
    y = 3 * t + generator.normal(size=n)
    inputs = frame(t).x(t) if scale == "standardize" else t
    x = np.vander(inputs, degree + 1)
    lr = pace / largest_eigenvalue(t, degree, scale)
    matrix = response(x, lr, steps)
    caller = np.linalg.lstsq(np.vander(t, degree + 1), x @ matrix, rcond=None)[0]
    freedom = n - degree - 1
    variance = np.linalg.lstsq(x, y, rcond=None)[1].item() / freedom

    result = filtered(
        data=Points.of(t.tolist(), y.tolist()),
        model=Polynomial(degree=degree),
        scale=scale,
        lr=lr,
        steps=steps,
    )

    found = result.analysis.filter
    assert found
    eigenvalues = sorted(np.linalg.eigvals(matrix @ x).real)
    assert sorted(found.factors) == pytest.approx(eigenvalues, abs=1e-10)
    trace = np.trace(x @ matrix)
    assert found.degrees_of_freedom == pytest.approx(trace, abs=1e-10)
    assert found.mallows == pytest.approx(result.loss + 2 * variance * trace / n, rel=PROMISED)
    errors = np.sqrt(variance * np.square(caller).sum(axis=1))
    assert found.standard_errors == pytest.approx(
        dict(zip(names, errors.tolist(), strict=True)), rel=1e-7
    )


def test_a_finished_fit_has_the_errors_of_the_optimum() -> None:
    result = filtered(**lecture_as_printed(), scale="standardize", lr="best", steps=2000)

    found, optimum = result.analysis.filter, result.optimum
    assert found
    assert found.factors == pytest.approx([1, 1, 1], rel=PROMISED)
    assert found.degrees_of_freedom == pytest.approx(3, rel=PROMISED)
    assert optimum.standard_errors
    assert found.standard_errors == pytest.approx(optimum.standard_errors, rel=PROMISED)
    variance = 20 * optimum.loss / 17
    assert found.mallows == pytest.approx(optimum.loss + 6 * variance / 20, rel=PROMISED)


def test_a_flat_direction_keeps_its_digits() -> None:
    """After a few steps at a tiny rate, a factor is the number of steps times the pace."""
    result = filtered(**lecture_as_printed(), scale="none", lr=1e-20, steps=7)

    found = result.analysis.filter
    assert found
    paces = [1e-20 * mode.eigenvalue for mode in result.analysis.modes]
    assert found.factors == pytest.approx([7 * pace for pace in paces], rel=PROMISED)


@pytest.mark.parametrize(("lr", "steps", "factor"), [(0.75, 1, 1.5), (0.75, 2, 0.75), (0.5, 9, 1)])
def test_a_step_across_the_valley_passes_the_optimum(lr: float, steps: int, factor: float) -> None:
    result = filtered(**lecture_as_printed(), scale="orthonormal", lr=lr, steps=steps)

    assert result.analysis.filter
    assert result.analysis.filter.factors == pytest.approx([factor] * 3, rel=100 * EPS)


def test_it_counts_the_steps_that_were_made() -> None:
    stopped = filtered(**lecture_as_printed(), lr=1e-5, steps=1000, stop=Stop(gap=669.695))
    assert stopped.outcome == "stopped_early"

    alone = filtered(**lecture_as_printed(), lr=1e-5, steps=stopped.steps)

    assert stopped.analysis.filter == alone.analysis.filter


def test_it_does_not_depend_on_the_solver() -> None:
    exact, loop = (
        filtered(**lecture_as_printed(), solver=solver).analysis.filter
        for solver in ("exact", "loop")
    )

    assert exact
    assert loop
    assert loop.factors == exact.factors
    assert loop.mallows == pytest.approx(exact.mallows, rel=PROMISED)


def test_without_degrees_of_freedom_nothing_is_known_of_the_scatter() -> None:
    result = filtered(data=Points.of([0, 1, 2], [1, 5, 2]), scale="orthonormal", lr=0.25, steps=1)

    found = result.analysis.filter
    assert found
    assert found.factors == pytest.approx([0.5] * 3, rel=100 * EPS)
    assert (found.mallows, found.standard_errors) == (None, None)


def test_a_mode_that_the_points_do_not_determine_rests() -> None:
    result = filtered(data=Points.of([0, 1, 0, 1], [1, 5, 2, 4]), scale="none", lr=0.1, steps=5)

    found = result.analysis.filter
    assert found
    assert found.factors[-1] == 0
    assert found.factors[0] > 0


def test_a_factor_beyond_all_doubles_has_no_filter() -> None:
    """Nothing moves, so the loss does not overflow."""
    result = filtered(
        data=Points.of([0, 1, 2, 3], [0, 0, 0, 0]), init="zeros", scale="none", lr=10, steps=1000
    )

    assert result.outcome == "completed"
    assert result.analysis.filter is None
    assert filter_factor(3.0, 10**6) == -np.inf


def test_it_is_absent_unless_it_is_requested() -> None:
    assert fit(synthetic=Synthetic()).analysis.filter is None
