"""The points of a question, those of them that are held out, and the numbers drawn at random."""

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt

import numpy as np
import torch
from torch import Generator, Tensor

from service.descent.arrays import Array, Mask, Times
from service.descent.errors import NotComputableError
from service.descent.methods.models.parameters import Scaled
from service.descent.methods.stamps import read_stamp
from service.descent.points.scaling import Frame
from service.descent.questions.options import Precision, Synthetic, Validation
from service.descent.questions.points import Column, Points, numbers
from service.descent.questions.setting import Question
from service.descent.readonly import readonly

SEEDS = 64
"""The number of seeds whose first values are remembered. Callers who give a seed give it often, and
drawing from it takes a twentieth of a small fit.
"""


@readonly
class Dataset:
    """The t and y of n points, each of shape (n,).

    `weights` (n,) have the mean 1, or are None if all points weigh the same. `deviation` is the
    standard deviation of the error of a point with the weight 1, or None if it is not known.
    `weight` is the weight that the caller gives to such a point.
    """

    t: Times
    y: Array
    weights: Array | None = None
    deviation: float | None = None
    weight: float = 1.0

    def at(self, chosen: Mask | slice) -> "Dataset":
        """Return the points at which the mask (n,) is true, or those of a slice."""
        t, y = self.t[chosen], self.y[chosen]
        if self.weights is None:
            return Dataset(t, y)
        return weighted(t, y, self.weights[chosen], self.deviation, self.weight)

    @property
    def variance(self) -> float:
        """The variance of y."""
        away = self.y - np.average(self.y, weights=self.weights)
        return float(np.average(away * away, weights=self.weights))

    @property
    def roots(self) -> Array | None:
        """The square roots (n,) of the weights, or None if all points weigh the same."""
        return None if self.weights is None else np.sqrt(self.weights)


@readonly
class SplitPoints:
    """The points that the descent sees, and the held-out ones with their zero-based positions."""

    training: Dataset
    held_out: Dataset | None = None
    positions: list[int] | None = None


@readonly
class Sample:
    """The points and the random numbers of one question.

    `points` are all points, and `split` separates the points that the descent sees from the
    held-out ones. `start` (p,) are the initial parameters in the frame `start_frame`. Without a
    frame, they are in the coordinates of the descent. `random` is the state of the generator after
    its draws, from which batches continue, or None for full batches.
    """

    spec: Question
    precision: Precision
    points: Dataset
    split: SplitPoints
    start: Array
    start_frame: Frame | None
    random: Tensor | None


def sample(spec: Question, precision: Precision) -> Sample:
    """Draw the noise, then values for a random start, then the split.

    Raises NotComputableError if the synthetic y are too large.
    """
    state = None
    if spec.data is not None and spec.validation is None and spec.batch_size is None:
        points, drawn = posted(spec.data), first_values(spec.seed, spec.model.size)
        parts = SplitPoints(points)
    else:
        generator = Generator().manual_seed(spec.seed)
        if spec.synthetic is not None:
            points = draw_synthetic(spec.synthetic, generator)
        else:
            assert spec.data is not None
            points = posted(spec.data)
        drawn = normal_values(spec.model.size, generator)
        parts = hold_out(points, spec.validation, generator)
        state = None if spec.batch_size is None else generator.get_state()
    start, start_frame = initial(spec, drawn)
    return Sample(spec, precision, points, parts, start, start_frame, state)


def read_places(at: Sequence[float] | Sequence[str]) -> Times:
    """Return the t (m,) of places that are sent as numbers or as time stamps."""
    return np.array([read_stamp(each) if isinstance(each, str) else each for each in at])


@lru_cache(maxsize=SEEDS)
def first_values(seed: int, count: int) -> Array:
    """Return the normal values (count,) that a seed draws first. They cannot be changed."""
    values = normal_values(count, Generator().manual_seed(seed))
    values.setflags(write=False)
    return values


def normal_values(count: int, generator: Generator) -> Array:
    """Draw normal values (count,) in float32, the same as torch.randn draws."""
    drawn = np.empty(count, np.float32)
    torch.from_numpy(drawn).normal_(generator=generator)
    return drawn.astype(float)


def initial(spec: Question, drawn: Array) -> tuple[Array, Frame | None]:
    """Return the initial parameters (p,), and the frame in which they are given. Without a frame,
    they are in the coordinates of the descent. `drawn` (p,) are normal values for a random start.
    """
    init, model = spec.init, spec.model
    if init == "random":
        return model.random_start(drawn), None
    if init == "zeros":
        return np.zeros(model.size), None
    if isinstance(init, Scaled):
        center = read_stamp(init.center) if isinstance(init.center, str) else init.center
        return np.array(model.row(init.params)), Frame(center, init.scale * spec.unit, spec.unit)
    return np.array(model.row(init)), Frame(0.0, spec.unit, spec.unit)


def posted(points: Points) -> Dataset:
    """Return those of the caller's points that count, without those of factors."""
    t, y = _chosen(points.t, points.rows), _chosen(points.y, points.rows)
    if points.weights is not None:
        return weighted(t, y, _chosen(points.weights, points.rows), None, 1.0)
    if points.sigma is None:
        return Dataset(t, y)
    sigma = _chosen(points.sigma, points.rows)
    smallest = sigma.min().item()
    deviation = smallest if points.sigma_is == "absolute" else None
    return weighted(t, y, np.square(smallest / sigma), deviation, 1 / smallest**2)


def _chosen(column: Column, rows: Sequence[int] | None) -> Array:
    """Return the values of a column at these rows, or all of them, which are not copied."""
    values: Array = np.asarray(numbers(column))
    return values if rows is None else values[[*rows]]


def weighted(t: Times, y: Array, weights: Array, deviation: float | None, unit: float) -> Dataset:
    """Return points with weights (n,) in a unit, of which only the ratios matter to a fit.
    `deviation` is the standard deviation of the error of a point whose weight is the unit.
    """
    mean = weights.mean().item()
    known = None if deviation is None else deviation / sqrt(mean)
    return Dataset(t, y, weights / mean, known, mean * unit)


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
