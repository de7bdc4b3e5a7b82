"""Gradient descent, plain or with momentum."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from service.descent.methods.method import LearningRates, Method, Update, decayed
from service.descent.methods.option import Fading, NotNegative, RuleError

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Sgd(Method):
    """torch.optim.SGD: gradient descent, plain or with momentum."""

    update_seconds: ClassVar[float] = 0.0
    """Seconds of one update beyond those of sgd. `make calibrate` measures them."""
    default_lr: ClassVar[float | None] = None
    """No learning rate suits most points, because the length of a step depends on the loss."""

    in_closed_form: ClassVar[bool] = True

    kind: Literal["sgd"] = "sgd"
    """The name of the optimizer."""
    momentum: Fading = 0.0
    """The factor by which the influence of earlier gradients fades in each step; 0 for plain
    descent.
    """
    nesterov: bool = False
    """If true, use Nesterov's momentum, which needs a `momentum` above 0."""
    weight_decay: NotNegative = 0.0
    """The descent minimises the loss plus weight_decay / 2 times the sum of squares of the
    parameters, in the coordinates of the descent and including the constant term. The losses and
    gradients of the result are without it. The closed form includes it.
    """

    def __post_init__(self) -> None:
        """Check that there is a momentum to look ahead with.

        Raises RuleError.
        """
        if self.nesterov and not self.momentum:
            raise RuleError("conflicting_fields", "`nesterov` needs a `momentum` above 0")

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
