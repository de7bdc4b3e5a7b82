"""The mean absolute error."""

from typing import TYPE_CHECKING, ClassVar, Literal

from service.descent.frozen import frozen
from service.descent.methods.option import Option

if TYPE_CHECKING:
    from torch import Tensor


@frozen
class Mae(Option):
    """The mean absolute error. Outliers have no more influence than other points."""

    in_closed_form: ClassVar[bool] = False
    title: ClassVar[str] = "mean absolute error"

    kind: Literal["mae"] = "mae"

    def criterion(self, preds: "Tensor", targets: "Tensor") -> "Tensor":
        """Return the loss, () or (rates,), of predictions (n,) or (n, rates) and targets (n,) or
        (n, 1).
        """
        return (preds - targets).abs().mean(0)
