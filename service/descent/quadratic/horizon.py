"""The lowest loss that a number of steps can reach, and the rate that reaches it."""

import numpy as np

from service.descent.frozen import readonly
from service.descent.points.factor import Factor
from service.descent.quadratic.rates import Excess
from service.descent.questions.options import Precision

ONE_PERCENT = 0.01
ROUNDING = {
    precision: (450 * float(np.finfo(precision).eps)) ** 2 for precision in ("float64", "float32")
}
"""The fraction of the sum of squares that a loop's rounding leaves: (1e-13)^2 in float64."""


@readonly
class Outlook:
    """The prospects of `steps` updates from one start.

    `target` is the excess that is within one percent of the lowest loss. `lr_best` is the rate that
    ends lowest, and `left_at_best` is the excess that it leaves. If nothing moves, every rate
    leaves the same, and there is no `lr_best`.
    """

    excess: Excess
    lowest: float
    target: float
    steps: int
    lr_best: float | None
    left_at_best: float

    @property
    def starts_near(self) -> bool:
        """True if the start is within one percent of the lowest loss."""
        return self.excess.start <= self.target

    @property
    def converges(self) -> bool:
        """True if the best rate comes within one percent of the lowest loss."""
        return self.left_at_best <= self.target

    def of(self, steps: int) -> "Outlook":
        """Return the outlook from the same start with another number of steps."""
        if steps == self.steps:
            return self
        return outlook(self.excess, self.lowest, self.target, steps)


def outlook(excess: Excess, lowest: float, target: float, steps: int) -> Outlook:
    """Return the outlook of `steps` updates."""
    lr_best, left_at_best = excess.best(steps), excess.start
    if lr_best is not None:
        left_at_best = excess.at(lr_best).after(steps)
    return Outlook(excess, lowest, target, steps, lr_best, left_at_best)


def target(factor: Factor, excess: Excess, precision: Precision) -> float:
    """Return the excess that is within one percent of the lowest loss, or of what rounding leaves
    if that is larger.
    """
    lowest, variance = factor.rss / factor.n, factor.variation / factor.n
    mean: float = factor.d[0].item()
    mean_square = variance + mean * mean / factor.n
    return ONE_PERCENT * max(
        lowest, 1e-12 * variance, ROUNDING[precision] * (lowest + excess.start + mean_square)
    )
