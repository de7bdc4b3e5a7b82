"""The losses that a descent can minimise. A new one is registered at the end.

The method `criterion` of a loss is a `Criterion` (`methods/method.py`), which has the shapes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from service.descent.methods.method import Method
from service.descent.methods.option import Positive

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Mse(Method):
    """The mean squared error, the loss of the lecture."""

    title: ClassVar[str] = "mean squared error"
    in_closed_form: ClassVar[bool] = True

    kind: Literal["mse"] = "mse"

    def criterion(self, preds: "Tensor", targets: "Tensor") -> "Tensor":
        """Return the loss."""
        return ((preds - targets) ** 2).mean(0)


@dataclass(frozen=True)
class Mae(Method):
    """The mean absolute error. Outliers have no more influence than other points."""

    title: ClassVar[str] = "mean absolute error"

    kind: Literal["mae"] = "mae"

    def criterion(self, preds: "Tensor", targets: "Tensor") -> "Tensor":
        """Return the loss."""
        return (preds - targets).abs().mean(0)


@dataclass(frozen=True)
class Huber(Method):
    """The Huber loss: half the squared error up to `delta`, and linear beyond."""

    title: ClassVar[str] = "Huber loss"

    kind: Literal["huber"] = "huber"
    delta: Positive = 1.0

    @property
    def in_precision(self) -> dict[str, float]:
        """The residual up to which the loss is a square."""
        return {"delta": self.delta}

    def criterion(self, preds: "Tensor", targets: "Tensor") -> "Tensor":
        """Return the loss. Beyond delta, a residual costs delta * (residual - delta / 2), as in
        torch's huber_loss.
        """
        residual = preds - targets
        near = residual.clamp(-self.delta, self.delta)
        return (near * (residual - near / 2)).mean(0)


Loss = Annotated[Mse | Mae | Huber, Field(discriminator="kind")]
