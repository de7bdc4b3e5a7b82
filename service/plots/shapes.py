"""The curves of a fit, ready to be drawn.

They are found from the predictions at the points, which descent evaluates in x. The coefficients of
`history` belong to powers of t: for Unix seconds their terms cancel down to nothing, and no exact
arithmetic brings back what was lost when they were rounded.
"""

import numpy as np
from numpy.polynomial.chebyshev import chebvander
from numpy.typing import NDArray

from service.descent.answers.results import DataPoints, Fit
from service.descent.frozen import frozen
from service.descent.questions.options import Mlp

Array = NDArray[np.float64]

GRID = 240
"""Points of a drawn curve."""
ENOUGH = 400
"""Points through which a curve is found; more do not change it."""
MOST = 9
"""Curves of one picture."""


@frozen
class Shapes:
    """Curves (k, m) of the `steps`, and the optimum's (m,) where there is one, at t (m,),
    ascending.

    `smooth` where a line through them is a curve of the model; else t are those of the points, and
    only there it is known.
    """

    steps: list[int]
    t: Array
    curves: Array
    optimum: Array | None
    smooth: bool


def shapes(fit: Fit) -> Shapes:
    """A few of the recorded curves, the first and the last among them.

    Raises AssertionError where the fit has no predictions or no data.
    """
    assert fit.history is not None
    assert fit.history.predictions is not None
    assert fit.data is not None
    model, chosen = fit.resolved.model, few(len(fit.history.step))
    steps = [fit.history.step[i] for i in chosen]
    curves = np.array([fit.history.predictions[i] for i in chosen])
    t, places = np.unique(np.array(fit.data.t), return_index=True)
    if isinstance(model, Mlp):
        return Shapes(steps, t, curves[:, places], None, smooth=True)
    degree = model.degree
    if len(t) <= degree:
        return Shapes(steps, t, curves[:, places], optimum(fit.data, degree, t), smooth=False)
    grid = np.linspace(t[0], t[-1], GRID)
    some = np.linspace(0, len(t) - 1, min(len(t), ENOUGH)).astype(int)
    return Shapes(
        steps,
        grid,
        through(t[some], curves[:, places[some]], degree, grid),
        optimum(fit.data, degree, grid),
        smooth=True,
    )


def few(count: int) -> list[int]:
    """Places of at most MOST records: the first four, the last, and some between that lie ever
    further apart.
    """
    if count <= MOST:
        return list(range(count))
    return sorted(
        {0, 1, 2, 3} | {int(place) for place in np.geomspace(5, count - 1, MOST - 4).round()}
    )


def optimum(data: DataPoints, degree: int, at: Array) -> Array:
    """The best curve through the points that the descent saw; of the lowest degree where there are
    several.
    """
    seen = np.ones(len(data.t), dtype=bool)
    seen[data.held_out or []] = False
    t, y = np.array(data.t)[seen], np.array(data.y)[seen]
    best: Array = through(t, y[None], min(degree, len(np.unique(t)) - 1), at)[0]
    return best


def through(t: Array, values: Array, degree: int, at: Array) -> Array:
    """At `at` (m,), the polynomials (k, m) nearest to values (k, n) at t (n,); inf where one leaves
    the doubles.

    Each is found in its own unit and in Chebyshev polynomials on the range of t, whose sizes and
    distance from 0 so do not matter.
    """
    middle, half = (t.min() + t.max()) / 2, (t.max() - t.min()) / 2 or 1.0
    unit = np.abs(values).max(axis=1, keepdims=True)
    unit[unit == 0] = 1
    found = np.linalg.lstsq(chebvander((t - middle) / half, degree), (values / unit).T)[0]
    with np.errstate(over="ignore"):
        curves: Array = (chebvander((at - middle) / half, degree) @ found).T * unit
    return curves
