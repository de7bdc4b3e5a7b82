"""The points of a fit."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator

from service.descent.arrays import Array
from service.descent.errors import NotComputableError
from service.descent.spec import FitSpec, Points, Synthetic


@dataclass(frozen=True)
class Dataset:
    """n points: t and y of shape (n,)."""

    t: Array
    y: Array


def load(spec: FitSpec, generator: Generator) -> Dataset:
    """The points posted, or the synthetic ones drawn."""
    if spec.synthetic is not None:
        return draw(spec.synthetic, generator)
    assert spec.data is not None
    return posted(spec.data)


def posted(points: Points) -> Dataset:
    """The caller's points, without a copy."""
    return Dataset(np.frombuffer(points.t), np.frombuffer(points.y))


def draw(synthetic: Synthetic, generator: Generator) -> Dataset:
    """The lecture's roller coaster: y in float32 as there, t - vertex in float64 so that a late start keeps its shape.

    Raises NotComputableError where y overflows float32.
    """
    curve = synthetic.curve
    t = synthetic.start + synthetic.spacing * torch.arange(synthetic.points, dtype=torch.float64)
    noise = torch.randn(synthetic.points, generator=generator)
    y = noise * synthetic.noise + curve.a * (t - curve.vertex).float() ** 2 + curve.floor
    if not y.isfinite().all():
        raise NotComputableError("The synthetic y overflow float32: bring `noise`, `curve`, `start` and `spacing` closer to 0.")
    return Dataset(t.numpy(), y.double().numpy())
