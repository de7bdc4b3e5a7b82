"""Observations of a descent without a closed form: its losses, its gradients, and whether steps
turned back.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf
from statistics import median

import numpy as np
import torch
from torch import Tensor

from service.descent.arrays import Array
from service.descent.loop.lecture import Step
from service.descent.questions.records import LAST_STEPS
from service.descent.readonly import readonly

TURNED_BACK = -0.5
"""The cosine below which a step turns back."""
BOUNCING_SHARE = 0.6
"""The fraction of these steps that turn back if a descent bounces."""
NO_PEAK, NO_STEP = np.array(-inf), np.array(0)
"""The peak before the first step."""
NO_LOSS = np.array(inf)
"""The loss before the first step, above which none can rise."""


@readonly
class Way:
    """The observations on the way of a descent at one rate.

    The peak is the highest known loss of all points. `cosines` are those of the angles between
    successive gradients, over the last ten steps. `first_gradient` is the length of the first
    gradient, `last_gradient` the greatest length of the last eleven. `swings` is true if a known
    loss in the second half of the steps is above the one before, or the last is not the lowest.
    """

    peak_loss: float
    peak_step: int
    cosines: list[float]
    first_gradient: float
    last_gradient: float
    swings: bool = False

    @property
    def turned_back(self) -> bool:
        """True if most of the last steps turned back."""
        turns = sum(cosine < TURNED_BACK for cosine in self.cosines)
        return turns >= max(1.0, BOUNCING_SHARE * len(self.cosines))

    @property
    def turns(self) -> list[float]:
        """The cosines of the angles between successive steps. The last gradient made no step."""
        return self.cosines[:-1]

    @property
    def median_cosine(self) -> float | None:
        """The median of the cosines, or None if there are none."""
        return median(self.cosines) if self.cosines else None


@readonly
class Seen:
    """The observations of a descent at one rate: the losses of the first step, of the last record
    in the first half of the steps, and of the last finite step, and those on the way.
    """

    first: float
    half: float
    last: float
    way: Way


class Observer:
    """An observer of every step of a descent, at one rate or at several. Its work per step does not
    grow with the number of steps.
    """

    def __init__(self) -> None:
        self._gradients: deque[Tensor] = deque(maxlen=LAST_STEPS + 1)
        self._first_gradient: Tensor | None = None
        self._peak_loss, self._peak_step = NO_PEAK, NO_STEP
        self._last = self._lowest = NO_LOSS
        self._step, self._rise = 0, NO_STEP

    def add(self, step: Step, losses: Tensor | None) -> None:
        """Observe a step. `losses` () or (rates,) are those of all points, if they are known."""
        if self._first_gradient is None:
            self._first_gradient = step.gradient
        self._gradients.append(step.gradient)
        if losses is not None:
            known = losses.double().numpy()
            higher = np.isfinite(known) & (known > self._peak_loss)
            self._peak_loss = np.where(higher, known, self._peak_loss)
            self._peak_step = np.where(higher, step.number, self._peak_step)
            self._rise = np.where(known > self._last, step.number, self._rise)
            self._lowest = np.fmin(known, self._lowest)
            self._step, self._last = step.number, known

    def steps(self, descent: Iterable[Step], *, whole: bool) -> Iterator[Step]:
        """Yield the same steps after watching them. `whole` is true if each sees all points."""
        for step in descent:
            self.add(step, step.loss if whole else None)
            yield step

    def ways(self, rows: Sequence[int] = (0,)) -> list[Way]:
        """Return the observations at the rates with these positions."""
        assert self._first_gradient is not None
        gradients = torch.stack([self._first_gradient, *self._gradients]).double()
        gradients = gradients.reshape(*gradients.shape[:2], -1)[..., list(rows)]
        lengths = gradients.norm(dim=1)
        swings = (2 * self._rise > self._step) | (self._last > self._lowest)
        columns = (
            self._peak_loss.reshape(-1)[list(rows)].tolist(),
            self._peak_step.reshape(-1)[list(rows)].tolist(),
            cosines(gradients[1:]).T.tolist(),
            lengths[0].tolist(),
            lengths[1:].amax(0).tolist(),
            swings.reshape(-1)[list(rows)].tolist(),
        )
        return [Way(*way) for way in zip(*columns, strict=True)]


def observe(steps: Sequence[int], losses: Sequence[float], way: Way) -> Seen:
    """Return the observations of a descent at one rate: its recorded steps and their losses, and
    what was observed on the way.
    """
    half, highest = bisect_right(steps, steps[-1] // 2) - 1, max(losses)
    if highest > way.peak_loss:  # of batches, only the recorded losses are known
        way = replace(way, peak_loss=highest, peak_step=steps[losses.index(highest)])
    rises = any(after > before for before, after in pairwise(losses[half:]))
    if rises or losses[-1] > min(losses):
        way = replace(way, swings=True)
    return Seen(losses[0], losses[half], losses[-1], way)


def cosines(gradients: Tensor) -> Array:
    """Return the cosines between successive gradients (steps, p, rates): (steps - 1, rates). A
    cosine is 0 if one of two gradients is 0 or not finite.
    """
    units = gradients / gradients.norm(dim=1, keepdim=True)
    found: Array = (units[1:] * units[:-1]).sum(1).numpy()
    return np.nan_to_num(found).clip(-1, 1)
