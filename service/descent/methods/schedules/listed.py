"""A learning rate for each step."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Len
from pydantic import Field

from service.descent.methods.bounds import MAX_SCHEDULE
from service.descent.methods.method import LearningRates, Method, RateOfStep
from service.descent.methods.option import LearningRate, kept


@dataclass(frozen=True, kw_only=True)
class RateList(Method):
    """A list of the rate of each step. `lr` is the first of them."""

    kind: Literal["list"] = "list"
    """The name of the schedule."""
    lrs: Annotated[
        tuple[float, ...],
        kept(Annotated[list[LearningRate], Len(1, MAX_SCHEDULE), Field(fail_fast=True)], tuple),
    ]
    """The rate of each step."""

    def rates(self, lr: LearningRates, steps: int) -> RateOfStep:  # noqa: ARG002 - as all
        """Return the rate of every step."""
        return lambda step: self.lrs[step]
