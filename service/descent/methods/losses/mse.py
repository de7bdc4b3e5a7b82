"""The mean squared error."""

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, ClassVar, Literal

from typing_extensions import override  # typing has it from Python 3.12 on

from service.descent.methods.losses.loss import MeanLoss

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Mse(MeanLoss):
    """The mean squared error, the loss of the lecture."""

    title: ClassVar[str] = "mean squared error"
    in_closed_form: ClassVar[bool] = True
    delta: ClassVar[float] = inf
    optimum_seconds: ClassVar[float] = 0.0
    """Seconds per point and pair of coefficients, for an optimum that is not that of least squares.
    """

    kind: Literal["mse"] = "mse"
    """The name of the loss."""

    @override
    def costs(self, preds: "Tensor", targets: "Tensor") -> "Tensor":
        return (preds - targets) ** 2
