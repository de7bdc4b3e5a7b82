"""A learning rate that rises and falls once."""

from dataclasses import dataclass
from typing import Literal

from service.descent.methods.method import LearningRates, Method, RateOfStep
from service.descent.methods.option import AtLeastOne, Between
from service.descent.methods.schedules.cosine import between


@dataclass(frozen=True)
class OneCycle(Method):
    """A rise to the rate in the first part of the steps, then a fall, like torch's OneCycleLR, but
    with constant momentum.
    """

    kind: Literal["one_cycle"] = "one_cycle"
    """The name of the schedule."""
    pct_start: Between = 0.3
    """The fraction of the steps in which the rate rises."""
    div_factor: AtLeastOne = 25.0
    """The rate `lr` divided by the rate of the first step."""
    final_div_factor: AtLeastOne = 1e4
    """The rate of the first step divided by the rate of the last."""

    def rates(self, lr: LearningRates, steps: int) -> RateOfStep:
        """Return the rates of a cycle: from lr / div_factor up to lr in the first part of the
        steps, then down to lr / (div_factor * final_div_factor).
        """
        first = lr / self.div_factor
        last = first / self.final_div_factor
        top, end = self.pct_start * steps - 1, steps - 1

        def rate(step: int) -> LearningRates:
            if step > top:
                return between(lr, last, (step - top) / (end - top))
            if not top:
                return lr
            return between(first, lr, step / top)

        return rate
