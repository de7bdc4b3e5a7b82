"""The mean squared error."""

from typing import TYPE_CHECKING, ClassVar, Literal

from service.descent.frozen import frozen
from service.descent.methods.option import Option

if TYPE_CHECKING:
    from torch import Tensor


@frozen
class Mse(Option):
    """The mean squared error, the loss of the lecture."""

    in_closed_form: ClassVar[bool] = True
    title: ClassVar[str] = "mean squared error"

    kind: Literal["mse"] = "mse"

    def criterion(self, preds: "Tensor", targets: "Tensor") -> "Tensor":
        """Return the loss, () or (rates,), of predictions (n,) or (n, rates) and targets (n,) or
        (n, 1).
        """
        return ((preds - targets) ** 2).mean(0)
