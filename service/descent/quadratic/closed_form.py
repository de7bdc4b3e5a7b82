"""The trajectory of the loop in closed form. A step costs the same for any number of points."""

from collections.abc import Sequence

import numpy as np

from service.descent.arrays import Array, Mask, product
from service.descent.quadratic.modes import Modes, log_multipliers
from service.descent.quadratic.momentum import PLAIN, Momentum, map_of_steps
from service.descent.quadratic.ridge import RidgeModes
from service.descent.quadratic.stack import DescentStack
from service.descent.readonly import once, readonly


@readonly
class ClosedForm:
    """B descents on p modes: of several problems of the same size, or of one problem at several
    rates.

    They begin at `start` (B, 1, p), where the modes, whose directions are the rows of `directions`
    (B, p, p), have `residual` (B, 1, p). `singular` and `eigenvalues` (B, 1, p) are those of the
    modes, and `lr` (B, 1, 1) the rates. `rss` (B, 1) is the sum of squares of n points that no
    parameters change. What is the same in all descents has a first axis of length 1.

    Steps are given as (r, 1), or as (B, r, 1) if they differ. The optimum is never subtracted, so
    flat directions keep their digits.
    """

    momentum: Momentum
    n: int
    rss: Array
    directions: Array
    singular: Array
    eigenvalues: Array
    start: Array
    residual: Array
    lr: Array

    @once
    def moves(self) -> Mask:
        """True for the modes that the points determine and that do not start at their minima."""
        moves: Mask = (self.singular > 0) & (self.residual != 0)
        return moves

    @once
    def distance(self) -> Array:
        """The distance (B, 1, p) of each mode to its minimum, or 0 if it does not move."""
        nothing = np.zeros_like(self.residual)
        return np.divide(self.residual, self.singular, out=nothing, where=self.moves)

    @once
    def pace(self) -> Array:
        """The rates times the eigenvalues (B, 1, p), or 0 for modes that do not move."""
        return self.lr * np.where(self.moves, self.eigenvalues, 0.0)

    @once
    def log_multiplier(self) -> Array:
        """The logarithm of what a step of plain descent multiplies each distance by."""
        return log_multipliers(self.pace)

    @once
    def crosses(self) -> bool:
        """True if a step of plain descent crosses the valley in some mode."""
        return bool((self.pace > 1).any())

    def loss(self, step: Array) -> Array:
        """Return the losses (B, r), which may overflow, after each number of updates."""
        loss: Array = (np.square(self._residual(step)).sum(axis=-1) + self.rss) / self.n
        return loss

    def params(self, step: Array) -> Array:
        """Return the parameters (B, r, p) after each number of updates."""
        return self.start + product(self._change(step) * self.distance, self.directions)

    def gradients(self, step: Array) -> Array:
        """Return the gradients (B, r, p) after each number of updates."""
        slope = np.where(self.moves, self.eigenvalues, 0.0) * self.distance
        return product(self._left(step) * slope, self.directions)

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
    form = ClosedForm(
        momentum=momentum,
        n=modes[0].factor.n,
        rss=np.array([[each.factor.rss] for each in modes]),
        directions=np.array([each.directions for each in modes]),
        singular=np.array([[each.singular] for each in modes]),
        eigenvalues=np.array([[each.eigenvalues] for each in modes]),
        start=np.array(starts)[:, None],
        residual=np.array(residuals)[:, None],
        lr=np.asarray(rates)[:, None, None],
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


def stacked_form(stack: DescentStack, rates: Array) -> ClosedForm:
    """Return the plain descents of a stack, each at its rate (B,)."""
    factors, modes = stack.samples.factors, stack.modes
    return ClosedForm(
        momentum=PLAIN,
        n=factors.n,
        rss=factors.rss[:, None],
        directions=modes.directions,
        singular=modes.singular[:, None],
        eigenvalues=modes.eigenvalues[:, None],
        start=stack.start[:, None],
        residual=stack.residual[:, None],
        lr=rates[:, None, None],
    )
