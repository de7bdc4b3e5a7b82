"""The exact analysis of a learning rate, computed before the first step."""

from math import ceil, inf, log, sqrt

import numpy as np

from service.descent.answers.explanation import Analysis, Mode, StepsToOnePercent
from service.descent.quadratic.decay import COUNTABLE
from service.descent.quadratic.problem import QuadraticProblem

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
            lr=None if lr is None else excess.at(lr).steps_to(outlook.target),
            lr_fastest=problem.steps_at_fastest,
            standardized=problem.steps_standardized,
            orthonormal=excess.on_one_slope(outlook.target) if problem.given.scalable else None,
        ),
        predicted_overflow=None if lr is None else predicted_overflow(problem, lr),
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
    excess, plain = problem.outlook.excess, problem.given.momentum is None
    found = []
    for eigenvalue, residual, direction in rows:
        pace = 0.0 if lr is None else lr * eigenvalue
        multiplier = None if lr is None or pace == inf or not plain else 1 - pace
        found.append(
            _mode(
                eigenvalue,
                residual / spread,
                direction,
                names,
                multiplier=multiplier,
                fall=excess.change(pace),
            )
        )
    return found


def _mode(
    eigenvalue: float,
    start: float,
    direction: list[float],
    names: tuple[str, ...],
    *,
    multiplier: float | None,
    fall: float,
) -> Mode:
    if min(direction) < -max(direction):
        start, direction = -start, [-part for part in direction]
    return Mode(
        eigenvalue=eigenvalue,
        multiplier=multiplier,
        half_life=-LN2 / fall if fall < -LEAST else None,
        start=start,
        direction=dict(zip(names, direction, strict=True)),
    )
