"""Adam: a step for each parameter, by the mean and the mean square of its gradients."""

from math import sqrt
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Len

from service.descent.frozen import frozen
from service.descent.methods.optimizers.update import LearningRates, Update, decayed
from service.descent.methods.option import Fading, Kept, NotNegative, Option, Positive

if TYPE_CHECKING:
    from torch import Tensor

Betas = Annotated[tuple[float, float], Kept(Annotated[list[Fading], Len(2, 2)], tuple)]


@frozen
class Adam(Option):
    """torch.optim.Adam. The weight decay is part of the gradient."""

    update_seconds: ClassVar[float] = 1e-4
    """Seconds of one update beyond those of sgd. `make calibrate` measures them."""
    in_closed_form: ClassVar[bool] = False

    kind: Literal["adam"] = "adam"
    betas: Betas = (0.9, 0.999)
    eps: Positive = 1e-8
    weight_decay: NotNegative = 0.0
    amsgrad: bool = False

    def update(self) -> Update:
        """Return an update against the mean gradient, divided by the root mean square gradient."""
        move = adaptive(self.betas, self.eps, amsgrad=self.amsgrad)

        def step(params: "Tensor", gradient: "Tensor", lr: LearningRates) -> None:
            move(params, decayed(gradient, params, self.weight_decay), lr)

        return step


def adaptive(betas: Betas, eps: float, *, amsgrad: bool) -> Update:
    """Return the update of Adam without weight decay."""
    (b1, b2), number = betas, 0
    mean = square = largest = None

    def step(params: "Tensor", gradient: "Tensor", lr: LearningRates) -> None:
        nonlocal mean, square, largest, number
        if mean is None or square is None or largest is None:
            mean = square = largest = gradient.new_zeros(gradient.shape)
        number += 1
        mean = mean.lerp(gradient, 1 - b1)
        square = (b2 * square).addcmul(gradient, gradient, value=1 - b2)
        largest = largest.maximum(square) if amsgrad else square
        spread = largest.sqrt() / sqrt(1 - b2**number) + eps
        params -= lr / (1 - b1**number) * (mean / spread)

    return step
