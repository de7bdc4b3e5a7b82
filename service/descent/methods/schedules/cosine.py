"""A learning rate that falls along a cosine."""

from dataclasses import dataclass
from math import cos, pi
from typing import Literal

from service.descent.methods.method import LearningRates, Method, RateOfStep
from service.descent.methods.option import NotNegative


@dataclass(frozen=True)
class Cosine(Method):
    """Half a cosine from the rate down to `eta_min`, over all steps, like torch's
    CosineAnnealingLR.
    """

    kind: Literal["cosine"] = "cosine"
    """The name of the schedule."""
    eta_min: NotNegative = 0.0
    """The rate at the end of the cosine."""

    def rates(self, lr: LearningRates, steps: int) -> RateOfStep:
        """Return the rate of every step."""
        return lambda step: between(lr, self.eta_min, step / steps)


def between(start: LearningRates, end: LearningRates, part: float) -> LearningRates:
    """Return the value at the fraction `part` of half a cosine from start to end. At 0 it is
    exactly `start`.
    """
    if not part:
        return start
    return end + (start - end) / 2 * (1 + cos(pi * part))
