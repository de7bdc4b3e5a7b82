"""The unfinished fit: the part of the least-squares solution that plain descent has reached."""

from math import isfinite

import numpy as np

from service.descent.answers.explanation import SpectralFilter
from service.descent.points.factor import standard_errors
from service.descent.points.uncertainty import residual_deviation
from service.descent.quadratic.modes import log_multiplier
from service.descent.quadratic.problem import QuadraticProblem


def spectral_filter(
    problem: QuadraticProblem, lr: float, steps: int, loss: float
) -> SpectralFilter | None:
    """Return the filter that plain descent at a rate is after `steps` steps, where it has `loss`,
    or None if a factor is too large for a double.

    With filter factors f_i and singular values s_i, the covariance of the coefficients is s^2 V
    diag(f_i^2 / s_i^2) V': P. C. Hansen, Rank-Deficient and Discrete Ill-Posed Problems (1998),
    section 6.1. Mallows' estimate is that of T. Hastie, R. Tibshirani and J. Friedman, The Elements
    of Statistical Learning (2009), equation 7.26.
    """
    sample, modes = problem.sample, problem.modes
    factors = [filter_factor(lr * eigenvalue, steps) for eigenvalue in modes.eigenvalues]
    if not all(map(isfinite, factors)):
        return None
    freedom, mallows, named_errors = sum(factors), None, None
    deviation = residual_deviation(sample.factor)
    if deviation is not None:
        mallows = loss + 2 * deviation**2 * freedom / sample.factor.n
        # a mode without a singular value stays at the start: it does not scatter
        sizes = [
            factor / size for factor, size in zip(factors, modes.singular, strict=True) if size
        ]
        columns = problem.coordinates.to_caller @ (modes.directions[: len(sizes)].T * sizes)
        errors = standard_errors(sample.factor, columns.T.tolist())
        if errors:
            named_errors = dict(zip(sample.spec.model.names, errors, strict=True))
    return SpectralFilter(factors, freedom, mallows, named_errors)


def filter_factor(pace: float, steps: int) -> float:
    """Return 1 - (1 - pace)^steps, to its last digit where that is small. It may overflow."""
    change: float = np.expm1(steps * log_multiplier(pace)).item()
    if pace > 1 and steps % 2 == 1:  # on the other side of the valley
        return 2 + change
    return -change
