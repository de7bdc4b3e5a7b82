"""The common parts of all schedules: the type of their rates, and half a cosine."""

from collections.abc import Callable
from math import cos, pi
from typing import TypeAlias

from service.descent.methods.optimizers.update import LearningRates

Rates: TypeAlias = "Callable[[int], LearningRates]"
"""A function that returns the learning rate, or the rates, of the update after a step; steps count
from 0.
"""


def between(start: LearningRates, end: LearningRates, part: float) -> LearningRates:
    """Return the value at the fraction `part` of half a cosine from start to end. At 0 it is
    exactly `start`.
    """
    if not part:
        return start
    return end + (start - end) / 2 * (1 + cos(pi * part))
