"""The lowest robust loss of a polynomial, by solvers that are not the service's."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy.optimize import minimize

Json = dict[str, Any]
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Lowest:
    """The lowest loss of any coefficients, and the excess up to which a descent has arrived: one
    percent of the median loss of a point, or the loss of a ten thousandth of the deviation of y.
    """

    loss: float
    target: float


def lowest_loss(
    resolved: Json, optimum: list[float], t: list[float], y: list[float]
) -> Lowest | None:
    """Return the lowest loss of a polynomial, or None for networks. Several curves may have it: the
    median is that of the answered optimum, highest power first.
    """
    if resolved["model"]["kind"] != "polynomial":
        return None
    x = np.array(t) - np.mean(t)
    x /= np.abs(x).max() or 1.0
    design, heights = np.polynomial.legendre.legvander(x, resolved["model"]["degree"]), np.array(y)
    delta = resolved["loss"].get("delta", 0.0)
    params = least_huber(design, heights, delta) if delta else least_absolute(design, heights)
    losses = each(heights - np.polyval(optimum, np.array(t)), delta)
    lowest = each(heights - design @ params, delta)
    away = np.abs(heights - np.median(heights))
    deviation = np.median(away) or away.mean() or abs(np.median(heights)) / 1000
    negligible = each(np.array([1e-4 * deviation]), delta)[0]
    return Lowest(float(lowest.mean()), max(0.01 * float(np.median(losses)), float(negligible)))


def each(residuals: Array, delta: float) -> Array:
    """Return the Huber loss of each residual, or its size if delta is 0."""
    if not delta:
        return np.abs(residuals)
    near = np.clip(residuals, -delta, delta)
    losses: Array = near * (residuals - near / 2)
    return losses


def least_absolute(design: Array, y: Array) -> Array:
    """Return the coefficients with the least mean absolute error: those of the best curve through
    as many points as it has coefficients, because one of these curves is optimal.
    """
    n, p = design.shape
    through = np.array([*combinations(range(n), p)])
    through = through[np.abs(np.linalg.det(design[through])) > 1e-12]
    params = np.linalg.solve(design[through], y[through][..., None])[..., 0]
    best: Array = params[np.abs(y - params @ design.T).mean(axis=1).argmin()]
    return best


def least_huber(design: Array, y: Array, delta: float) -> Array:
    """Return the coefficients with the least Huber loss, from several starts: it is convex."""

    def loss(params: Array) -> float:
        return float(each(design @ params - y, delta).mean()) / delta**2

    def gradient(params: Array) -> Array:
        slope: Array = design.T @ np.clip(design @ params - y, -delta, delta) / len(y) / delta**2
        return slope

    squares, absolute = np.linalg.lstsq(design, y, rcond=None)[0], least_absolute(design, y)
    ends = [
        minimize(loss, start, jac=gradient, method="BFGS", options={"gtol": 1e-13}).x
        for start in (squares, absolute)
    ]
    return min([*ends, squares, absolute], key=loss)
