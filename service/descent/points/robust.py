"""The optimum of a robust loss: the polynomial with the lowest mean of a loss that is a square for
small residuals and linear for large ones.
"""

from math import sqrt

import numpy as np
import torch
from scipy.linalg.lapack import dtrtrs

from service.descent.answers.results import Optimum
from service.descent.arrays import EPS, Array, Mask
from service.descent.errors import finite
from service.descent.methods.losses import Loss
from service.descent.points.dataset import Dataset
from service.descent.points.factor import Factor
from service.descent.readonly import readonly

ITERATIONS = 100
"""The maximum number of steps towards the optimum at one knee."""
DECADES = 40
"""The maximum number of knees. Each is a tenth of the one before."""
ROUNDING = 10 * EPS
"""The rounding error of a sum of products, relative to the lengths of both vectors."""
FINEST = 1e4 * ROUNDING
"""The smallest knee, relative to the heights of the curve. Residuals far below it are rounding."""
ACCURATE = 1e-6
"""The accuracy of the least mean absolute residual, relative to the median, if it is not exact. The
knee shifts the mean by less than itself times the fraction of points within it.
"""
ENOUGH = 0.5
"""A step of Newton's method is made if it leaves at most this fraction of the slope."""
NEGLIGIBLE = 1e-4
"""A residual that is negligible, relative to the deviation of y."""


@readonly
class RobustOptimum:
    """The polynomial with the lowest mean robust loss, for the points (n,) that a descent sees.

    `coefficients` (p,) are those of x in the order a, b, c, ... An excess of `target` over the
    `loss` counts as arrived: one percent of the median loss of a point at the optimum, or the loss
    of a negligible residual if that is more. Medians, because a few outliers dominate the mean.
    `spread` is the loss of a typical deviation of y from its median.
    """

    coefficients: Array
    loss: float
    target: float
    spread: float
    unique: bool

    def described(self, scaled_to_caller: Array, names: tuple[str, ...]) -> Optimum:
        """Return the optimum in the caller's units. `scaled_to_caller` (p, p) converts to them."""
        params: list[float] = (scaled_to_caller @ self.coefficients).tolist()
        return Optimum(
            basis="robust",
            params=dict(zip(names, finite(params, "coefficients of the optimum"), strict=True)),
            loss=self.loss,
            r2=None,
            standard_errors=None,
            interval95=None,
            unique=self.unique,
        )


def robust_optimum(points: Dataset, factor: Factor, loss: Loss) -> RobustOptimum:
    """Return the optimum of these points, whose factor is given. Powers of x that the points do not
    determine are left out.
    """
    y, p, rank = points.y, len(factor.d), factor.rank
    weights = np.ones(len(y)) if points.weights is None else points.weights
    columns, triangle = np.linalg.qr(factor.polynomials.columns(points.t)[:, :rank])
    params = lowest(columns, y, weights, loss.delta)
    to_polynomials = factor.polynomials.powers()[:rank, :rank]
    coefficients = np.zeros(p)
    coefficients[p - rank :] = dtrtrs(triangle @ to_polynomials, params)[0][::-1]
    losses = each(loss, y - columns @ params)
    middle = np.median(y)
    away = np.abs(y - middle)
    deviation = np.median(away) or away.mean() or abs(middle) / 1000
    spread, negligible = each(loss, np.array([deviation, NEGLIGIBLE * deviation])).tolist()
    return RobustOptimum(
        coefficients=coefficients,
        loss=(weights * losses).mean().item(),
        target=max(0.01 * np.median(losses).item(), negligible),
        spread=spread,
        unique=rank == p,
    )


def each(loss: Loss, residual: Array) -> Array:
    """Return the loss of each residual: (n,) for (n,)."""
    losses: Array = loss.costs(torch.tensor(residual), torch.zeros(())).numpy()
    return losses


def lowest(columns: Array, y: Array, weights: Array, delta: float) -> Array:
    """Return the params (p,) at which the mean robust loss of y (n,) - columns @ params is lowest.
    The columns (n, p) are orthonormal, and the weights (n,) have the mean 1.

    The loss is a square up to residuals of `delta`, the knee, and linear beyond. If delta is 0, it
    is the absolute value. The method is that of K. Madsen and H. B. Nielsen (A finite smoothing
    algorithm for linear l1 estimation, 1993): it begins with least squares and lets the knee
    shrink. The optimum at each knee is the start for the next.
    """
    params = columns.T @ y
    knee = np.abs(y - columns @ params).max().item()
    for _ in range(DECADES):
        finest = FINEST * length(params) / sqrt(len(y))
        if knee <= max(delta, finest):
            break
        knee = max(knee / 10, delta, finest)
        params = at_knee(columns, y, weights, params, knee)
        if not delta:
            residual = y - columns @ params
            near = np.abs(residual) <= knee
            through = through_points(columns, y, residual, near)
            if through is not None:
                return through
            if knee * (weights * near).mean() <= ACCURATE * np.median(np.abs(residual)):
                break
    return params


