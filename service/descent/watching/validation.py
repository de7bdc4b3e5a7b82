"""The loss of points that the descent does not see."""

from typing import Protocol

import numpy as np

from service.descent.arrays import Array
from service.descent.frozen import frozen
from service.descent.points.dataset import Dataset
from service.descent.points.factor import Factor, factorize
from service.descent.quadratic.problem import Problem


class HeldOut(Protocol):
    """Points that the descent does not see."""

    def loss(self, params: Array) -> Array:
        """The loss (r,) of parameters (r, p); not finite where it overflows."""


@frozen
class Compressed:
    """The points compressed, and the way (p, p) from the coordinates stepped in to ascending powers
    of x.
    """

    factor: Factor
    to_powers: Array

    def loss(self, params: Array) -> Array:
        """The loss (..., r) of parameters (..., r, p); infinite where it overflows."""
        residual = params @ (self.factor.r @ self.to_powers).T - self.factor.d
        loss: Array = (np.square(residual).sum(axis=-1) + self.factor.rss) / self.factor.n
        return loss


def compressed(problem: Problem, points: Dataset) -> Compressed:
    """These points, whose mean squared error a triangle gives."""
    factor = factorize(problem.frame.x(points.t), points.y, len(problem.start) - 1)
    return Compressed(factor, problem.coordinates.to_scaled[::-1])
