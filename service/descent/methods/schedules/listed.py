"""A learning rate for each step."""

from typing import Annotated, ClassVar, Literal

from annotated_types import Len
from pydantic import Field

from service.descent.frozen import frozen
from service.descent.methods.bounds import MAX_SCHEDULE
from service.descent.methods.optimizers.update import LearningRates
from service.descent.methods.option import Kept, LearningRate, Option
from service.descent.methods.schedules.rates import Rates


@frozen(kw_only=True)
class RateList(Option):
    """A list of the rate of each step. `lr` is the first of them."""

    in_closed_form: ClassVar[bool] = False

    kind: Literal["list"] = "list"
    lrs: Annotated[
        tuple[float, ...],
        Kept(Annotated[list[LearningRate], Len(1, MAX_SCHEDULE), Field(fail_fast=True)], tuple),
    ]

    def rates(self, lr: LearningRates, steps: int) -> Rates:  # noqa: ARG002 - as all
        """Return the learning rates of a descent of `steps` steps."""
        return lambda step: self.lrs[step]
