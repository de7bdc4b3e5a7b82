"""Batches: the points that each step sees."""

from collections.abc import Iterator
from itertools import repeat

import torch
from torch import Generator, Tensor

from service.descent.questions.setting import Setting

Batch = tuple[Tensor, Tensor]
"""The inputs of the curve for some points, one row per point, and their targets."""


def whole(x: Tensor, y: Tensor) -> Iterator[Batch]:
    """Return all points for every step."""
    return repeat((x, y))


def shuffled(x: Tensor, y: Tensor, size: int, generator: Generator) -> Iterator[Batch]:
    """Yield batches of `size` points, drawn without replacement. Each epoch uses the points in a
    new order; its last batch holds the points that remain.
    """
    while True:
        for chosen in torch.split(torch.randperm(len(y), generator=generator), size):
            yield x[chosen], y[chosen]


def independent(x: Tensor, y: Tensor, size: int, generator: Generator) -> Iterator[Batch]:
    """Yield batches of `size` points, drawn with replacement and independently of each other."""
    while True:
        chosen = torch.randint(len(y), (size,), generator=generator)
        yield x[chosen], y[chosen]


KINDS = {"shuffled": shuffled, "independent": independent}


def epochs(setting: Setting, n: int, steps: int) -> float | None:
    """Return the mean number of times that this many steps use each of the n points that they see,
    or None if every step uses all of them.
    """
    if setting.batch_size is None:
        return None
    if setting.batches == "independent":
        return steps * setting.batch_size / n
    whole_epochs, rest = divmod(steps, -(-n // setting.batch_size))
    return whole_epochs + rest * setting.batch_size / n
