"""The same trajectory as the loop's, in closed form: a step costs nothing, whatever the number of points."""

import numpy as np

from service.descent.arrays import Array, Mask
from service.descent.frozen import frozen
from service.descent.modes import Modes, log_multiplier


@frozen
class ClosedForm:
    """Descent on p modes: a step multiplies a mode's residual by 1 - lr * eigenvalue.

    An entry a mode: `log_multiplier` is ln |1 - lr * eigenvalue|, `alternates` where the multiplier is negative (None: nowhere),
    `residual` stands before the first step, `distance` is how far the mode is from its end. `directions` (p, p) has a row a mode.
    Of several rates, `log_multiplier` and `alternates` are (rates, 1, p), and so each answer has a first axis more.
    """

    start: Array
    directions: Array
    log_multiplier: Array
    alternates: Mask | None
    eigenvalue: Array
    residual: Array
    distance: Array
    rss: float
    n: int

    def loss(self, step: Array) -> Array:
        """The loss (r,) after each of `step` (r, 1) updates; infinite where it overflows."""
        residual = np.exp(step * self.log_multiplier) * self.residual
        loss: Array = (np.square(residual).sum(axis=-1) + self.rss) / self.n
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
        return (power * self.eigenvalue * self.distance) @ self.directions


def closed_form(modes: Modes, start: Array, residual: Array, *, lr: float | Array) -> ClosedForm:
    """Descent from `start` (p,), where the modes have `residual` (p,); at one rate, or at several (rates, 1, 1).

    A mode that is undetermined, or at its end, rests.
    """
    rows = [_mode(*mode) for mode in zip(modes.eigenvalues, modes.singular, residual.tolist(), strict=True)]
    eigenvalue, distance = np.array(rows).T
    pace = lr * eigenvalue
    paces = pace.ravel().tolist()
    return ClosedForm(
        start=start,
        directions=modes.directions,
        log_multiplier=np.array([log_multiplier(each) for each in paces]).reshape(pace.shape),
        alternates=pace > 1 if max(paces) > 1 else None,
        eigenvalue=eigenvalue,
        residual=residual,
        distance=distance,
        rss=modes.factor.rss,
        n=modes.factor.n,
    )


def _mode(eigenvalue: float, singular: float, residual: float) -> tuple[float, float]:
    """Eigenvalue and distance."""
    return (eigenvalue, residual / singular) if singular and residual else (0.0, 0.0)
