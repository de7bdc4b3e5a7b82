"""The curves of a fit, ready to be drawn.

They are found from the predictions at the points, which descent evaluates in x. The coefficients in
`history` belong to powers of t. For Unix seconds their terms cancel almost completely, and exact
arithmetic cannot restore the digits that were lost when they were rounded.
"""

import numpy as np
from numpy.polynomial.chebyshev import chebvander

from service.descent.answers.results import Fit
from service.descent.arrays import Array
from service.descent.points.robust import lowest
from service.descent.readonly import readonly
from service.plots.times import positions

CURVE_POINTS = 240
"""The number of points of a drawn curve."""
ENOUGH = 400
"""The number of points from which a curve is found; more points do not change it."""
MAX_CURVES = 9
"""The maximum number of curves in one picture."""


@readonly
class Shapes:
    """The curves (k, m) of the recorded `steps`, and the optimum (m,) if there is one, at t (m,) in
    ascending order.

    `smooth` is True if a line through them is a curve of the model. Otherwise t are the t of the
    points, and the curves are known only there.
    """

    steps: list[int]
    t: Array
    curves: Array
    optimum: Array | None
    smooth: bool


def shapes(fit: Fit) -> Shapes:
    """Return a few of the recorded curves, including the first and the last.

    Raises AssertionError if the fit has no predictions or no data.
    """
    assert fit.history is not None
    assert fit.history.predictions is not None
    assert fit.data is not None
    polynomial, chosen = fit.resolved.polynomial, few(len(fit.history.step))
    steps = [fit.history.step[i] for i in chosen]
    curves = np.array([fit.history.predictions[i] for i in chosen])
    t, first = np.unique(positions(fit.data).t, return_index=True)
    if polynomial is None:
        return Shapes(steps, t, curves[:, first], None, smooth=True)
    degree = polynomial.degree
    if len(t) <= degree:
        return Shapes(steps, t, curves[:, first], optimal_curve(fit, degree, t), smooth=False)
    grid = np.linspace(t[0], t[-1], CURVE_POINTS)
    some = np.linspace(0, len(t) - 1, min(len(t), ENOUGH)).astype(int)
    curves = through(t[some], curves[:, first[some]], degree, grid)
    return Shapes(steps, grid, curves, optimal_curve(fit, degree, grid), smooth=True)


def few(count: int) -> list[int]:
    """Return the indices of at most MAX_CURVES records: the first four, the last, some between."""
    if count <= MAX_CURVES:
        return list(range(count))
    later = np.geomspace(5, count - 1, MAX_CURVES - 4).round()
    return sorted({0, 1, 2, 3} | {int(index) for index in later})


def optimum_name(fit: Fit) -> str:
    """Name the optimum, to which weight decay does not lead."""
    if fit.ridge:
        return "optimum without decay"
    return "optimum"


def optimal_curve(fit: Fit, degree: int, at: Array) -> Array:
    """Return at `at` (m,) the best curve of the training points; of several, the lowest degree."""
    assert fit.data is not None
    held, loss = fit.data.held_out or [], fit.resolved.loss
    t, heights = np.delete(positions(fit.data).t, held), np.delete(fit.data.y, held)
    weights = np.ones(len(t))
    if fit.data.weights is not None:
        weights = np.delete(fit.data.weights, held)
    degree = min(degree, len(np.unique(t)) - 1)
    if not loss.in_closed_form:
        columns = np.linalg.qr(chebvander(centered(t, t), degree))[0]
        heights = columns @ lowest(columns, heights, weights / weights.mean(), loss.delta)
    best: Array = through(t, heights[None], degree, at, np.sqrt(weights))[0]
    return best


def centered(t: Array, at: Array) -> Array:
    """Return `at` (m,) in the coordinate in which t (n,) ranges from -1 to 1."""
    middle, half = (t.min() + t.max()) / 2, (t.max() - t.min()) / 2 or 1.0
    inside: Array = (at - middle) / half
    return inside


def through(t: Array, values: Array, degree: int, at: Array, roots: Array | None = None) -> Array:
    """Return, at `at` (m,), the polynomials (k, m) that are nearest to values (k, n) at t (n,). A
    value that does not fit in a double is infinite. If the points have weights, their roots (n,)
    are given.

    Each polynomial is found in its own unit and in Chebyshev polynomials on the range of t, so that
    its size and the distance of t from 0 do not matter.
    """
    unit = np.abs(values).max(axis=1, keepdims=True)
    unit[unit == 0] = 1
    columns, targets = chebvander(centered(t, t), degree), (values / unit).T
    if roots is not None:
        columns, targets = roots[:, None] * columns, roots[:, None] * targets
    found = np.linalg.lstsq(columns, targets)[0]
    with np.errstate(over="ignore"):
        curves: Array = (chebvander(centered(t, at), degree) @ found).T * unit
    return curves
