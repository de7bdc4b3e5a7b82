"""The mean absolute error."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from typing_extensions import override  # typing has it from Python 3.12 on

from service.descent.methods.losses.loss import MeanLoss

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Mae(MeanLoss):
    """The mean absolute error. Outliers have no more influence than other points."""

    title: ClassVar[str] = "mean absolute error"
    delta: ClassVar[float] = 0.0
    optimum_seconds: ClassVar[float] = 5e-8
    """Seconds per point and pair of coefficients, for the optimum of a polynomial. `make calibrate`
    measures them.
    """

    kind: Literal["mae"] = "mae"
    """The name of the loss."""

    @override
    def costs(self, preds: "Tensor", targets: "Tensor") -> "Tensor":
        return (preds - targets).abs()
