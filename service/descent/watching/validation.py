"""The loss of the held-out points."""

from typing import Protocol

import numpy as np

from service.descent.arrays import Array
from service.descent.frozen import readonly
from service.descent.points.dataset import Dataset
from service.descent.points.factor import Factor, factorize
from service.descent.quadratic.problem import QuadraticProblem


class HeldOut(Protocol):
    """The held-out points."""

    def loss(self, params: Array) -> Array:
        """Return the losses (r,) of params (r, p); a loss that overflows is not finite."""


@readonly
class Compressed:
    """The held-out points in compressed form, and the matrix (p, p) from the coordinates of the
    descent to ascending powers of x.
    """

    factor: Factor
    to_powers: Array

    def loss(self, params: Array) -> Array:
        """Return the losses (..., r) of params (..., r, p); a loss that overflows is infinite."""
        residual = params @ (self.factor.r @ self.to_powers).T - self.factor.d
        loss: Array = (np.square(residual).sum(axis=-1) + self.factor.rss) / self.factor.n
        return loss


def compressed(problem: QuadraticProblem, points: Dataset) -> Compressed:
    """Return these points in compressed form: their mean squared error needs only a triangle (p,
    p).
    """
    factor = factorize(problem.given.frame.x(points.t), points.y, len(problem.start) - 1)
    return Compressed(factor, problem.coordinates.to_scaled[::-1])
