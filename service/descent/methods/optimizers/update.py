"""The common parts of all optimizers: the type of an update, and weight decay in a gradient.

An update remembers earlier gradients, so each descent needs a new one. The formulas are those of
torch's documentation. They work on one descent and on several, one for each learning rate.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor

LearningRates: TypeAlias = "float | Tensor"
"""One learning rate, or one for each column of the parameters."""
Update: TypeAlias = "Callable[[Tensor, Tensor, LearningRates], None]"
"""A function that changes parameters (p,) or (p, rates) in place, given their gradient and the
learning rate of this step.
"""


def decayed(gradient: "Tensor", params: "Tensor", weight_decay: float) -> "Tensor":
    """Return the gradient of the loss plus weight_decay / 2 times the sum of squares of the
    parameters.
    """
    if not weight_decay:
        return gradient
    return gradient + weight_decay * params
