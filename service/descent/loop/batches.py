"""Batches: the points that each step sees."""

from collections.abc import Iterator
from itertools import repeat

import torch
from torch import Generator, Tensor

from service.descent.questions.methods import Batches

Batch = tuple[Tensor, Tensor]
"""What the curve takes of some points, a row a point, and their targets."""


def whole(x: Tensor, y: Tensor) -> Iterator[Batch]:
    """All points, at every step."""
    return repeat((x, y))


def shuffled(x: Tensor, y: Tensor, size: int, generator: Generator) -> Iterator[Batch]:
    """Without replacement: every epoch takes the points in a new order, and its last batch is what
    remains.
    """
    while True:
        for chosen in torch.split(torch.randperm(len(y), generator=generator), size):
            yield x[chosen], y[chosen]


def independent(x: Tensor, y: Tensor, size: int, generator: Generator) -> Iterator[Batch]:
    """With replacement: every batch is drawn on its own."""
    while True:
        chosen = torch.randint(len(y), (size,), generator=generator)
        yield x[chosen], y[chosen]


KINDS = {"shuffled": shuffled, "independent": independent}


def epochs(batches: Batches, size: int, n: int, steps: int) -> float:
    """How often so many steps have seen the n points, in the mean."""
    if batches == "independent":
        return steps * size / n
    whole_epochs, rest = divmod(steps, -(-n // size))
    return whole_epochs + rest * size / n
