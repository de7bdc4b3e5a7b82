"""The prospects of many plain descents at once, as arrays.

Every number is that of `Excess` and `Outlook` for the descent alone, to the last bit: the same
operations in the same order, and the logarithms of `math`. Arrays take less time from about a
hundred descents on. All modes of these descents move.
"""

from math import exp, inf, log, log1p

import numpy as np

from service.descent.arrays import EPS, Array, Integers, Mask, mapped
from service.descent.points.factor import Factors
from service.descent.quadratic.best_rate import CLOSE, LOWEST
from service.descent.quadratic.excess import (
    EDGE,
    NEGLIGIBLE_SQUARE,
    NEGLIGIBLE_VARIANCE,
    ONE_PERCENT,
    ROUNDING,
)
from service.descent.quadratic.modes import log_multipliers
from service.descent.quadratic.momentum import PLAIN, SAME
from service.descent.readonly import once, readonly

LARGEST_EXPONENT = log(np.finfo(float).max)
"""The largest number whose power of e is finite."""


@readonly
class ExcessStack:
    """The excess of S plain descents over the lowest loss: the eigenvalues and the excess (S, p)
    that each mode holds before the first step, steepest first.
    """

    eigenvalues: Array
    held: Array

    @once
    def start(self) -> Array:
        """The whole excess (S,) before the first step."""
        return sums(self.held)

    @property
    def limit(self) -> Array:
        """The rates (S,) from which on the descents grow."""
        return PLAIN.limit / self.eigenvalues[:, 0]

    def pace(self, lr: Array) -> Array:
        """Return twice the ratio of the rates (S,) to their limits."""
        return 2 * lr * self.eigenvalues[:, 0] / PLAIN.limit

    def after(self, lr: Array, steps: int) -> Array:
        """Return the excess (S,) after `steps` updates, or inf where it overflows."""
        exponents = 2 * steps * log_multipliers(lr[:, None] * self.eigenvalues)
        overflows = exponents > LARGEST_EXPONENT
        parts = self.held * mapped(exp, np.where(overflows, 0.0, exponents))
        left = np.zeros(len(lr))
        for k in range(parts.shape[1]):
            left += parts[:, k]
        return np.where(overflows.any(axis=1), inf, left)

    def best(self, steps: int) -> Array:
        """Return the rates (S,) below the edge that end lowest after `steps` updates."""
        return best_rates(self.eigenvalues, self.held, steps, distance=2 * EDGE)


@readonly
class OutlookStack:
    """The prospects of `steps` updates of S descents. Each field of an outlook is an array (S,)."""

    excess: ExcessStack
    lowest: Array
    target: Array
    floor: Array
    variance: Array
    steps: int

    def part(self, rows: Integers) -> "OutlookStack":
        """Return the prospects of these descents."""
        return OutlookStack(
            excess=ExcessStack(self.excess.eigenvalues[rows], self.excess.held[rows]),
            lowest=self.lowest[rows],
            target=self.target[rows],
            floor=self.floor[rows],
            variance=self.variance[rows],
            steps=self.steps,
        )

    @once
    def lr_best(self) -> Array:
        """The rates that end lowest."""
        return self.excess.best(self.steps)

    @once
    def left_at_best(self) -> Array:
        """The excess that the best rates leave."""
        return self.excess.after(self.lr_best, self.steps)

    @property
    def resolved(self) -> Mask:
        """True where the precision resolves the target from the start."""
        return self.floor <= self.target

    @property
    def converges(self) -> Mask:
        """True where the best rate comes as close to the lowest loss as the target."""
        return self.left_at_best <= self.target


def outlooks(factors: Factors, excess: ExcessStack, steps: int) -> OutlookStack:
    """Return the prospects of `steps` updates."""
    n = factors.n
    variation = factors.rss + sums(factors.d[:, 1:] * factors.d[:, 1:])
    lowest, mean = factors.rss / n, factors.d[:, 0]
    variance, square = variation / n, (variation + mean * mean) / n
    rounding = n * EPS * mean
    constant = variation <= rounding * rounding
    negligible = np.where(constant, NEGLIGIBLE_SQUARE * square, NEGLIGIBLE_VARIANCE * variance)
    floor = ROUNDING["float64"] * (lowest + excess.start + square)
    target = ONE_PERCENT * np.maximum(lowest, negligible)
    return OutlookStack(
        excess,
        lowest,
        target=np.where(target > 0, target, floor),
        floor=floor,
        variance=np.where(constant, 0.0, variance),
        steps=steps,
    )


