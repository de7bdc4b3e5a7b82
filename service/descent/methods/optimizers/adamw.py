"""AdamW: Adam with a weight decay that is independent of the gradient."""

from typing import TYPE_CHECKING, Literal

from service.descent.frozen import frozen
from service.descent.methods.method import LearningRates, Update
from service.descent.methods.optimizers.adam import AdamOptions
from service.descent.methods.option import NotNegative

if TYPE_CHECKING:
    from torch import Tensor


@frozen
class AdamW(AdamOptions):
    """torch.optim.AdamW. The weight decay is applied separately from the gradient."""

    kind: Literal["adamw"] = "adamw"
    weight_decay: NotNegative = 0.01

    def update(self) -> Update:
        """Return the update of Adam, after the parameters have decayed."""
        move = self.update_without_decay()

        def step(params: "Tensor", gradient: "Tensor", lr: LearningRates) -> None:
            params *= 1 - lr * self.weight_decay
            move(params, gradient, lr)

        return step
