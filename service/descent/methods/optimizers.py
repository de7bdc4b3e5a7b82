"""The optimizers of torch.optim that a descent can use. A new one is registered at the end.

The `update_seconds` of an optimizer are those of one update beyond the ones of sgd, as measured by
`make calibrate`.
"""

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Len
from pydantic import Field

from service.descent.methods.method import LearningRates, Method, Update
from service.descent.methods.option import Fading, NotNegative, Positive, RuleError, kept

if TYPE_CHECKING:
    from torch import Tensor

Betas = Annotated[tuple[float, float], kept(Annotated[list[Fading], Len(2, 2)], tuple)]


def decayed(gradient: "Tensor", params: "Tensor", weight_decay: float) -> "Tensor":
    """Return the gradient of the loss plus weight_decay / 2 times the sum of squares of the
    parameters.
    """
    if not weight_decay:
        return gradient
    return gradient + weight_decay * params


@dataclass(frozen=True)
class Sgd(Method):
    """torch.optim.SGD: gradient descent, plain or with momentum."""

    update_seconds: ClassVar[float] = 0.0

    kind: Literal["sgd"] = "sgd"
    momentum: Fading = 0.0
    nesterov: bool = False
    weight_decay: NotNegative = 0.0

    def __post_init__(self) -> None:
        """Check that there is a momentum to look ahead with. Raises RuleError."""
        if self.nesterov and not self.momentum:
            raise RuleError("conflicting_fields", "`nesterov` needs a `momentum` above 0")

    @property
    def in_closed_form(self) -> bool:
        """True if the steps have a closed form."""
        return not self.weight_decay

    def update(self) -> Update:
        """Return an update against the gradient or, with momentum, against the sum of all
        gradients, each of which fades from step to step.
        """
        velocity: Tensor | float = 0.0

        def step(params: "Tensor", gradient: "Tensor", lr: LearningRates) -> None:
            nonlocal velocity
            gradient = decayed(gradient, params, self.weight_decay)
            if self.momentum:
                velocity = self.momentum * velocity + gradient
                gradient = gradient + self.momentum * velocity if self.nesterov else velocity
            params -= lr * gradient

        return step


@dataclass(frozen=True)
class AnyAdam(Method):
    """The options and the formula of Adam and AdamW."""

    update_seconds: ClassVar[float] = 1e-4
    decoupled: ClassVar[bool]
    """True if the weight decay is independent of the gradient."""

    kind: str
    betas: Betas = (0.9, 0.999)
    eps: Positive = 1e-8
    weight_decay: NotNegative = 0.0
    amsgrad: bool = False

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


@dataclass(frozen=True)
class AdamW(AnyAdam):
    """torch.optim.AdamW. The weight decay is applied separately from the gradient."""

    decoupled: ClassVar[bool] = True

    kind: Literal["adamw"] = "adamw"
    weight_decay: NotNegative = 0.01


@dataclass(frozen=True)
class RmsProp(Method):
    """torch.optim.RMSprop."""

    update_seconds: ClassVar[float] = 1e-4

    kind: Literal["rmsprop"] = "rmsprop"
    alpha: Fading = 0.99
    eps: Positive = 1e-8
    weight_decay: NotNegative = 0.0
    momentum: Fading = 0.0
    centered: bool = False

    def update(self) -> Update:
        """Return an update against the gradient, divided by the root of the mean square gradient
        or, if centered, of its variance.
        """
        alpha = self.alpha
        square = mean = velocity = None

        def step(params: "Tensor", gradient: "Tensor", lr: LearningRates) -> None:
            nonlocal square, mean, velocity
            if square is None or mean is None or velocity is None:
                square = mean = velocity = gradient.new_zeros(gradient.shape)
            gradient = decayed(gradient, params, self.weight_decay)
            square = (alpha * square).addcmul(gradient, gradient, value=1 - alpha)
            spread = square
            if self.centered:
                mean = mean.lerp(gradient, 1 - alpha)
                # torch does not clamp: there, rounding can make this negative and its root NaN
                spread = (square - mean * mean).clamp(min=0)
            gradient = gradient / (spread.sqrt() + self.eps)
            if self.momentum:
                gradient = velocity = self.momentum * velocity + gradient
            params -= lr * gradient

        return step


Optimizer = Annotated[Sgd | Adam | AdamW | RmsProp, Field(discriminator="kind")]