def sums(rows: Array) -> Array:
    """Return the sum (S,) of each row as Python adds it."""
    return np.array([*map(sum, rows.tolist())], float)


def best_rates(eigenvalues: Array, held: Array, steps: int, *, distance: float) -> Array:
    """Return the rates (S,) that end lowest, as `best_rate` does for one descent."""
    largest = eigenvalues[:, 0]
    rates = 1 / largest
    rows = np.flatnonzero(eigenvalues[:, -1] <= (1 - SAME) * largest)
    if len(rows):
        z = _balanced(eigenvalues[rows], held[rows], 2 * steps - 1, highest=log1p(-2 * distance))
        rates[rows] = (1 + mapped(exp, z)) / largest[rows]
    return rates


def _balanced(eigenvalues: Array, held: Array, power: int, *, highest: float) -> Array:
    """Return the z (S,) at which both groups of modes pull equally, at most `highest`."""
    shares = eigenvalues / eigenvalues[:, :1]
    weights = mapped(log, eigenvalues) + mapped(log, held)
    count = len(shares)
    low, high, moved = np.full(count, LOWEST), np.full(count, highest), np.full(count, inf)
    at = np.clip(mapped(log, _beyond(eigenvalues, held, power)), LOWEST, highest)
    rows = np.arange(count)
    while len(rows):
        here = at[rows]
        value, slope = _imbalance(shares[rows], weights[rows], power, here)
        above = value > 0
        high[rows] = np.where(above, here, high[rows])
        low[rows] = np.where(above, low[rows], here)
        lower, upper = low[rows], high[rows]
        ahead = here - value / slope
        inside = (lower <= ahead) & (ahead <= upper) & (np.abs(ahead - here) <= moved[rows] / 2)
        ahead = np.where(inside, ahead, (lower + upper) / 2)
        at[rows], moved[rows] = ahead, np.abs(ahead - here)
        rows = rows[moved[rows] > -CLOSE * ahead]
    return at


def _beyond(eigenvalues: Array, held: Array, power: int) -> Array:
    """Return rate * largest - 1 (S,) for the rates that end lowest if only two modes move."""
    share = eigenvalues[:, -1] / eigenvalues[:, 0]
    pull = mapped(log, share) + mapped(log, held[:, -1]) - mapped(log, held[:, 0])
    ratio = mapped(exp, np.clip(pull / power, LOWEST, -LOWEST))
    beyond: Array = ratio * (1 - share) / (1 + ratio * share)
    return beyond


def _imbalance(shares: Array, weights: Array, power: int, z: Array) -> tuple[Array, Array]:
    """Return the logarithm of the pull (S,) of the modes that jump across the valley, minus that of
    the others, and the derivative of the difference.
    """
    growth = mapped(exp, z)[:, None]
    beyond = shares * growth - (1 - shares)
    pulls = weights + power * mapped(log, np.where(beyond == 0, 1.0, np.abs(beyond)))
    slopes = shares * growth / np.where(beyond == 0, 1.0, beyond)
    across, short = beyond > 0, beyond < 0
    (high, rise), (low, fall) = (_log_sums(pulls, slopes, group) for group in (across, short))
    alone = ~short.any(axis=1)
    return np.where(alone, inf, high - low), np.where(alone, 1.0, power * (rise - fall))


def _log_sums(pulls: Array, slopes: Array, group: Mask) -> tuple[Array, Array]:
    """Return ln (e^pull + ...) (S,) over a group of modes (S, p), and the weighted mean of the
    slopes. A row without a mode gives no meaningful numbers.
    """
    inside = np.where(group, pulls, -inf)
    largest = inside.max(axis=1)
    parts = mapped(exp, np.where(group, pulls - largest[:, None], -inf))
    total, weighted = np.zeros(len(pulls)), np.zeros(len(pulls))
    for k in range(parts.shape[1]):
        total += parts[:, k]
        weighted += parts[:, k] * np.where(group[:, k], slopes[:, k], 0.0)
    total = np.where(group.any(axis=1), total, 1.0)
    return largest + mapped(log, total), weighted / total
