"""A comparison of the polynomials of each degree, from the factor of the highest."""

from math import log

from scipy.special import fdtrc

from service.descent.answers.results import DegreeFit
from service.descent.arrays import EPS
from service.descent.points.factor import Factor, r2


def compared_degrees(factor: Factor) -> list[DegreeFit]:
    """Return the least-squares fit of each degree from 0 up to that of the factor.

    Nothing is fitted again. The leading block of r belongs to the lower degree, so a degree leaves
    what the factor leaves, and the squares of d for the coefficients that it does not have. A
    residual sum of squares below (10 p eps)^2 times the total is rounding, and counts as 0.
    """
    squares = [part * part for part in factor.d.tolist()]
    rounding = (10 * len(squares) * EPS) ** 2 * factor.variation
    fits = []
    for degree, square in enumerate(squares):
        rss = factor.rss + sum(squares[degree + 1 :])
        if rss <= rounding:
            rss = 0.0
        fits.append(_fit(factor, degree, rss, square))
    return fits


def _fit(factor: Factor, degree: int, rss: float, square: float) -> DegreeFit:
    """Return the fit of one degree. `square` is what its last coefficient takes from the residual
    sum of squares of the degree below.
    """
    n, freedom, total = factor.n, factor.n - degree - 1, factor.variation
    varies = r2(factor) is not None
    comparable = varies and freedom > 0 and degree < factor.rank
    share = adjusted = aicc = bic = statistic = p_value = None
    if varies:
        share = 1 - rss / total
    if comparable:
        adjusted = 1 - (rss / freedom) / (total / (n - 1))
    if comparable and rss:
        estimated = degree + 2  # the coefficients and the variance
        deviance = n * log(rss / n)
        bic = deviance + estimated * log(n)
        if n > estimated + 1:
            aicc = deviance + 2 * estimated * n / (n - estimated - 1)
        if degree:
            statistic = square / (rss / freedom)
            p_value = fdtrc(1, freedom, statistic).item()
    return DegreeFit(
        degree=degree,
        rss=rss,
        r2=share,
        adjusted_r2=adjusted,
        aicc=aicc,
        bic=bic,
        f_statistic=statistic,
        p_value=p_value,
    )
