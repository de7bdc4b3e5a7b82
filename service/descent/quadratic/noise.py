"""The learning rate up to which independent mini-batches settle in the mean square. Their noise has
a limit of its own.
"""

import numpy as np

from service.descent.arrays import Array
from service.descent.quadratic.problem import QuadraticProblem


def lr_limit_mean_square(problem: QuadraticProblem, batch_size: int) -> float | None:
    """Return the limit of plain descent with batches drawn with replacement, or None if nothing
    moves or the second moment overflows.

    A step multiplies the remaining distance by M = I - lr H_batch, and its second moment by
    E[M (x) M] = I - lr (H (x) I + I (x) H) + lr^2 E[H_batch (x) H_batch]. The spectral radius of
    that matrix is below 1 if lr is below 1 / that of (H (x) I + I (x) H)^-1 E[H_batch (x) H_batch],
    because all of these matrices map covariances to covariances. H_batch is the mean of H_j =
    2 x_j x_j' over the batch, and H the mean over all points.
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


def second_moment(problem: QuadraticProblem, eigenvalues: Array, batch_size: int) -> Array:
    """Return E[H_batch (x) H_batch] (k^2, k^2) in the k directions that the points determine, in
    which H is diagonal.
    """
    directions = problem.modes.directions[: len(eigenvalues)]
    x = problem.coordinates.design(problem.given.split.training.t) @ directions.T
    h = np.diag(eigenvalues)
    with np.errstate(over="ignore", invalid="ignore"):
        pairs = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        # the order of the four factors makes no difference
        alone: Array = 4 * (pairs.T @ pairs) / len(x)
        return alone / batch_size + (1 - 1 / batch_size) * np.kron(h, h)
