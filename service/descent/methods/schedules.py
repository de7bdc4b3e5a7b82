"""The schedules of the learning rate, as in torch.optim.lr_scheduler. A new one is registered at
the end.

The method `rates(lr, steps)` of a schedule returns the learning rates of a descent of `steps` steps
relative to `lr`, which is one rate or several.
"""

from dataclasses import dataclass
from math import cos, pi
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Len
from pydantic import Field

from service.descent.methods.bounds import MAX_SCHEDULE, MAX_STEPS
from service.descent.methods.method import LearningRates, Method, RateOfStep
from service.descent.methods.option import AtLeastOne, Between, LearningRate, NotNegative, kept


@dataclass(frozen=True)
class Constant(Method):
    """The same rate for every step."""

    in_closed_form: ClassVar[bool] = True

    kind: Literal["constant"] = "constant"

    def rates(self, lr: LearningRates, steps: int) -> RateOfStep:  # noqa: ARG002 - as all
        """Return the rate of every step."""
        return lambda _: lr


@dataclass(frozen=True, kw_only=True)
class StepDecay(Method):
    """The rate times `gamma`, applied every `step_size` steps, like torch's StepLR."""

    kind: Literal["step"] = "step"
    step_size: Annotated[int, Ge(1), Le(MAX_STEPS)]
    gamma: Annotated[float, Gt(0), Le(1)] = 0.1

    def rates(self, lr: LearningRates, steps: int) -> RateOfStep:  # noqa: ARG002 - as all
        """Return the rate of every step."""
        return lambda step: lr * self.gamma ** (step // self.step_size)


def between(start: LearningRates, end: LearningRates, part: float) -> LearningRates:
    """Return the value at the fraction `part` of half a cosine from start to end. At 0 it is
    exactly `start`.
    """
    if not part:
        return start
    return end + (start - end) / 2 * (1 + cos(pi * part))


@dataclass(frozen=True)
class Cosine(Method):
    """Half a cosine from the rate down to `eta_min`, over all steps, like torch's
    CosineAnnealingLR.
    """

    kind: Literal["cosine"] = "cosine"
    eta_min: NotNegative = 0.0

    def rates(self, lr: LearningRates, steps: int) -> RateOfStep:
        """Return the rate of every step."""
        return lambda step: between(lr, self.eta_min, step / steps)


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


@dataclass(frozen=True, kw_only=True)
class RateList(Method):
    """A list of the rate of each step. `lr` is the first of them."""

    kind: Literal["list"] = "list"
    lrs: Annotated[
        tuple[float, ...],
        kept(Annotated[list[LearningRate], Len(1, MAX_SCHEDULE), Field(fail_fast=True)], tuple),
    ]

    def rates(self, lr: LearningRates, steps: int) -> RateOfStep:  # noqa: ARG002 - as all
        """Return the rate of every step."""
        return lambda step: self.lrs[step]


Schedule = Annotated[
    Constant | StepDecay | Cosine | OneCycle | RateList, Field(discriminator="kind")
]
