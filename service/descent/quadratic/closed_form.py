"""The trajectory of the loop in closed form. A step costs the same for any number of points."""

import numpy as np

from service.descent.arrays import Array, Mask
from service.descent.quadratic.modes import Modes, log_multiplier
from service.descent.quadratic.momentum import PLAIN, Momentum, map_of_steps
from service.descent.quadratic.ridge import RidgeModes
from service.descent.readonly import readonly


@readonly
class ClosedForm:
    """A descent on p modes from `start` (p,), where they have `residual` (p,) and `distance` (p,)
    to their minima. A mode that starts at its minimum stays there, and has `eigenvalue` (p,) 0.

    `pace` is the rate times the eigenvalue, (p,) or (rates, 1, p) for several rates; results then
    have a first axis of length rates. `log_multiplier` has the logarithm of what a step of plain
    descent multiplies each distance by, and `crosses` is true if it can be negative.

    The optimum is never subtracted, so flat directions keep their digits.
    """

    modes: Modes
    momentum: Momentum
    start: Array
    residual: Array
    distance: Array
    eigenvalue: Array
    pace: Array
    log_multiplier: Array
    crosses: bool

    def loss(self, step: Array) -> Array:
        """Return the loss (r,), which may overflow, after each of `step` (r, 1) updates."""
        residual, factor = self._residual(step), self.modes.factor
        loss: Array = (np.square(residual).sum(axis=-1) + factor.rss) / factor.n
        return loss

    def params(self, step: Array) -> Array:
        """Return the parameters (r, p) after each of `step` (r, 1) updates."""
        moved: Array = (self._change(step) * self.distance).dot(self.modes.directions)
        return self.start + moved

    def gradients(self, step: Array) -> Array:
        """Return the gradients (r, p) after each of `step` (r, 1) updates."""
        return (self._left(step) * self.eigenvalue * self.distance) @ self.modes.directions

    def _residual(self, step: Array) -> Array:
        """Return the residual (r, p) of the points in each mode."""
        return self._left(step) * self.residual

    def _left(self, step: Array) -> Array:
        """Return the remaining fraction (r, p) of each distance."""
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
    """A descent with weight decay. Its losses and gradients are those of the points alone, as the
    loop reports them.
    """

    modes: RidgeModes

    def gradients(self, step: Array) -> Array:
        """Return the gradients (r, p) after each of `step` (r, 1) updates."""
        return (self._residual(step) * self.modes.slope) @ self.modes.directions

    def _residual(self, step: Array) -> Array:
        """Return the residual (r, p) of the points in each mode."""
        return self.modes.of_points(super()._residual(step))


def closed_form(
    modes: Modes, start: Array, residual: Array, lr: float | Array, momentum: Momentum = PLAIN
) -> ClosedForm:
    """Return the descent at one rate, or at several of shape (rates, 1, 1). `residual` (p,) is that
    of the modes at `start` (p,).
    """
    kind: type[ClosedForm] = ClosedForm
    if isinstance(modes, RidgeModes):
        kind = RidgeForm
    rows = [
        (held / singular, eigenvalue) if singular and held else (0.0, 0.0)
        for singular, eigenvalue, held in zip(
            modes.singular, modes.eigenvalues, residual.tolist(), strict=True
        )
    ]
    distance, eigenvalue = np.array(rows).T
    pace = lr * eigenvalue
    paces = pace.ravel().tolist()
    return kind(
        modes=modes,
        momentum=momentum,
        start=start,
        residual=residual,
        distance=distance,
        eigenvalue=eigenvalue,
        pace=pace,
        log_multiplier=np.array([*map(log_multiplier, paces)]).reshape(pace.shape),
        crosses=max(paces) > 1,
    )
