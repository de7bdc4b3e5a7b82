"""The exact analysis of a learning rate, computed before the first step."""

from math import ceil, inf, log, sqrt

import numpy as np

from service.descent.answers.explanation import Analysis, Mode, StepsToOnePercent
from service.descent.quadratic.decay import COUNTABLE
from service.descent.quadratic.problem import QuadraticProblem
from service.descent.quadratic.rates import Excess

LN2 = log(2)
LEAST = float(np.finfo(np.float64).tiny)
"""The smallest decrease of the logarithm per step that has a half-life. A smaller one would take
more steps than a number can hold.
"""
LOG_LARGEST = {
    precision: log(float(np.finfo(precision).max)) for precision in ("float64", "float32")
}
"""The natural logarithm of the largest finite number of each precision."""


def analyse(problem: QuadraticProblem, lr: float | None) -> Analysis:
    """Return the whole analysis. Without a rate, the fields that depend on it are `None`."""
    outlook, known = problem.outlook, modes(problem, lr)
    excess = outlook.excess
    steps_at_lr = overflow = orthonormal = None
    if lr is not None:
        steps_at_lr = excess.at(lr).steps_to(outlook.target)
        overflow = predicted_overflow(problem, lr)
    if problem.given.scalable:
        orthonormal = excess.steps_if_equally_steep(outlook.target)
    return Analysis(
        basis="exact",
        modes=known,
        condition=excess.condition,
        lr_limit=excess.limit,
        lr_no_bounce=excess.no_bounce,
        lr_fastest=excess.fastest,
        lr_best=outlook.lr_best,
        half_lives=[mode.half_life for mode in known],
        steps_to_one_percent=StepsToOnePercent(
            lr=steps_at_lr,
            lr_fastest=problem.steps_at_fastest,
            standardized=problem.steps_standardized,
            orthonormal=orthonormal,
        ),
        predicted_overflow=overflow,
        sharpness=None,
        lr_limit_local=None,
        gradient_cosine=None,
        lr_limit_mean_square=None,
    )


def predicted_overflow(problem: QuadraticProblem, lr: float) -> int | None:
    """Return the first step at which the sum of squares exceeds the largest number, or None if
    nothing grows.
    """
    eigenvalues = problem.modes.eigenvalues
    excess = problem.outlook.excess
    if excess.pace(lr) <= 2:
        return None
    largest = LOG_LARGEST[problem.given.precision]
    steps = [
        (largest - 2 * log(abs(residual))) / (2 * growth)
        for residual, eigenvalue in zip(problem.residual.tolist(), eigenvalues, strict=True)
        if residual and (growth := excess.change(lr * eigenvalue)) > 0
    ]
    first = min(steps, default=COUNTABLE)
    return ceil(first) if first < COUNTABLE else None


def modes(problem: QuadraticProblem, lr: float | None) -> list[Mode]:
    """Return the modes, at a rate if there is one. The sign of a direction is arbitrary, so its
    largest component is made positive.
    """
    spread, names = sqrt(problem.given.factor.n), problem.given.spec.names
    rows = zip(
        problem.modes.eigenvalues,
        problem.residual.tolist(),
        problem.modes.directions.tolist(),
        strict=True,
    )
    found = []
    for eigenvalue, residual, direction in rows:
        sign = -1.0 if min(direction) < -max(direction) else 1.0
        multiplier = half_life = None
        if lr is not None:
            multiplier = _multiplier(problem, lr * eigenvalue)
            half_life = _half_life(problem.outlook.excess, lr * eigenvalue)
        found.append(
            Mode(
                eigenvalue=eigenvalue,
                multiplier=multiplier,
                half_life=half_life,
                start=sign * residual / spread,
                direction={name: sign * part for name, part in zip(names, direction, strict=True)},
            )
        )
    return found


def _multiplier(problem: QuadraticProblem, pace: float) -> float | None:
    """Return 1 - pace, or None if that is not finite or does not say what a step does."""
    if pace == inf or problem.given.momentum:
        return None
    return 1 - pace


def _half_life(excess: Excess, pace: float) -> float | None:
    """Return the number of steps that halve the distance to the optimum, or None if none does."""
    change = excess.change(pace)
    return -LN2 / change if change < -LEAST else None
