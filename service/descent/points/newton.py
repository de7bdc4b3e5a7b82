"""Columns that polynomials are combined of: powers of x or, where these lose digits, Newton's
polynomials, whose values keep all of them at every t.
"""

from collections.abc import Sequence

import numpy as np

from service.descent.arrays import EPS, Array, Integers, Times, difference
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
        scales = np.array([self.frame.scale])
        values: Array = columns(t[None], np.array(self.nodes)[None], scales)[0].T
        return values

    def powers(self) -> Array:
        """Return the matrix (p, p) that turns coefficients of 1, x, x^2, ... into those of the
        polynomials.
        """
        matrix: Array = powers_of_nodes(self.frame.x(np.array(self.nodes))[None])[0]
        return matrix


def columns(t: Times, nodes: Times, scales: Array) -> Array:
    """Return the values (B, p, n) of Newton's polynomials at t (B, n), given their nodes
    (B, degree) and scales (B,).
    """
    degree = nodes.shape[1]
    values = _first_of(len(t), degree + 1, t.shape[1])
    for power in range(degree):
        _multiply(values, power, difference(t, nodes[:, power, None]) / scales[:, None])
    return values


def powers(x: Array, degree: int) -> Array:
    """Return the powers 1, x, x^2, ... (B, p, n) of x (B, n)."""
    values = _first_of(len(x), degree + 1, x.shape[1])
    for power in range(degree):
        _multiply(values, power, x)
    return values


def newton(t: Times, scales: Array, degree: int) -> tuple[Times, Array, Integers]:
    """Return the nodes (B, degree) of polynomials, their values (B, p, n) at t (B, n), and how many
    of them the points determine (B,). The values of the others are 0. `scales` has shape (B,).

    Each node is the point at which the last polynomial is largest, as pivots are chosen in
    Gaussian elimination (Leja's points). At the nodes, the values are therefore a lower triangle
    without an entry above its diagonal, so the columns are far from dependent, whatever the points
    are. Differences of points have all digits, and so have their products.
    """
    count, n = t.shape
    values, each = _first_of(count, degree + 1, n), np.arange(count)
    nodes = np.empty_like(t, shape=(count, degree))
    largest = np.empty((count, degree + 1))
    for power in range(degree + 1):
        sizes = np.abs(values[:, power])
        places = sizes.argmax(axis=1)
        largest[:, power] = sizes[each, places]
        if power < degree:
            nodes[:, power] = t[each, places]
            factor: Array = difference(t, nodes[:, power, None]) / scales[:, None]
            _multiply(values, power, factor)
    ranks = _ranks(largest, max(n, degree + 1) * EPS)
    values[np.arange(degree + 1) >= ranks[:, None]] = 0
    return nodes, values, ranks


def powers_of_nodes(x: Array) -> Array:
    """Return the matrices (B, p, p) that turn coefficients of 1, x, x^2, ... into those of Newton's
    polynomials with nodes at x (B, degree).

    Each column follows from the one before: x N_k = N_(k+1) + x_k N_k, with the x of node k.
    """
    count, degree = x.shape
    at = np.zeros((count, degree + 1))
    at[:, :degree] = x
    matrices = np.zeros((count, degree + 1, degree + 1))
    matrices[:, 0, 0] = 1
    for power in range(degree):
        column = matrices[:, :, power]
        matrices[:, :, power + 1] = at * column
        matrices[:, 1:, power + 1] += column[:, :-1]
    return matrices


def conversions(nodes: Times, scales: Array, target: Times, scale: float) -> Array:
    """Return the matrices (B, p, p) that turn coefficients of Newton's polynomials with the nodes
    `target` (degree,) and `scale` into those of the polynomials with `nodes` (B, degree) and
    `scales` (B,).

    Each column follows from the one before: scale M_(k+1) = (t - target_k) M_k, and
    t N_j = scales N_(j+1) + nodes_j N_j. The differences of the nodes have all digits.
    """
    count, degree = nodes.shape
    matrices = np.zeros((count, degree + 1, degree + 1))
    matrices[:, 0, 0] = 1
    slopes = (scales / scale)[:, None]
    for power in range(degree):
        column = matrices[:, :-1, power]
        matrices[:, 1:, power + 1] = slopes * column
        matrices[:, :-1, power + 1] += difference(nodes, target[power]) / scale * column
    return matrices


def _first_of(count: int, p: int, n: int) -> Array:
    """Return room for the values (B, p, n) of `count` stacks, with the first of them."""
    values = np.empty((count, p, n))
    values[:, 0] = 1
    return values


def _multiply(values: Array, power: int, factor: Array) -> None:
    """Compute the next values, given their factor (B, n), whose differences are exact."""
    np.multiply(values[:, power], factor, out=values[:, power + 1])


def _ranks(largest: Array, tolerance: float) -> Integers:
    """Return the index (B,) of the first polynomial whose largest value (B, p) is negligible
    relative to that of the one before. The points are then nodes, but for rounding.
    """
    negligible = np.ones_like(largest, bool)
    negligible[:, :-1] = largest[:, 1:] <= tolerance * largest[:, :-1]
    ranks: Integers = 1 + negligible.argmax(axis=1)
    return ranks
