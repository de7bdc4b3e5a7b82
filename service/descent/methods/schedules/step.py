"""A learning rate that falls by steps."""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le

from service.descent.frozen import frozen
from service.descent.methods.bounds import MAX_STEPS
from service.descent.methods.optimizers.update import LearningRates
from service.descent.methods.option import Option
from service.descent.methods.schedules.rates import Rates


@frozen(kw_only=True)
class StepDecay(Option):
    """The rate times `gamma`, applied every `step_size` steps, like torch's StepLR."""

    in_closed_form: ClassVar[bool] = False

    kind: Literal["step"] = "step"
    step_size: Annotated[int, Ge(1), Le(MAX_STEPS)]
    gamma: Annotated[float, Gt(0), Le(1)] = 0.1

    def rates(self, lr: LearningRates, steps: int) -> Rates:  # noqa: ARG002 - as all
        """Return the learning rates of a descent of `steps` steps, relative to `lr`, which is one
        rate or several.
        """
        return lambda step: lr * self.gamma ** (step // self.step_size)
