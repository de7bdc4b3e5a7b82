"""The verdicts on many rates at once: those of `judge_exact` for each descent alone."""

import numpy as np

from service.descent.arrays import Array, Labels, Mask
from service.descent.judging.verdict import AT_LIMIT, EDGE_CHANGE
from service.descent.quadratic.excess import ONE_PERCENT
from service.descent.quadratic.excess_stack import OutlookStack
from service.descent.quadratic.modes import log_multipliers


def reaches(outlook: OutlookStack, left: Array) -> Labels:
    """Return whether the optimum was reached (S,), given the excess (S,) at the end: inf if the
    loss overflowed.
    """
    conditions = [left == np.inf, left <= outlook.target, outlook.resolved & outlook.converges]
    words = ["diverged", "converged", "unfinished"]
    return np.select(conditions, words, "out_of_reach").astype(object)


def suits(outlook: OutlookStack, left: Array, reach: Labels, lr: Array) -> Labels:
    """Return the first description (S,) of each rate that matches."""
    start, best = outlook.excess.start, outlook.left_at_best
    pace, near = outlook.excess.pace(lr), _near_limit(outlook, lr)
    changes = log_multipliers(lr * outlook.excess.eigenvalues[:, 0])
    still = np.abs(2 * outlook.steps * changes) < EDGE_CHANGE
    enough = left - best <= ONE_PERCENT * (start - best)
    conditions = [
        reach == "diverged",
        near & still,
        near & (pace > 2),
        enough & (reach != "unfinished"),
        lr > outlook.lr_best,
    ]
    words = ["diverging", "edge", "diverging", "good", "bouncing"]
    return np.select(conditions, words, "too_small").astype(object)


def _near_limit(outlook: OutlookStack, lr: Array) -> Mask:
    """Return which rates can be at the edge or above it."""
    near: Mask = (outlook.excess.pace(lr) >= 2 - AT_LIMIT) & (lr != outlook.lr_best)
    return near


def r2s(outlook: OutlookStack, loss: Array) -> Array:
    """Return the coefficients of determination (S,), or NaN where there are none."""
    varies = outlook.variance > 0
    r2 = 1 - loss / np.where(varies, outlook.variance, 1.0)
    return np.where(varies & np.isfinite(r2), r2, np.nan)
