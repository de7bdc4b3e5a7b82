"""The same trajectory as the loop's, in closed form: a step costs nothing, whatever the number of points."""

from dataclasses import dataclass
from math import log1p

import numpy as np
from scipy.linalg.lapack import dgesdd

from service.descent.arrays import EPS, Array, Mask
from service.descent.factor import Factor

HUGE = 1e300


@dataclass(frozen=True)
class ClosedForm:
    """Descent on p modes: a step multiplies a mode's residual and slope by 1 - lr * eigenvalue.

    An entry a mode: `log_multiplier` is ln |1 - lr * eigenvalue|, `alternates` where the multiplier is negative (None: nowhere),
    `residual` and `slope` stand before the first step, `distance` is how far the mode is from its end. `directions` (p, p) has a
    row a mode.
    """

    start: Array
    directions: Array
    log_multiplier: Array
    alternates: Mask | None
    residual: Array
    slope: Array
    distance: Array
    rss: float
    n: int

    def loss(self, step: Array) -> Array:
        """The loss (r,) after each of `step` (r, 1) updates; infinite where it overflows."""
        residual = np.exp(step * self.log_multiplier) * self.residual
        loss: Array = (np.square(residual).sum(axis=1) + self.rss) / self.n
        return loss

    def params(self, step: Array) -> Array:
        """The parameters (r, p). The optimum is never subtracted, so flat directions keep their digits."""
        change = np.expm1(step * self.log_multiplier)
        if self.alternates is not None:
            change = np.where(self.alternates & (step % 2 == 1), -2 - change, change)
        return self.start + (change * self.distance) @ self.directions

    def gradients(self, step: Array) -> Array:
        """The gradients (r, p)."""
        power = np.exp(step * self.log_multiplier)
        if self.alternates is not None:
            power = np.where(self.alternates & (step % 2 == 1), -power, power)
        return (power * self.slope) @ self.directions


def closed_form(factor: Factor, r: Array, start: Array, *, lr: float) -> ClosedForm:
    """Descent from `start` (p,) in coordinates in which the triangle of the factor is `r` (p, p)."""
    n = factor.n
    u, singular, directions, _ = dgesdd(r)
    residual = (r @ start - factor.d) @ u
    negligible = max(n, len(singular)) * EPS * singular[0]
    pairs = zip(singular.tolist(), residual.tolist(), strict=True)
    modes = [_mode(s if s > negligible else 0.0, before, n=n, lr=lr) for s, before in pairs]
    log_multiplier, slope, distance, alternates = np.array(modes).T
    return ClosedForm(
        start=start,
        directions=directions,
        log_multiplier=log_multiplier,
        alternates=alternates > 0 if alternates.any() else None,
        residual=residual,
        slope=slope,
        distance=distance,
        rss=factor.rss,
        n=n,
    )


def _mode(singular: float, residual: float, *, n: int, lr: float) -> tuple[float, float, float, bool]:
    """log_multiplier, slope, distance and whether it alternates. A mode that is undetermined, or at its end, rests."""
    if singular == 0 or residual == 0:
        return 0.0, 0.0, 0.0, False
    rate = lr * (2 / n * singular * singular)
    return log_multiplier(rate), 2 / n * singular * residual, residual / singular, rate > 1


def log_multiplier(rate: float) -> float:
    """ln |1 - rate|, to the last digit where the rate is small; finite, so that step 0 times it is 0."""
    if rate == 1:
        return -HUGE
    return min(log1p(max(-rate, rate - 2)), HUGE)