def at_knee(columns: Array, y: Array, weights: Array, params: Array, knee: float) -> Array:
    """Return the params (p,) with the lowest loss for this knee, close to the given ones.

    A step of Newton's method arrives if the same points stay within the knee. If it does not even
    halve the slope, the next params are the lowest along the better of two directions: this step,
    and that of least squares in which points beyond the knee have less weight, which always goes
    down.
    """

    def slope_at(residual: Array) -> Array:
        slope: Array = columns.T @ (weights * residual.clip(-knee, knee))
        return slope

    residual = y - columns @ params
    slope = slope_at(residual)
    heaviest = weights.max()
    for _ in range(ITERATIONS):
        if length(slope) <= ROUNDING * (knee * length(weights) + heaviest * length(params)):
            break
        away, before = np.abs(residual), length(slope)
        within = away <= knee
        near = columns[within]
        newton = solved((near.T * weights[within]) @ near, slope)
        left = residual - columns @ newton
        if length(slope_at(left)) <= ENOUGH * before:
            params = params + newton
        else:
            weighted = columns.T * (weights * knee / np.maximum(away, knee))
            steps = [newton, solved(weighted @ columns, slope)]
            found = [lowest_along(columns @ step, residual, weights, knee) for step in steps]
            better = int(found[1] > found[0])
            params = params + found[better][1] * steps[better]
        residual = y - columns @ params
        slope = slope_at(residual)
    return params


def lowest_along(
    change: Array, residual: Array, weights: Array, knee: float
) -> tuple[float, float]:
    """Return the part of a step at which the loss is lowest, after how much it falls. The step
    lowers the residual (n,) by `change` (n,).

    The slope of the loss along the step is piecewise linear: its own slope grows by the weight of a
    point times change^2 where its residual comes within the knee, and falls where it leaves it.
    """
    moving = change != 0
    change, residual, weights = change[moving], residual[moving], weights[moving]
    ends = np.sort([(residual - knee) / change, (residual + knee) / change], axis=0)
    parts, squares = ends.clip(0, None).ravel(), weights * np.square(change)
    order = np.argsort(parts)
    parts, bends = parts[order], np.cumsum(np.concatenate([squares, -squares])[order])
    slopes = np.concatenate([[0.0], np.cumsum(bends[:-1] * np.diff(parts))])
    slopes -= (weights * change) @ residual.clip(-knee, knee)
    rising = int(np.argmax(slopes >= 0))
    if not rising:
        return 0.0, 0.0
    parts, slopes, last = parts[:rising], slopes[:rising], slopes[rising - 1]
    rest = -last / bends[rising - 1]
    fall = slopes[0] * parts[0] + np.trapezoid(slopes, parts) + last * rest / 2
    return -fall.item(), (parts[-1] + rest).item()


def through_points(columns: Array, y: Array, residual: Array, near: Mask) -> Array | None:
    """Return the params (p,) of the curve through the points that are `near` (n,), within the knee,
    if it has the least absolute residuals, otherwise None.

    It has them if it passes through all of these points and leaves the others on their sides: then
    the slopes of the loss balance as they do at the knee, where the residual (n,) is optimal.
    """
    through: Array = np.asarray(np.linalg.lstsq(columns[near], y[near])[0], float)
    left = y - columns @ through
    touched = np.abs(left[near]).max(initial=0.0) <= FINEST * length(through) / sqrt(len(y))
    if touched and (np.sign(left) == np.sign(residual))[~near].all():
        return through
    return None


def solved(matrix: Array, right: Array) -> Array:
    """Return the shortest solution (p,) of a symmetric system (p, p), which may be singular."""
    solution: Array = np.asarray(np.linalg.lstsq(matrix, right)[0], float)
    return solution


def length(vector: Array) -> float:
    """Return the Euclidean length of a vector."""
    return float(np.linalg.norm(vector))
