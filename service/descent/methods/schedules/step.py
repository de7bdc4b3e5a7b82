"""A learning rate that falls by steps."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from service.descent.methods.bounds import MAX_STEPS
from service.descent.methods.method import LearningRates, Method, RateOfStep


@dataclass(frozen=True, kw_only=True)
class StepDecay(Method):
    """The rate times `gamma`, applied every `step_size` steps, like torch's StepLR."""

    kind: Literal["step"] = "step"
    """The name of the schedule."""
    step_size: Annotated[int, Ge(1), Le(MAX_STEPS)]
    """The number of steps after which the rate is multiplied by `gamma`."""
    gamma: Annotated[float, Gt(0), Le(1)] = 0.1
    """The factor by which the rate is multiplied."""

    def rates(self, lr: LearningRates, steps: int) -> RateOfStep:  # noqa: ARG002 - as all
        """Return the rate of every step."""
        return lambda step: lr * self.gamma ** (step // self.step_size)
