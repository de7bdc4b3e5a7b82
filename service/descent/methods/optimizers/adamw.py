"""AdamW: Adam with a weight decay that is independent of the gradient."""

from typing import TYPE_CHECKING, ClassVar, Literal

from service.descent.frozen import frozen
from service.descent.methods.optimizers.adam import Adam, Betas, adaptive
from service.descent.methods.optimizers.update import LearningRates, Update
from service.descent.methods.option import NotNegative, Option, Positive

if TYPE_CHECKING:
    from torch import Tensor


@frozen
class AdamW(Option):
    """torch.optim.AdamW. The weight decay is applied separately from the gradient."""

    update_seconds: ClassVar[float] = Adam.update_seconds
    """Seconds of one update, beyond those of every step."""
    in_closed_form: ClassVar[bool] = False

    kind: Literal["adamw"] = "adamw"
    betas: Betas = (0.9, 0.999)
    eps: Positive = 1e-8
    weight_decay: NotNegative = 0.01
    amsgrad: bool = False

    def update(self) -> Update:
        """Return the update of Adam, after the parameters have decayed."""
        move = adaptive(self.betas, self.eps, amsgrad=self.amsgrad)

        def step(params: "Tensor", gradient: "Tensor", lr: LearningRates) -> None:
            params *= 1 - lr * self.weight_decay
            move(params, gradient, lr)

        return step
