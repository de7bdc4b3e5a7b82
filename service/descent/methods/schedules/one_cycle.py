"""A learning rate that rises and falls once."""

from typing import ClassVar, Literal

from service.descent.frozen import frozen
from service.descent.methods.optimizers.update import LearningRates
from service.descent.methods.option import AtLeastOne, Between, Option
from service.descent.methods.schedules.rates import Rates, between


@frozen
class OneCycle(Option):
    """A rise to the rate in the first part of the steps, then a fall, like torch's OneCycleLR, but
    with constant momentum.
    """

    in_closed_form: ClassVar[bool] = False

    kind: Literal["one_cycle"] = "one_cycle"
    pct_start: Between = 0.3
    div_factor: AtLeastOne = 25.0
    final_div_factor: AtLeastOne = 1e4

    def rates(self, lr: LearningRates, steps: int) -> Rates:
        """Return the rates of a cycle: from lr / div_factor up to lr in the first part of the
        steps, then down to lr / (div_factor * final_div_factor). `lr` is one rate or several.
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
