"""The trajectory of the loop in closed form. A step costs the same for any number of points."""

import numpy as np

from service.descent.arrays import Array, Mask
from service.descent.quadratic.modes import Modes, log_multiplier
from service.descent.quadratic.momentum import Momentum, map_of_steps
from service.descent.readonly import readonly


@readonly
class PlainFraction:
    """The remaining fraction of the distance between p modes and their minima in plain descent: a
    step multiplies it by 1 - lr * eigenvalue.

    `log_multiplier` (..., p) is ln |1 - lr * eigenvalue|. `alternates` (..., p) is true for modes
    with a negative multiplier. For several rates, their shape is (rates, 1, p), and each result has
    a first axis of length rates.
    """

    log_multiplier: Array
    alternates: Mask

    def size(self, step: Array) -> Array:
        """Return the unsigned remaining fraction (r, p) after each of `step` (r, 1) updates."""
        size: Array = np.exp(step * self.log_multiplier)
        return size

    def left(self, step: Array) -> Array:
        """Return the signed remaining fraction (r, p) after each of `step` (r, 1) updates."""
        size = self.size(step)
        return np.where(self.alternates & (step % 2 == 1), -size, size)

    def change(self, step: Array) -> Array:
        """Return the remaining fraction (r, p) less 1, to its last digit where that is small."""
        change: Array = np.expm1(step * self.log_multiplier)
        return np.where(self.alternates & (step % 2 == 1), -2 - change, change)


@readonly
class MomentumFraction:
    """The same fraction with momentum, a recurrence. `pace` (..., p) is lr * eigenvalue."""

    momentum: Momentum
    pace: Array

    def left(self, step: Array) -> Array:
        """Return the signed remaining fraction."""
        return map_of_steps(self.momentum, self.pace, step).a

    size = left  # the sign does not matter, because the size is squared

    def change(self, step: Array) -> Array:
        """Return the remaining fraction less 1."""
        return -map_of_steps(self.momentum, self.pace, step).u


@readonly
class ClosedForm:
    """A descent on p modes. The optimum is never subtracted, so flat directions keep their digits.

    `residual` and `distance` have one entry per mode: its residual before the first step, and its
    distance to the minimum. `directions` (p, p) has one row per mode.
    """

    start: Array
    directions: Array
    remaining: PlainFraction | MomentumFraction
    eigenvalue: Array
    residual: Array
    distance: Array
    rss: float
    n: int

    def loss(self, step: Array) -> Array:
        """Return the loss (r,), which may overflow, after each of `step` (r, 1) updates."""
        residual = self.remaining.size(step) * self.residual
        loss: Array = (np.square(residual).sum(axis=-1) + self.rss) / self.n
        return loss

    def params(self, step: Array) -> Array:
        """Return the parameters (r, p) after each of `step` (r, 1) updates."""
        return self.start + (self.remaining.change(step) * self.distance) @ self.directions

    def gradients(self, step: Array) -> Array:
        """Return the gradients (r, p) after each of `step` (r, 1) updates."""
        return (self.remaining.left(step) * self.eigenvalue * self.distance) @ self.directions


def closed_form(
    modes: Modes,
    start: Array,
    residual: Array,
    *,
    lr: float | Array,
    momentum: Momentum | None = None,
) -> ClosedForm:
    """Return the descent from `start` (p,), where the modes have `residual` (p,). `lr` is one rate,
    or several of shape (rates, 1, 1).

    A mode does not move if the points do not determine it, or if it starts at its minimum.
    """
    distances = []
    for each, singular, held in zip(
        modes.eigenvalues, modes.singular, residual.tolist(), strict=True
    ):
        if singular and held:
            distances.append((each, held / singular))
        else:
            distances.append((0.0, 0.0))
    eigenvalue, distance = np.array(distances).T
    pace = lr * eigenvalue
    remaining: PlainFraction | MomentumFraction
    if momentum:
        remaining = MomentumFraction(momentum, pace)
    else:
        logarithms = np.array([log_multiplier(each) for each in pace.ravel().tolist()])
        remaining = PlainFraction(logarithms.reshape(pace.shape), alternates=pace > 1)
    return ClosedForm(
        start=start,
        directions=modes.directions,
        remaining=remaining,
        eigenvalue=eigenvalue,
        residual=residual,
        distance=distance,
        rss=modes.factor.rss,
        n=modes.factor.n,
    )
