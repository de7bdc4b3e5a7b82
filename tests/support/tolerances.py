"""How far apart two right answers may be.

Two programs that compute the same numbers in another order, or on another processor, round
differently. How much of that is left at the end depends on the computation, so no test guesses it.
Against torch, a test runs its reference again with every number that goes in moved by one unit in
the last place (one ulp), as rounding moves it, and allows ten times the difference. Against exact
or published numbers, it allows what the number of roundings or the published digits allow.
"""

from collections.abc import Callable, Sequence
from math import inf
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Generator, Tensor

T = TypeVar("T")
Nudge = Callable[[Tensor], Tensor]
"""Returns the numbers as they are, or as rounding may leave them."""

EPS = float(np.finfo(np.float64).eps)
EPS_FLOAT32 = float(np.finfo(np.float32).eps)
PROMISED = 1e-9
"""Relative, in the loss: the ways to an answer agree to this (`docs/explanation/promises.md`)."""
TIMES = 10
"""A step rounds each number several times, the nudge moves it once."""
DRAWS = 2
"""One draw alone may be a lucky one: its roundings cancel."""


def exactly(values: Tensor) -> Tensor:
    """Return the numbers as they are."""
    return values


def rounding(seed: int) -> Nudge:
    """Return a nudge that moves each number by one ulp, up or down at random."""
    generator = Generator().manual_seed(seed)

    def nudge(values: Tensor) -> Tensor:
        up = torch.rand(values.shape, generator=generator) < 0.5
        return torch.nextafter(values, torch.where(up, inf, -inf).to(values.dtype))

    return nudge


def measured(reference: Callable[[Nudge], T], distance: Callable[[T, T], float]) -> tuple[T, float]:
    """Return what the reference computes, and how far from it another right answer may be."""
    expected = reference(exactly)
    moved = [distance(reference(rounding(seed)), expected) for seed in range(DRAWS)]
    return expected, TIMES * max(moved)


def apart(found: ArrayLike, expected: ArrayLike) -> float:
    """Return the largest difference."""
    return float(np.abs(np.asarray(found) - np.asarray(expected)).max())


def relatively_apart(found: ArrayLike, expected: ArrayLike) -> float:
    """Return the largest difference, each relative to what is expected there."""
    return float(np.abs(np.asarray(found) / np.asarray(expected) - 1).max())


def known(values: Sequence[float], digits: int) -> list[float]:
    """Return the values as they are published, with so many significant digits."""
    return [float(f"{value:.{digits}g}") for value in values]


def rounding_floor(first_loss: float, y: ArrayLike = 0.0) -> float:
    """Return the residual below which a loop has no digits left.

    It rounds its parameters at every step, to about 1e-16 of the data: ADR 3 allows 1e-13. Without
    y, the first loss alone says how large the data are, which allows less.
    """
    return 1e-13 * float(np.sqrt(first_loss + np.mean(np.square(y))))


def beyond_promise(found: ArrayLike, loop: Sequence[float], y: ArrayLike = 0.0) -> list[int]:
    """Return the steps at which losses differ from those of the loop by more than is promised.

    The closed form rounds its eigenvalues once and the loop its parameters at every step, so no
    rounding of the loop says how far apart they are. `docs/explanation/promises.md` promises 1e-9
    of the loss, so 5e-10 of its square root, above the floor of ADR 3. Over random specs, no
    difference came within a factor of 25 of that.
    """
    ours, theirs = np.sqrt(found), np.sqrt(loop)
    allowed = 5e-10 * theirs + rounding_floor(loop[0], y)
    return [int(step) for step in np.flatnonzero(~(np.abs(ours - theirs) <= allowed))]
