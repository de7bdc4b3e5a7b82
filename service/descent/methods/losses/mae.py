"""The mean absolute error."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from service.descent.methods.method import Method

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Mae(Method):
    """The mean absolute error. Outliers have no more influence than other points."""

    title: ClassVar[str] = "mean absolute error"
    delta: ClassVar[float] = 0.0
    optimum_seconds: ClassVar[float] = 5e-8
    """Seconds per point and pair of coefficients, for the optimum of a polynomial. `make calibrate`
    measures them.
    """

    kind: Literal["mae"] = "mae"
    """The name of the loss."""

    def criterion(self, preds: "Tensor", targets: "Tensor") -> "Tensor":
        """Return the loss."""
        return (preds - targets).abs().mean(0)
