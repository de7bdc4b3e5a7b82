"""Observations of a descent without a closed form: its losses, and whether steps turned back."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from statistics import median

import numpy as np
import torch
from torch import Tensor

from service.descent.arrays import Array
from service.descent.loop.lecture import Step
from service.descent.readonly import readonly

LAST_STEPS = 10
"""The number of last steps whose turns are observed."""
TURNED_BACK = -0.5
"""The cosine below which a step turns back."""
BOUNCING_SHARE = 0.6
"""The fraction of these steps that turn back if a descent bounces."""


@readonly
class Seen:
    """The losses of the first step, of the last record in the first half of the steps, and of the
    last finite step.

    `cosines` are those of the angles between successive gradients, over the last ten steps.
    """

    first: float
    half: float
    last: float
    cosines: list[float]

    @property
    def turned_back(self) -> bool:
        """True if most of the last steps turned back."""
        turns = sum(cosine < TURNED_BACK for cosine in self.cosines)
        return turns >= max(1.0, BOUNCING_SHARE * len(self.cosines))

    @property
    def median_cosine(self) -> float | None:
        """The median of the cosines, or None if there are none."""
        return median(self.cosines) if self.cosines else None


def remembered(descent: Iterable[Step], gradients: deque[Tensor]) -> Iterator[Step]:
    """Yield the same steps, and append their gradients."""
    for step in descent:
        gradients.append(step.gradient)
        yield step


def observe(steps: Sequence[int], losses: Sequence[float], gradients: Iterable[Tensor]) -> Seen:
    """Return the observations of a descent at one rate: its recorded steps, their losses, and its
    last gradients.
    """
    half = bisect_right(steps, steps[-1] // 2) - 1
    return Seen(losses[0], losses[half], losses[-1], cosines(gradients).tolist())


def cosines(gradients: Iterable[Tensor]) -> Array:
    """Return the cosines between successive gradients (p,) or (p, rates): (steps,) or (steps,
    rates). A cosine is 0 if one of two gradients is 0 or not finite.
    """
    stacked = torch.stack([*gradients]).double()
    units = stacked / stacked.norm(dim=1, keepdim=True)
    found: Array = (units[1:] * units[:-1]).sum(1).numpy()
    return np.nan_to_num(found).clip(-1, 1)
