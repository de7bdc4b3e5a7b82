"""A constant learning rate."""

from typing import ClassVar, Literal

from service.descent.frozen import frozen
from service.descent.methods.optimizers.update import LearningRates
from service.descent.methods.option import Option
from service.descent.methods.schedules.rates import Rates


@frozen
class Constant(Option):
    """The same rate for every step."""

    in_closed_form: ClassVar[bool] = True

    kind: Literal["constant"] = "constant"

    def rates(self, lr: LearningRates, steps: int) -> Rates:  # noqa: ARG002 - as all
        """Return the learning rates of a descent of `steps` steps, relative to `lr`, which is one
        rate or several.
        """
        return lambda _: lr
