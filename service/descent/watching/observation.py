"""Observations of a descent without a closed form: its losses, and whether steps turned back."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from statistics import median

import numpy as np
import torch
from torch import Tensor

from service.descent.arrays import Array
from service.descent.loop.lecture import Step
from service.descent.readonly import readonly
from service.descent.watching.recording import Records

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
        if not self.cosines:
            return None
        return median(self.cosines)


class Observer:
    """An observer of a descent at one rate or at several. It keeps only the last gradients."""

    def __init__(self) -> None:
        self._gradients: deque[Tensor] = deque(maxlen=LAST_STEPS + 1)
        self._steps: list[int] = []
        self._losses: list[float] = []

    def over(self, descent: Iterable[Step]) -> Iterator[Step]:
        """Yield the same steps and remember their gradients."""
        for step in descent:
            self._gradients.append(step.gradient)
            yield step

    def note(self, records: Records) -> None:
        """Remember the losses of recorded steps."""
        self._steps += records.step
        self._losses += records.loss

    def seen(self) -> Seen:
        """Return the observations of a descent at one rate whose records were noted."""
        half = int(np.searchsorted(self._steps, self._steps[-1] // 2, side="right")) - 1
        return Seen(
            self._losses[0], self._losses[half], self._losses[-1], self.cosines().ravel().tolist()
        )

    def cosines(self) -> Array:
        """Return the cosines between the last gradients, (steps,) or (steps, rates); 0 if one of
        two gradients is 0 or not finite.
        """
        return cosines(list(self._gradients))


def cosines(gradients: Sequence[Tensor]) -> Array:
    """Return the cosines between successive gradients (p,) or (p, rates)."""
    stacked = torch.stack(list(gradients)).double()
    units = stacked / stacked.norm(dim=1, keepdim=True)
    found: Array = (units[1:] * units[:-1]).sum(1).numpy()
    return np.nan_to_num(found).clip(-1, 1)
