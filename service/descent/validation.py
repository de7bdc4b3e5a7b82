"""The loss of points that the descent does not see."""

import numpy as np

from service.descent.arrays import Array
from service.descent.errors import NotComputableError
from service.descent.factor import Factor, factorize
from service.descent.frozen import frozen
from service.descent.problem import Problem
from service.descent.verdict import Descent


@frozen
class HeldOut:
    """The points compressed, and the way (p, p) from the coordinates stepped in to ascending powers of x."""

    factor: Factor
    to_powers: Array

    def loss(self, params: Array) -> Array:
        """The loss (..., r) of parameters (..., r, p); infinite where it overflows."""
        residual = params @ (self.factor.r @ self.to_powers).T - self.factor.d
        loss: Array = (np.square(residual).sum(axis=-1) + self.factor.rss) / self.factor.n
        return loss


def check_held_out(problem: Problem, descent: Descent) -> None:
    """Raises NotComputableError where a run ended at a loss that is not finite, though the loss that the descent sees never grows."""
    if descent.diverged_at is None or problem.given.split.held_out is None:
        return
    if problem.outlook.excess.pace(descent.lr) <= 2:
        raise NotComputableError("The loss of the points held out is too large for a number: bring their t and y closer to the others.")


def held_out(problem: Problem) -> HeldOut | None:
    """The points held out, if there are any."""
    points = problem.given.split.held_out
    if points is None:
        return None
    factor = factorize(problem.frame.x(points.t), points.y, len(problem.start) - 1)
    return HeldOut(factor, problem.coordinates.to_scaled[::-1])
