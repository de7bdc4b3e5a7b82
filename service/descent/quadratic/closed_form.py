"""The trajectory of the loop in closed form. A step costs the same for any number of points."""

from collections.abc import Sequence

import numpy as np

from service.descent.arrays import Array, Mask, mapped, product
from service.descent.quadratic.modes import Modes, log_multiplier
from service.descent.quadratic.momentum import Momentum, map_of_steps
from service.descent.quadratic.ridge import RidgeModes
from service.descent.readonly import readonly


@readonly
class ClosedForm:
    """B descents on p modes: of several problems of the same size, or of one problem at several
    rates.

    They begin at `start` (B, 1, p), where the modes, whose directions are the rows of `directions`
    (B, p, p), have `residual` (B, 1, p) and `distance` (B, 1, p) to their minima. A mode that
    starts at its minimum stays there, and has `eigenvalue` (B, 1, p) 0. `rss` (B, 1) is the sum of
    squares of n points that no parameters change. If the problem is the same, B is 1 in all of
    these.

    `pace` (B, 1, p) is the rate times the eigenvalue. `log_multiplier` (B, 1, p) has the logarithm
    of what a step of plain descent multiplies each distance by, and `crosses` is true if it can be
    negative. Steps are given as (r, 1), or as (B, r, 1) if they differ.

    The optimum is never subtracted, so flat directions keep their digits.
    """

    momentum: Momentum
    n: int
    rss: Array
    directions: Array
    start: Array
    residual: Array
    distance: Array
    eigenvalue: Array
    pace: Array
    log_multiplier: Array
    crosses: bool

    def loss(self, step: Array) -> Array:
        """Return the losses (B, r), which may overflow, after each number of updates."""
        loss: Array = (np.square(self._residual(step)).sum(axis=-1) + self.rss) / self.n
        return loss

    def params(self, step: Array) -> Array:
        """Return the parameters (B, r, p) after each number of updates."""
        return self.start + product(self._change(step) * self.distance, self.directions)

    def gradients(self, step: Array) -> Array:
        """Return the gradients (B, r, p) after each number of updates."""
        return product(self._left(step) * (self.eigenvalue * self.distance), self.directions)

    def _residual(self, step: Array) -> Array:
        """Return the residual (B, r, p) of the points in each mode."""
        return self._left(step) * self.residual

    def _left(self, step: Array) -> Array:
        """Return the remaining fraction (B, r, p) of each distance."""
        if self.momentum.keeps:
            return map_of_steps(self.momentum, self.pace, step).a
        size: Array = np.exp(step * self.log_multiplier)
        if not self.crosses:
            return size
        return np.where(self._across(step), -size, size)

    def _change(self, step: Array) -> Array:
        """Return the remaining fraction less 1, to its last digit where that is small."""
        if self.momentum.keeps:
            return -map_of_steps(self.momentum, self.pace, step).u
        change: Array = np.expm1(step * self.log_multiplier)
        if not self.crosses:
            return change
        return np.where(self._across(step), -2 - change, change)

    def _across(self, step: Array) -> Mask:
        """Return in which modes plain descent is on the other side of the valley."""
        across: Mask = (self.pace > 1) & (step % 2 == 1)
        return across


@readonly
class RidgeForm(ClosedForm):
    """Descents with weight decay. Their losses and gradients are those of the points alone, as the
    loop reports them. `cosine`, `kept` and `slope` (B, 1, p) are those of the modes.
    """

    cosine: Array
    kept: Array
    slope: Array

    def gradients(self, step: Array) -> Array:
        """Return the gradients (B, r, p) after each number of updates."""
        return product(self._residual(step) * self.slope, self.directions)

    def _residual(self, step: Array) -> Array:
        """Return the residual (B, r, p) of the points in each mode."""
        return self.cosine * super()._residual(step) + self.kept


def closed_form(
    modes: Sequence[Modes],
    starts: Sequence[Array],
    residuals: Sequence[Array],
    rates: Sequence[float] | Array,
    momentum: Momentum,
) -> ClosedForm:
    """Return the descents of problems of the same size, each with its modes, its start (p,), the
    residual (p,) of the modes there and its rate; or those of one problem at several rates.
    """
    residual = np.array(residuals)[:, None]
    singular = np.array([[each.singular] for each in modes])
    moves = (singular > 0) & (residual != 0)
    eigenvalue = np.where(moves, [[each.eigenvalues] for each in modes], 0.0)
    pace = np.asarray(rates)[:, None, None] * eigenvalue
    multipliers = mapped(log_multiplier, pace)
    form = ClosedForm(
        momentum=momentum,
        n=modes[0].factor.n,
        rss=np.array([[each.factor.rss] for each in modes]),
        directions=np.array([each.directions for each in modes]),
        start=np.array(starts)[:, None],
        residual=residual,
        distance=np.divide(residual, singular, out=np.zeros_like(residual), where=moves),
        eigenvalue=eigenvalue,
        pace=pace,
        log_multiplier=multipliers,
        crosses=bool((pace > 1).any()),
    )
    decaying = [each for each in modes if isinstance(each, RidgeModes)]
    if not decaying:
        return form
    return RidgeForm(
        **vars(form),
        cosine=np.array([[each.cosine] for each in decaying]),
        kept=np.array([[each.kept] for each in decaying]),
        slope=np.array([[each.slope] for each in decaying]),
    )
