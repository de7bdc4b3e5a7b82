"""Polynomials in the coordinates of a descent, with a hundred digits."""

from math import comb

import mpmath as mp
import torch

mp.mp.dps = 100
Numbers = list[mp.mpf]
NOTHING = mp.mpf(10) ** -90
"""The relative size below which a number is the rounding of a hundred digits."""


def orthonormal(columns: list[Numbers], n: int) -> list[Numbers]:
    """Return combinations of the columns whose mean square on the first n rows is 1, and which are
    orthogonal there. A column that the earlier ones determine becomes zero.
    """
    done: list[Numbers] = []
    for given in columns:
        column = given
        for _ in range(2):
            for other in done:
                share = mp.fdot(column[:n], other[:n]) / n
                column = [a - share * b for a, b in zip(column, other, strict=True)]
        size, left = mp.fdot(given[:n], given[:n]), mp.fdot(column[:n], column[:n])
        if left <= NOTHING * size:
            done.append([mp.mpf(0)] * len(given))
        else:
            done.append([c * mp.sqrt(n / left) for c in column])
    return done


def substituted(params: Numbers, offset: mp.mpf, slope: mp.mpf) -> Numbers:
    """Return the coefficients of p(offset + slope x), the highest first."""
    ascending = params[::-1]
    return [
        mp.fsum(
            comb(k, j) * ascending[k] * offset ** (k - j) * slope**j for k in range(j, len(params))
        )
        for j in range(len(params))
    ][::-1]


def random_start(seed: int, points: int | None, size: int) -> Numbers:
    """Return the normal values that a seed draws for a random start, after the noise of so many
    synthetic points.
    """
    generator = torch.Generator().manual_seed(seed)
    if points is not None:
        torch.randn(points, generator=generator)
    return [mp.mpf(value) for value in torch.randn(size, generator=generator).tolist()]
