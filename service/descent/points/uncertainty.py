"""The uncertainty of the least-squares curve, at any t and for a new point there."""

from scipy.linalg.lapack import dtrtrs

from service.descent.answers.results import Intervals
from service.descent.arrays import Times
from service.descent.points.factor import Factor, interval95, standard_errors


def prediction_intervals(factor: Factor, t: Times) -> Intervals | None:
    """Return the 95 % t intervals of the least-squares curve at t (m,), and of new points there.

    With the polynomials v of the factor and w = triangle^-T v, the curve is w'd, its standard error
    is s |w|, and that of a new point is s sqrt(1 + |w|^2): G. A. F. Seber and A. J. Lee, Linear
    Regression Analysis (2003), section 5.

    Return None if there are no degrees of freedom, the optimum is not unique, or a bound is too
    large for a double.
    """
    columns = factor.polynomials.columns(t)
    weights = dtrtrs(factor.triangle, columns.T, trans=1)[0]
    curve, parts = (factor.d @ weights).tolist(), weights.tolist()
    mean_errors = standard_errors(factor, parts)
    new_errors = standard_errors(factor, [*parts, [1.0] * len(t)])
    if mean_errors is None or new_errors is None:
        return None
    mean = interval95(factor.freedom, curve, mean_errors)
    new = interval95(factor.freedom, curve, new_errors)
    if mean is None or new is None:
        return None
    return Intervals(mean, new)


def residual_deviation(factor: Factor) -> float | None:
    """Return s, the standard deviation of points about the curve that they determine, or None if
    there are no degrees of freedom or the optimum is not unique.
    """
    errors = standard_errors(factor, [[1.0]])  # of a new point whose curve is known
    if errors is None:
        return None
    return errors[0]
