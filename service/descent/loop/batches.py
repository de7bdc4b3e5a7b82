"""Batches: the points that each step sees."""

from collections.abc import Iterator
from itertools import repeat

import torch
from torch import Generator, Tensor

from service.descent.questions.setting import Setting

Batch = tuple[Tensor, Tensor, Tensor | None]
"""The inputs of the curve for some points, one row per point, their targets, and their weights or
None if all points weigh the same.
"""


def whole(points: Batch) -> Iterator[Batch]:
    """Return all points for every step."""
    return repeat(points)


def shuffled(points: Batch, size: int, generator: Generator) -> Iterator[Batch]:
    """Yield batches of `size` points, drawn without replacement. Each epoch uses the points in a
    new order; its last batch holds the points that remain.
    """
    n = len(points[1])
    while True:
        for chosen in torch.split(torch.randperm(n, generator=generator), size):
            yield _drawn(points, chosen)


def independent(points: Batch, size: int, generator: Generator) -> Iterator[Batch]:
    """Yield batches of `size` points, drawn with replacement and independently of each other."""
    n = len(points[1])
    while True:
        yield _drawn(points, torch.randint(n, (size,), generator=generator))


def _drawn(points: Batch, chosen: Tensor) -> Batch:
    """Return the chosen points. The weights of a batch keep their mean over all points, so that the
    gradient of a batch is that of all points on average.
    """
    x, y, weights = points
    return x[chosen], y[chosen], None if weights is None else weights[chosen]


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
