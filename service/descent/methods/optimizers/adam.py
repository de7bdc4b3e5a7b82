"""Adam: a step for each parameter, by the mean and the mean square of its gradients."""

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Len

from service.descent.methods.method import LearningRates, Method, Update, decayed
from service.descent.methods.option import Fading, NotNegative, Positive, kept

if TYPE_CHECKING:
    from torch import Tensor

Betas = Annotated[tuple[float, float], kept(Annotated[list[Fading], Len(2, 2)], tuple)]


@dataclass(frozen=True)
class AnyAdam(Method):
    """The options and the formula of Adam and AdamW."""

    update_seconds: ClassVar[float] = 5e-5
    """Seconds of one update beyond those of sgd. `make calibrate` measures them."""
    default_lr: ClassVar[float | None] = 1e-3
    """The default learning rate of torch.optim."""
    decoupled: ClassVar[bool]
    """True if the weight decay is independent of the gradient."""

    kind: str
    """The name of the optimizer."""
    betas: Betas = (0.9, 0.999)
    """The factors by which the influence of earlier gradients fades in each step: in their mean and
    in their mean square.
    """
    eps: Positive = 1e-8
    """A small number that is added to the divisor, so that it is not 0."""
    weight_decay: NotNegative = 0.0
    """The weight decay: how strongly each step pulls the parameters towards 0."""
    amsgrad: bool = False
    """If true, each step divides by the largest mean square so far instead of the last."""

    def update(self) -> Update:
        """Return an update against the mean gradient, divided by the root mean square gradient."""
        (b1, b2), number = self.betas, 0
        mean = square = largest = None

        def step(params: "Tensor", gradient: "Tensor", lr: LearningRates) -> None:
            nonlocal mean, square, largest, number
            if mean is None or square is None or largest is None:
                mean = square = largest = gradient.new_zeros(gradient.shape)
            if self.decoupled:
                params *= 1 - lr * self.weight_decay
            else:
                gradient = decayed(gradient, params, self.weight_decay)
            number += 1
            mean = mean.lerp(gradient, 1 - b1)
            square = (b2 * square).addcmul(gradient, gradient, value=1 - b2)
            largest = largest.maximum(square) if self.amsgrad else square
            spread = largest.sqrt() / sqrt(1 - b2**number) + self.eps
            params -= lr / (1 - b1**number) * (mean / spread)

        return step


@dataclass(frozen=True)
class Adam(AnyAdam):
    """torch.optim.Adam. The weight decay is part of the gradient."""

    decoupled: ClassVar[bool] = False

    kind: Literal["adam"] = "adam"
    """The name of the optimizer."""
