"""The exact analysis of a learning rate, computed before the first step."""

import sys
from math import ceil, inf, log, sqrt

import numpy as np

from service.descent.answers.explanation import Analysis, Mode, StepsToOnePercent
from service.descent.quadratic.excess import COUNTABLE
from service.descent.quadratic.problem import QuadraticProblem

LN2 = log(2)
LEAST_FALL = sys.float_info.min
"""The smallest decrease of the logarithm per step that has a half-life. A smaller one would take
more steps than a number can hold.
"""
LOG_LARGEST = {
    precision: log(float(np.finfo(precision).max)) for precision in ("float64", "float32")
}
"""The natural logarithm of the largest finite number of each precision."""


def analyse(problem: QuadraticProblem, lr: float | None) -> Analysis:
    """Return the whole analysis. Without a rate, the fields that depend on it are `None`."""
    outlook, modes = problem.outlook, described_modes(problem, lr)
    excess, fewest = outlook.excess, problem.fewest
    steps_at_lr = overflow = None
    if lr is not None:
        steps_at_lr = excess.steps_to(lr, outlook.target)
        overflow = predicted_overflow(problem, lr)
    return Analysis(
        basis="exact",
        modes=modes,
        condition=excess.condition,
        lr_limit=excess.limit,
        lr_no_bounce=excess.no_bounce,
        lr_fastest=excess.fastest,
        lr_best=outlook.lr_best,
        half_lives=[mode.half_life for mode in modes],
        steps_to_one_percent=StepsToOnePercent(
            lr=steps_at_lr,
            lr_fastest=fewest.at_fastest,
            best=fewest.here,
            standardized=fewest.standardized,
            orthonormal=fewest.orthonormal,
        ),
        predicted_overflow=overflow,
        sharpness=None,
        lr_limit_local=None,
        gradient_cosine=None,
        lr_limit_mean_square=None,
    )


def predicted_overflow(problem: QuadraticProblem, lr: float) -> int | None:
    """Return the first step at which the sum of squares overflows, or None if nothing grows."""
    if problem.outlook.excess.pace(lr) <= 2:
        return None
    largest, momentum = LOG_LARGEST[problem.sample.precision], problem.sample.momentum
    modes = zip(problem.modes.eigenvalues, problem.residual.tolist(), strict=True)
    steps = [
        (largest - 2 * log(abs(residual))) / (2 * growth)
        for eigenvalue, residual in modes
        if residual and (growth := momentum.change(lr * eigenvalue)) > 0
    ]
    first = min(steps, default=COUNTABLE)
    return ceil(first) if first < COUNTABLE else None


def described_modes(problem: QuadraticProblem, lr: float | None) -> list[Mode]:
    """Return the modes, at a rate if there is one. The sign of a direction is arbitrary, so its
    largest component is made positive.
    """
    momentum, n = problem.sample.momentum, problem.sample.factor.n
    names = problem.sample.spec.model.names
    residuals, directions = problem.residual.tolist(), problem.modes.directions.tolist()
    rows = zip(problem.modes.eigenvalues, residuals, directions, strict=True)
    described = []
    for eigenvalue, residual, direction in rows:
        sign = -1.0 if min(direction) < -max(direction) else 1.0
        multiplier = half_life = None
        if lr is not None:
            pace = lr * eigenvalue
            if pace != inf and not momentum.keeps:
                multiplier = 1 - pace
            change = momentum.change(pace)
            if change < -LEAST_FALL:
                half_life = -LN2 / change
        described.append(
            Mode(
                eigenvalue=eigenvalue,
                multiplier=multiplier,
                half_life=half_life,
                start=sign * residual / sqrt(n),
                direction={name: sign * part for name, part in zip(names, direction, strict=True)},
            )
        )
    return described


def lr_limit_mean_square(problem: QuadraticProblem, batch_size: int) -> float | None:
    """Return the rate up to which plain descent with batches drawn with replacement settles in the
    mean square, or None if nothing moves or the second moment overflows.

    A step multiplies the remaining distance by M = I - lr H_batch, and its second moment by
    E[M (x) M] = I - lr (H (x) I + I (x) H) + lr^2 E[H_batch (x) H_batch]. The spectral radius of
    that matrix is below 1 if lr is below 1 / that of (H (x) I + I (x) H)^-1 E[H_batch (x) H_batch],
    because all of these matrices map covariances to covariances. H_batch is the mean of H_j =
    2 w_j x_j x_j' over the batch, where w_j is the weight of a point, and H the mean over all
    points. Everything is computed in the k directions that the points determine, in which H is
    diagonal.
    """
    eigenvalues = np.array([value for value in problem.modes.eigenvalues if value])
    if not len(eigenvalues):
        return None
    directions = problem.modes.directions[: len(eigenvalues)]
    training = problem.sample.split.training
    x = problem.coordinates.design(training.t) @ directions.T
    if training.roots is not None:
        x *= training.roots[:, None]
    h = np.diag(eigenvalues)
    with np.errstate(over="ignore", invalid="ignore"):
        pairs = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        # the order of the four factors makes no difference
        alone = 4 * (pairs.T @ pairs) / len(x)
        second = alone / batch_size + (1 - 1 / batch_size) * np.kron(h, h)
    if not np.isfinite(second).all():
        return None
    drift = np.add.outer(eigenvalues, eigenvalues).ravel()
    radius: float = np.abs(np.linalg.eigvals(second / drift[:, None])).max().item()
    return 1 / radius
