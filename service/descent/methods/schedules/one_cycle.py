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
    pct_start: Between = 0.3
    div_factor: AtLeastOne = 25.0
    final_div_factor: AtLeastOne = 1e4

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
