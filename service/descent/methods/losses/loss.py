"""The base of the losses."""

from abc import abstractmethod
from typing import TYPE_CHECKING

from service.descent.methods.method import Method

if TYPE_CHECKING:
    from torch import Tensor


class MeanLoss(Method):
    """A loss that is the mean of what each point costs, times its weight if points have weights."""

    @abstractmethod
    def costs(self, preds: "Tensor", targets: "Tensor") -> "Tensor":
        """Return what each point costs: (n,) or (n, rates), like the predictions."""

    def criterion(
        self, preds: "Tensor", targets: "Tensor", weights: "Tensor | None" = None
    ) -> "Tensor":
        """Return the loss, which is a `Criterion`."""
        costs = self.costs(preds, targets)
        if weights is not None:
            costs = weights * costs
        return costs.mean(0)
