"""The rate at which a plain descent ends lowest after a number of updates."""

from collections.abc import Sequence
from math import exp, inf, log, log1p

from service.descent.quadratic.modes import HUGE
from service.descent.quadratic.momentum import SAME

LOWEST = -36.0
"""A z at which rate * largest is 1 in double precision."""
CLOSE = 1e-6
"""The relative step with which Newton's method ends: its error is then about the square of it."""


def best_rate(
    eigenvalues: Sequence[float], held: Sequence[float], steps: int, *, distance: float
) -> float:
    """Return the rate that ends lowest after `steps` updates, given the eigenvalue of each moving
    mode, steepest first, and the excess that it holds. `distance` is the least relative distance of
    the rate from the limit. The excess is convex in the rate, so there is one minimum.

    At the minimum, the modes that jump across the valley pull as much as those that do not. The
    equation is solved for z = ln(rate * largest - 1), in which the difference of the logarithms of
    both pulls is nearly linear. The first z is the solution if only the steepest mode and the
    flattest pull.
    """
    largest, smallest = eigenvalues[0], eigenvalues[-1]
    if smallest > (1 - SAME) * largest:
        return 1 / largest
    pulls = [
        (eigenvalue / largest, log(eigenvalue) + log(share))
        for eigenvalue, share in zip(eigenvalues, held, strict=True)
    ]
    first = log(beyond(two_modes(eigenvalues, held), steps))
    z = _balanced(pulls, 2 * steps - 1, first, highest=log1p(-2 * distance))
    return (1 + exp(z)) / largest


def two_modes(eigenvalues: Sequence[float], held: Sequence[float]) -> tuple[float, float]:
    """Return the smallest eigenvalue as a fraction of the largest, and the logarithm of the pull of
    the flattest mode minus that of the steepest.
    """
    share = eigenvalues[-1] / eigenvalues[0]
    return share, log(share) + log(held[-1]) - log(held[0])


def beyond(two: tuple[float, float], steps: int) -> float:
    """Return rate * largest - 1 for the rate that ends lowest if only these two modes move."""
    share, pull = two
    ratio = exp(max(LOWEST, min(pull / (2 * steps - 1), -LOWEST)))
    return ratio * (1 - share) / (1 + ratio * share)


def _balanced(
    pulls: Sequence[tuple[float, float]], power: int, first: float, *, highest: float
) -> float:
    """Return the z at which both groups of modes pull equally, at most `highest`. Newton's method
    starts from `first` and is kept between two bounds.
    """
    low, high, moved = LOWEST, highest, inf
    at = max(low, min(first, highest))
    while moved > -CLOSE * at:
        value, slope = _imbalance(pulls, power, at)
        if value > 0:
            high = at
        else:
            low = at
        ahead = at - value / slope
        if not low <= ahead <= high or abs(ahead - at) > moved / 2:
            ahead = (low + high) / 2
        at, moved = ahead, abs(ahead - at)
    return at


def _imbalance(pulls: Sequence[tuple[float, float]], power: int, z: float) -> tuple[float, float]:
    """Return the logarithm of the pull of the modes that jump across the valley, minus that of the
    others, and the derivative of the difference.
    """
    growth, across, short = exp(z), [], []
    for share, weight in pulls:
        beyond = share * growth - (1 - share)
        if beyond > 0:
            across.append((weight + power * log(beyond), share * growth / beyond))
        elif beyond < 0:
            short.append((weight + power * log(-beyond), share * growth / beyond))
    if not short:
        return HUGE, 1.0
    (high, rise), (low, fall) = _log_sum(across), _log_sum(short)
    return high - low, power * (rise - fall)


def _log_sum(pulls: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return ln (e^pull + ...) without overflow, and the weighted mean of the slopes."""
    if len(pulls) == 1:
        return pulls[0]
    (largest, _), total, slopes = max(pulls), 0.0, 0.0
    for pull, slope in pulls:
        part = exp(pull - largest)
        total += part
        slopes += part * slope
    return largest + log(total), slopes / total
