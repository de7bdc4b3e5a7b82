"""The same trajectory as the loop's, in closed form: a step costs nothing, whatever the number of
points.
"""

from typing import Protocol

import numpy as np

from service.descent.arrays import Array, Mask
from service.descent.frozen import frozen
from service.descent.quadratic.modes import Modes, log_multiplier
from service.descent.quadratic.momentum import Map, Momentum, steps


class Way(Protocol):
    """How p modes go to their ends. Of several rates, its arrays are (rates, 1, p), and so each
    answer has a first axis more.
    """

    def size(self, step: Array) -> Array:
        """What is left of the way (r, p) after each of `step` (r, 1) updates, without its sign."""

    def left(self, step: Array) -> Array:
        """The same with its sign."""

    def change(self, step: Array) -> Array:
        """What is left, less 1: to its last digit where that is small."""


@frozen
class Plain:
    """A step multiplies what is left of a mode's way by 1 - lr * eigenvalue.

    `log_multiplier` is ln |1 - lr * eigenvalue|, `alternates` where the multiplier is negative
    (None: nowhere).
    """

    log_multiplier: Array
    alternates: Mask | None

    def size(self, step: Array) -> Array:
        """What is left of the way, without its sign."""
        size: Array = np.exp(step * self.log_multiplier)
        return size

    def left(self, step: Array) -> Array:
        """What is left of the way."""
        size = self.size(step)
        return (
            size
            if self.alternates is None
            else np.where(self.alternates & (step % 2 == 1), -size, size)
        )

    def change(self, step: Array) -> Array:
        """What is left, less 1."""
        change: Array = np.expm1(step * self.log_multiplier)
        return (
            change
            if self.alternates is None
            else np.where(self.alternates & (step % 2 == 1), -2 - change, change)
        )


@frozen
class Swinging:
    """With momentum, each mode follows its recurrence. `pace` is lr * eigenvalue."""

    momentum: Momentum
    pace: Array

    def size(self, step: Array) -> Array:
        """What is left of the way; it is squared."""
        return self._after(step).a

    def left(self, step: Array) -> Array:
        """What is left of the way."""
        return self._after(step).a

    def change(self, step: Array) -> Array:
        """What is left, less 1."""
        return -self._after(step).u

    def _after(self, step: Array) -> Map:
        return steps(self.momentum, self.pace, step)


@frozen
class ClosedForm:
    """Descent on p modes. The optimum is never subtracted, so flat directions keep their digits.

    An entry a mode: `residual` stands before the first step, `distance` is how far the mode is from
    its end. `directions` (p, p) has a row a mode.
    """

    start: Array
    directions: Array
    way: Way
    eigenvalue: Array
    residual: Array
    distance: Array
    rss: float
    n: int

    def loss(self, step: Array) -> Array:
        """The loss (r,) after each of `step` (r, 1) updates; not finite where it overflows."""
        residual = self.way.size(step) * self.residual
        loss: Array = (np.square(residual).sum(axis=-1) + self.rss) / self.n
        return loss

    def params(self, step: Array) -> Array:
        """The parameters (r, p)."""
        return self.start + (self.way.change(step) * self.distance) @ self.directions

    def gradients(self, step: Array) -> Array:
        """The gradients (r, p)."""
        return (self.way.left(step) * self.eigenvalue * self.distance) @ self.directions


def closed_form(
    modes: Modes,
    start: Array,
    residual: Array,
    *,
    lr: float | Array,
    momentum: Momentum | None = None,
) -> ClosedForm:
    """Descent from `start` (p,), where the modes have `residual` (p,); at one rate, or at several
    (rates, 1, 1).

    A mode that is undetermined, or at its end, rests.
    """
    rows = [
        _mode(*mode)
        for mode in zip(modes.eigenvalues, modes.singular, residual.tolist(), strict=True)
    ]
    eigenvalue, distance = np.array(rows).T
    pace = lr * eigenvalue
    return ClosedForm(
        start=start,
        directions=modes.directions,
        way=Swinging(momentum, pace) if momentum else _plain(pace),
        eigenvalue=eigenvalue,
        residual=residual,
        distance=distance,
        rss=modes.factor.rss,
        n=modes.factor.n,
    )


def _plain(pace: Array) -> Plain:
    paces = pace.ravel().tolist()
    return Plain(
        log_multiplier=np.array([log_multiplier(each) for each in paces]).reshape(pace.shape),
        alternates=pace > 1 if max(paces) > 1 else None,
    )


def _mode(eigenvalue: float, singular: float, residual: float) -> tuple[float, float]:
    """Eigenvalue and distance."""
    return (eigenvalue, residual / singular) if singular and residual else (0.0, 0.0)
