"""The learning rate up to which independent mini-batches settle in the mean square: their noise has
a limit of its own.
"""

import numpy as np

from service.descent.arrays import Array
from service.descent.quadratic.problem import Problem


def lr_limit_mean_square(problem: Problem, batch_size: int) -> float | None:
    """Of plain descent with batches drawn with replacement; None where nothing moves.

    A step multiplies what is left of the way by M = I - lr H_batch, and its second moment by E[M
    (x) M] = I - lr (H (x) I + I (x) H) + lr^2 E[H_batch (x) H_batch]. Its spectral radius is below
    1 where lr is below 1 / that of (H (x) I + I (x) H)^-1 E[H_batch (x) H_batch], as all of these
    map covariances to covariances. H_batch is the mean of H_j = 2 x_j x_j' over the batch, and H
    over all points.
    """
    eigenvalues = np.array([value for value in problem.modes.eigenvalues if value])
    if not len(eigenvalues):
        return None
    second = second_moment(problem, eigenvalues, batch_size)
    if not np.isfinite(second).all():
        return None
    drift = np.add.outer(eigenvalues, eigenvalues).ravel()
    radius: float = np.abs(np.linalg.eigvals(second / drift[:, None])).max().item()
    return 1 / radius


def second_moment(problem: Problem, eigenvalues: Array, batch_size: int) -> Array:
    """E[H_batch (x) H_batch] (k^2, k^2), in the k directions that the points determine: there H is
    diagonal.
    """
    directions = problem.modes.directions[: len(eigenvalues)]
    x = problem.coordinates.design(problem.given.split.training.t) @ directions.T
    h = np.diag(eigenvalues)
    with np.errstate(over="ignore", invalid="ignore"):
        pairs = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        # the same whichever way its four factors are paired
        alone: Array = 4 * (pairs.T @ pairs) / len(x)
        return alone / batch_size + (1 - 1 / batch_size) * np.kron(h, h)
