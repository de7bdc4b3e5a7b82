"""A constant learning rate."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from service.descent.methods.method import LearningRates, Method, RateOfStep


@dataclass(frozen=True)
class Constant(Method):
    """The same rate for every step."""

    in_closed_form: ClassVar[bool] = True

    kind: Literal["constant"] = "constant"
    """The name of the schedule."""

    def rates(self, lr: LearningRates, steps: int) -> RateOfStep:  # noqa: ARG002 - as all
        """Return the rate of every step."""
        return lambda _: lr
