"""The Huber loss."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from typing_extensions import override  # typing has it from Python 3.12 on

from service.descent.methods.losses.loss import MeanLoss
from service.descent.methods.option import Positive

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Huber(MeanLoss):
    """The Huber loss: half the squared error up to `delta`, and linear beyond."""

    title: ClassVar[str] = "Huber loss"
    optimum_seconds: ClassVar[float] = 1.5e-8
    """Seconds per point and pair of coefficients, for the optimum of a polynomial. `make calibrate`
    measures them.
    """

    kind: Literal["huber"] = "huber"
    """The name of the loss."""
    delta: Positive = 1.0
    """The residual up to which the loss is a square, in the unit of y."""

    @property
    def in_precision(self) -> dict[str, float]:
        """The residual up to which the loss is a square."""
        return {"delta": self.delta}

    @override
    def costs(self, preds: "Tensor", targets: "Tensor") -> "Tensor":
        """Return what each point costs. Beyond delta, a residual costs delta * (residual -
        delta / 2), as in torch's huber_loss.
        """
        residual = preds - targets
        near = residual.clamp(-self.delta, self.delta)
        return near * (residual - near / 2)
