"""Factors in the form in which they leave the service and return to it."""

from collections.abc import Iterable
from math import isfinite, sqrt

import numpy as np

from service.descent.arrays import Array, Times, difference
from service.descent.errors import NotComputableError
from service.descent.methods.bounds import MAX_NUMBER
from service.descent.methods.option import EXACT_BELOW
from service.descent.methods.stamps import write_stamp
from service.descent.points.dataset import Dataset
from service.descent.points.factor import Factor, Factors, rounding_of
from service.descent.points.newton import powers_of_nodes
from service.descent.points.scaling import Frames
from service.descent.questions.factors import PortableFactor, SentTimes
from service.descent.questions.points import Points

SMALLEST = float(np.finfo(float).smallest_normal)
"""The smallest part of the first number of a triangle that a diagonal entry can be. Without it, the
triangle could not be inverted.
"""


def portable(factor: Factor, points: Dataset, sent: Points | None = None) -> PortableFactor:
    """Return the factor of these points as it leaves the service. `sent` are the points of the
    request, some of which can be left out.

    Raises NotComputableError if a number is too large.
    """
    degree, rank, root = len(factor.d) - 1, factor.rank, sqrt(points.weight)
    frame = factor.polynomials.frame
    nodes = np.asarray(factor.polynomials.nodes)[: min(rank, degree)]
    level = float(np.average(points.y, weights=points.weights))
    y = factor.d[:rank].copy()
    y[0] = np.average(points.y - level, weights=points.weights) * factor.triangle[0, 0]
    missing = 0 if sent is None else sent.missing
    return PortableFactor(
        points=len(points.t),
        missing=missing,
        weightless=0 if sent is None else sent.sent_points - len(sent) - missing,
        sigma_is="relative" if factor.deviation is None else "absolute",
        degree=degree,
        extent=sent_times([points.t.min().item(), points.t.max().item()], frame.unit),
        mean=float(difference(points.t, nodes[0]).sum()) / len(points.t) / frame.unit,
        scale=frame.scale / frame.unit,
        nodes=sent_times(nodes.tolist(), frame.unit),
        level=level,
        triangle=rows_from_diagonal(
            factor.triangle[:rank, :rank] * root, y * root, sqrt(factor.rss) * root
        ),
    )


def sent_times(t: Iterable[float], unit: float) -> SentTimes:
    """Return values of t in the form in which they are sent, which is that of time stamps if their
    unit is not 1.
    """
    if unit == 1:
        return (*t,)
    return (*[write_stamp(int(each)) for each in t],)


def rows_from_diagonal(triangle: Array, y: Array, left: float) -> tuple[tuple[float, ...], ...]:
    """Return the rows of a triangle (p, p), each from its diagonal on, which becomes positive, and
    with its entry of y (p,), and a last row with what is left of y.

    Raises NotComputableError if a number is too large, or a diagonal entry too small.
    """
    signs = np.sign(np.diagonal(triangle))[:, None]
    table = (np.column_stack([triangle, y]) * signs).tolist()
    rows = [tuple(row[i:]) for i, row in enumerate(table)]
    rows.append((left,))
    if not all(isfinite(each) and abs(each) <= MAX_NUMBER for row in rows for each in row):
        message = "The numbers of the factor are too large: rescale t, y and the weights."
        raise NotComputableError(message)
    if not all(row[0] for row in rows[:-1]):
        message = "The numbers of the factor are too small: rescale t, y and the weights."
        raise NotComputableError(message)
    return (*rows,)


def opened(factor: PortableFactor) -> tuple[Frames, Factors, float | None]:
    """Return the frame and the factor, each as a stack of one, and the standard deviation of the
    error of a point with the mean weight, or None if the residuals show it.

    Raises NotComputableError if a number is too large.
    """
    p, rank, positions = factor.degree + 1, factor.rank, factor.positions
    triangle, d, left = padded(factor, p)
    d[0] += factor.level * triangle[0, 0]
    root = sqrt(factor.points) / abs(triangle[0, 0].item())
    if abs(np.diagonal(triangle)[:rank] / triangle[0, 0]).min() < SMALLEST:
        raise NotComputableError("The numbers of the factor are too small: rescale t and y.")
    rss = (root * left) * (root * left)  # a power would raise an error if it is too large
    invertible = root * triangle
    invertible[range(rank, p), range(rank, p)] = 1
    center = positions.center
    frames = Frames(times([center]), np.array([positions.scale]), positions.unit)
    nodes = times([*positions.nodes, *[center] * (factor.degree - len(positions.nodes))])[None]
    of_powers = powers_of_nodes(frames.x(nodes))
    if not (isfinite(rss) and np.isfinite(invertible @ of_powers).all()):
        raise NotComputableError("The numbers of the factor are too large: rescale t and y.")
    factors = Factors(
        r=(root * triangle)[None] @ of_powers,
        d=(root * d)[None],
        rss=np.array([rss]),
        n=factor.points,
        rank=np.array([rank]),
        invertible=invertible[None] @ of_powers,
        nodes=nodes,
        triangle=invertible[None],
        rounding=rounding_of((root * d)[None]),
    )
    return frames, factors, None if factor.sigma_is == "relative" else root


def padded(factor: PortableFactor, p: int) -> tuple[Array, Array, float]:
    """Return the triangle (p, p) of a factor, its part (p,) of y and what is left of y, for the
    first p polynomials. Rows that the points do not determine are 0.
    """
    size = max(p, factor.rank)
    triangle, y = np.zeros((size, size)), np.zeros(size)
    for i, row in enumerate(factor.triangle[:-1]):
        triangle[i, i : factor.rank] = row[:-1]
        y[i] = row[-1]
    left = np.hypot.reduce([*y[p:].tolist(), factor.triangle[-1][0]])
    return triangle[:p, :p], y[:p], float(left)


def times(values: Iterable[float]) -> Times:
    """Return values of t as an array, of integers if one of them is an integer that float64 would
    round.
    """
    found = [*values]
    if all(isinstance(each, int) for each in found):
        return np.array(found)
    exact = all(abs(each) < EXACT_BELOW and each == int(each) for each in found)
    if exact and any(isinstance(each, int) for each in found):
        return np.array([*map(int, found)])
    return np.array(found, dtype=float)
