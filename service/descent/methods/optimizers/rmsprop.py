"""RMSprop: a step for each parameter, by the mean square of its gradients."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from service.descent.methods.method import LearningRates, Method, Update, decayed
from service.descent.methods.option import Fading, NotNegative, Positive

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class RmsProp(Method):
    """torch.optim.RMSprop."""

    update_seconds: ClassVar[float] = 4e-5
    """Seconds of one update beyond those of sgd. `make calibrate` measures them."""
    default_lr: ClassVar[float | None] = 1e-2
    """The default learning rate of torch.optim."""

    kind: Literal["rmsprop"] = "rmsprop"
    """The name of the optimizer."""
    alpha: Fading = 0.99
    """The factor by which the influence of earlier gradients on their mean square fades in each
    step.
    """
    eps: Positive = 1e-8
    """A small number that is added to the divisor, so that it is not 0."""
    weight_decay: NotNegative = 0.0
    """The weight decay: this multiple of the parameters is added to the gradient."""
    momentum: Fading = 0.0
    """The factor by which the influence of earlier updates fades in each step."""
    centered: bool = False
    """If true, each step divides by the standard deviation of the gradients instead of the root of
    their mean square.
    """

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
