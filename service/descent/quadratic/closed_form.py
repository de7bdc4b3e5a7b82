"""The trajectory of the loop in closed form. A step costs the same for any number of points."""

from functools import cached_property

import numpy as np

from service.descent.arrays import Array, Mask
from service.descent.quadratic.modes import Modes, log_multiplier
from service.descent.quadratic.momentum import PLAIN, Momentum, map_of_steps
from service.descent.readonly import readonly


@readonly
class ClosedForm:
    """A descent on p modes from `start` (p,), where they have `residual` (p,). `lr` is one rate, or
    several of shape (rates, 1, 1); results then have a first axis of length rates.

    The optimum is never subtracted, so flat directions keep their digits.
    """

    modes: Modes
    start: Array
    residual: Array
    lr: float | Array
    momentum: Momentum = PLAIN

    def loss(self, step: Array) -> Array:
        """Return the loss (r,), which may overflow, after each of `step` (r, 1) updates."""
        residual, factor = self._left(step) * self.residual, self.modes.factor
        loss: Array = (np.square(residual).sum(axis=-1) + factor.rss) / factor.n
        return loss

    def params(self, step: Array) -> Array:
        """Return the parameters (r, p) after each of `step` (r, 1) updates."""
        return self.start + (self._change(step) * self._distance) @ self.modes.directions

    def gradients(self, step: Array) -> Array:
        """Return the gradients (r, p) after each of `step` (r, 1) updates."""
        return (self._left(step) * self._eigenvalue * self._distance) @ self.modes.directions

    @cached_property
    def _distance(self) -> Array:
        """The distance (p,) of each mode to its minimum; 0 if the points do not determine it."""
        pairs = zip(self.modes.singular, self.residual.tolist(), strict=True)
        return np.array([held / singular if singular else 0.0 for singular, held in pairs])

    @cached_property
    def _eigenvalue(self) -> Array:
        """The eigenvalue (p,) of each mode; 0 if the mode starts at its minimum, where it stays."""
        return np.where(self.residual != 0, self.modes.eigenvalues, 0.0)

    @cached_property
    def _pace(self) -> Array:
        return self.lr * self._eigenvalue

    @cached_property
    def _log_multiplier(self) -> Array:
        """The logarithm of what a step of plain descent multiplies each distance by."""
        logarithms = [log_multiplier(pace) for pace in self._pace.ravel().tolist()]
        return np.array(logarithms).reshape(self._pace.shape)

    def _left(self, step: Array) -> Array:
        """Return the remaining fraction (r, p) of each distance."""
        if self.momentum.keeps:
            return map_of_steps(self.momentum, self._pace, step).a
        size = np.exp(step * self._log_multiplier)
        return np.where(self._across(step), -size, size)

    def _change(self, step: Array) -> Array:
        """Return the remaining fraction less 1, to its last digit where that is small."""
        if self.momentum.keeps:
            return -map_of_steps(self.momentum, self._pace, step).u
        change = np.expm1(step * self._log_multiplier)
        return np.where(self._across(step), -2 - change, change)

    def _across(self, step: Array) -> Mask:
        """Return in which modes plain descent is on the other side of the valley."""
        across: Mask = (self._pace > 1) & (step % 2 == 1)
        return across
