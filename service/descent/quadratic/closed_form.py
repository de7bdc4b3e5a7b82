"""The trajectory of the loop in closed form. The cost of a step does not depend on the number of
points.
"""

from typing import Protocol

import numpy as np

from service.descent.arrays import Array, Mask
from service.descent.frozen import readonly
from service.descent.quadratic.modes import Modes, log_multiplier
from service.descent.quadratic.momentum import Map, Momentum, map_of_steps


class RemainingFraction(Protocol):
    """The remaining fraction of the distance between p modes and their minima.

    For several rates, the arrays of an implementation have shape (rates, 1, p), and each result has
    a first axis of length rates.
    """

    def size(self, step: Array) -> Array:
        """Return the unsigned remaining fraction (r, p) after each of `step` (r, 1) updates."""

    def left(self, step: Array) -> Array:
        """Return the signed remaining fraction (r, p) after each of `step` (r, 1) updates."""

    def change(self, step: Array) -> Array:
        """Return the remaining fraction (r, p) less 1, to its last digit where that is small."""


@readonly
class PlainFraction:
    """The modes of plain descent: a step multiplies the remaining fraction by 1 - lr * eigenvalue.

    `log_multiplier` is ln |1 - lr * eigenvalue|. `alternates` is true for modes with a negative
    multiplier.
    """

    log_multiplier: Array
    alternates: Mask

    def size(self, step: Array) -> Array:
        """Return the remaining fraction without its sign."""
        size: Array = np.exp(step * self.log_multiplier)
        return size

    def left(self, step: Array) -> Array:
        """Return the remaining fraction with its sign."""
        size = self.size(step)
        return np.where(self.alternates & (step % 2 == 1), -size, size)

    def change(self, step: Array) -> Array:
        """Return the remaining fraction less 1."""
        change: Array = np.expm1(step * self.log_multiplier)
        return np.where(self.alternates & (step % 2 == 1), -2 - change, change)


@readonly
class MomentumFraction:
    """The modes of descent with momentum, which follow a recurrence. `pace` is lr * eigenvalue."""

    momentum: Momentum
    pace: Array

    def size(self, step: Array) -> Array:
        """Return the remaining fraction. Its sign does not matter, because it is squared."""
        return self._after(step).a

    def left(self, step: Array) -> Array:
        """Return the remaining fraction with its sign."""
        return self._after(step).a

    def change(self, step: Array) -> Array:
        """Return the remaining fraction less 1."""
        return -self._after(step).u

    def _after(self, step: Array) -> Map:
        return map_of_steps(self.momentum, self.pace, step)


@readonly
class ClosedForm:
    """A descent on p modes. The optimum is never subtracted, so flat directions keep their digits.

    `residual` and `distance` have one entry per mode: its residual before the first step, and its
    distance to the minimum. `directions` (p, p) has one row per mode.
    """

    start: Array
    directions: Array
    remaining: RemainingFraction
    eigenvalue: Array
    residual: Array
    distance: Array
    rss: float
    n: int

    def loss(self, step: Array) -> Array:
        """Return the loss (r,) after each of `step` (r, 1) updates. It is not finite where it
        overflows.
        """
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
    rows = [
        _mode(*mode)
        for mode in zip(modes.eigenvalues, modes.singular, residual.tolist(), strict=True)
    ]
    eigenvalue, distance = np.array(rows).T
    return ClosedForm(
        start=start,
        directions=modes.directions,
        remaining=_remaining(momentum, lr * eigenvalue),
        eigenvalue=eigenvalue,
        residual=residual,
        distance=distance,
        rss=modes.factor.rss,
        n=modes.factor.n,
    )


def _remaining(momentum: Momentum | None, pace: Array) -> RemainingFraction:
    if momentum:
        return MomentumFraction(momentum, pace)
    logarithms = np.array([log_multiplier(each) for each in pace.ravel().tolist()])
    return PlainFraction(logarithms.reshape(pace.shape), alternates=pace > 1)


def _mode(eigenvalue: float, singular: float, residual: float) -> tuple[float, float]:
    """Return the eigenvalue and the distance of a mode, or zeros if it does not move."""
    if singular and residual:
        return eigenvalue, residual / singular
    return 0.0, 0.0
