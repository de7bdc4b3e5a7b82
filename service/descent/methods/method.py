"""The base of all methods, and the types of their formulas.

The formulas are those of torch's documentation. They work on one descent and on several, one for
each learning rate.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from service.descent.methods.option import Option

if TYPE_CHECKING:
    from torch import Tensor

LearningRates: TypeAlias = "float | Tensor"
"""One learning rate, or one for each column of the parameters."""
RateOfStep: TypeAlias = "Callable[[int], LearningRates]"
"""A function that returns the learning rate, or the rates, of the update after a step; steps count
from 0.
"""
Update: TypeAlias = "Callable[[Tensor, Tensor, LearningRates], None]"
"""A function that changes parameters (p,) or (p, rates) in place, given their gradient and the
learning rate of this step. It remembers earlier gradients, so each descent needs a new one.
"""
Criterion: TypeAlias = "Callable[[Tensor, Tensor, Tensor | None], Tensor]"
"""A function that returns the loss, () or (rates,), of predictions (n,) or (n, rates), targets (n,)
or (n, 1) and weights of the same shape as the targets, or None if all points weigh the same.
"""


class Method(Option):
    """An optimizer, a schedule, a loss or a model: its options and its formula."""

    @property
    def in_closed_form(self) -> bool:
        """True if the losses of a descent with this method can have a closed form."""
        return False

    @property
    def in_precision(self) -> dict[str, float]:
        """The options that must lie in the range of the precision, by name."""
        return {}


def decayed(gradient: "Tensor", params: "Tensor", weight_decay: float) -> "Tensor":
    """Return the gradient of the loss plus weight_decay / 2 times the sum of squares of the
    parameters.
    """
    if not weight_decay:
        return gradient
    return gradient + weight_decay * params
