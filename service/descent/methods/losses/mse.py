"""The mean squared error."""

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, ClassVar, Literal

from service.descent.methods.method import Method

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Mse(Method):
    """The mean squared error, the loss of the lecture."""

    title: ClassVar[str] = "mean squared error"
    in_closed_form: ClassVar[bool] = True
    delta: ClassVar[float] = inf
    optimum_seconds: ClassVar[float] = 0.0
    """Seconds per point and pair of coefficients, for an optimum that is not that of least squares.
    """

    kind: Literal["mse"] = "mse"
    """The name of the loss."""

    def criterion(self, preds: "Tensor", targets: "Tensor") -> "Tensor":
        """Return the loss."""
        return ((preds - targets) ** 2).mean(0)
