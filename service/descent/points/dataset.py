"""The points of a fit, and the choice of those that are held out."""

import numpy as np
import torch
from torch import Generator

from service.descent.arrays import Array, Mask
from service.descent.errors import NotComputableError
from service.descent.frozen import readonly
from service.descent.questions.options import Points, Synthetic, Validation
from service.descent.questions.setting import Question


@readonly
class Dataset:
    """The t and y of n points, each of shape (n,)."""

    t: Array
    y: Array

    def at(self, mask: Mask) -> "Dataset":
        """Return the points at which the mask (n,) is true."""
        return Dataset(self.t[mask], self.y[mask])


@readonly
class SplitPoints:
    """The points that the descent sees, and the held-out ones with their zero-based positions."""

    training: Dataset
    held_out: Dataset | None = None
    positions: list[int] | None = None


def load(spec: Question, generator: Generator) -> Dataset:
    """Return the caller's points, or draw the synthetic ones."""
    if spec.synthetic is not None:
        return draw_synthetic(spec.synthetic, generator)
    assert spec.data is not None
    return posted(spec.data)


def posted(points: Points) -> Dataset:
    """Return the caller's points without copying them."""
    return Dataset(np.frombuffer(points.t), np.frombuffer(points.y))


def draw_synthetic(synthetic: Synthetic, generator: Generator) -> Dataset:
    """Draw the points of the lecture's roller coaster.

    y is in float32 as in the lecture. t - vertex is in float64, so that a late start keeps the
    shape of the curve.

    Raises NotComputableError if y overflows float32.
    """
    curve = synthetic.curve
    t = synthetic.start + synthetic.spacing * torch.arange(synthetic.points, dtype=torch.float64)
    noise = torch.randn(synthetic.points, generator=generator)
    y = noise * synthetic.noise + curve.a * (t - curve.vertex).float() ** 2 + curve.floor
    if not y.isfinite().all():
        raise NotComputableError(
            "The synthetic y values overflow float32: bring `noise`, `curve`, `start` and "
            "`spacing` closer to 0."
        )
    return Dataset(t.numpy(), y.double().numpy())


def hold_out(points: Dataset, validation: Validation | None, generator: Generator) -> SplitPoints:
    """Hold out the points that the validation asks for, if there is a validation."""
    if validation is None:
        return SplitPoints(points)
    held = _held_out(points, validation, generator)
    return SplitPoints(points.at(~held), points.at(held), np.flatnonzero(held).tolist())


def _held_out(points: Dataset, validation: Validation, generator: Generator) -> Mask:
    """Return the mask (n,) of the held-out points. Of several points at the same t, a tail takes
    the later ones first.
    """
    n = len(points.t)
    if validation.split == "interleaved":
        part, whole = validation.ratio
        return np.diff([i * part // whole for i in range(n + 1)]) > 0
    if validation.split == "tail":
        order = np.argsort(points.t, kind="stable")[::-1]
    else:
        order = torch.randperm(n, generator=generator).numpy()
    held = np.zeros(n, dtype=bool)
    held[order[: validation.held_out(n)]] = True
    return held
