"""Columns that polynomials are combined of: powers of x or, where these lose digits, Newton's
polynomials, whose values keep all of them at every t.
"""

from collections.abc import Sequence

import numpy as np
from scipy.linalg.blas import idamax

from service.descent.arrays import EPS, Array, Times
from service.descent.points.scaling import Frame
from service.descent.readonly import readonly


@readonly
class Newton:
    """The polynomials N_k(t) = (t - z_0) ... (t - z_(k-1)) / scale^k with the `nodes` z (degree,)
    and the scale of `frame`. If each node is the center, they are the powers of x.
    """

    frame: Frame
    nodes: Sequence[float] | Times

    def columns(self, t: Times) -> Array:
        """Return the values (n, p) of the polynomials at t (n,)."""
        columns = _first_of(len(t), len(self.nodes) + 1)
        for power, node in enumerate(self.nodes):
            _multiply(columns, power, t, node, self.frame)
        return columns

    def powers(self) -> Array:
        """Return the matrix (p, p) that turns coefficients of 1, x, x^2, ... into those of the
        polynomials.

        Each column follows from the one before: x N_k = N_(k+1) + x_k N_k, with the x of node k.
        """
        x = np.append(self.frame.x(np.array(self.nodes)), 0)
        matrix = np.eye(len(x))
        for power in range(len(self.nodes)):
            column = matrix[:, power]
            matrix[:, power + 1] = x * column
            matrix[1:, power + 1] += column[:-1]
        return matrix


def powers(x: Array, degree: int) -> Array:
    """Return the powers 1, x, x^2, ... (n, p) of x (n,)."""
    columns = _first_of(len(x), degree + 1)
    for power in range(degree):
        np.multiply(columns[:, power], x, out=columns[:, power + 1])
    return columns


def newton(t: Times, frame: Frame, degree: int) -> tuple[Newton, Array, int]:
    """Return the polynomials whose nodes are some of the points at t (n,), their values (n, p)
    there, and the number of them that the points determine. The values of the others are 0.

    Each node is the point at which the last polynomial is largest, as pivots are chosen in
    Gaussian elimination (Leja's points). At the nodes, the values are therefore a lower triangle
    without an entry above its diagonal, so the columns are far from dependent, whatever the points
    are. Differences of points have all digits, and so have their products.
    """
    columns, places = _first_of(len(t), degree + 1), []
    for power in range(degree):
        places.append(idamax(columns[:, power]))
        _multiply(columns, power, t, t[places[-1]].item(), frame)
    nodes = t[places]
    places.append(idamax(columns[:, degree]))
    largest = [abs(columns.item(place, power)) for power, place in enumerate(places)]
    rank = _rank(largest, max(columns.shape) * EPS)
    columns[:, rank:] = 0
    return Newton(frame, nodes), columns, rank


def _first_of(n: int, p: int) -> Array:
    """Return room for the values (n, p), with the first of them."""
    columns = np.empty((n, p), order="F")
    columns[:, 0] = 1
    return columns


def _multiply(columns: Array, power: int, t: Times, node: float, frame: Frame) -> None:
    """Compute the next column. The difference comes first, because it is exact."""
    np.multiply(columns[:, power], (t - node) / frame.scale, out=columns[:, power + 1])


def _rank(largest: list[float], tolerance: float) -> int:
    """Return the index of the first polynomial whose largest value is negligible relative to that
    of the one before. The points are then nodes, but for rounding.
    """
    for i in range(1, len(largest)):
        if largest[i] <= tolerance * largest[i - 1]:
            return i
    return len(largest)
