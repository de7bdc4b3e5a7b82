"""A learning rate that falls along a cosine."""

from typing import ClassVar, Literal

from service.descent.frozen import frozen
from service.descent.methods.optimizers.update import LearningRates
from service.descent.methods.option import NotNegative, Option
from service.descent.methods.schedules.rates import Rates, between


@frozen
class Cosine(Option):
    """Half a cosine from the rate down to `eta_min`, over all steps, like torch's
    CosineAnnealingLR.
    """

    in_closed_form: ClassVar[bool] = False

    kind: Literal["cosine"] = "cosine"
    eta_min: NotNegative = 0.0

    def rates(self, lr: LearningRates, steps: int) -> Rates:
        """Return the learning rates of a descent of `steps` steps, relative to `lr`, which is one
        rate or several.
        """
        return lambda step: between(lr, self.eta_min, step / steps)
