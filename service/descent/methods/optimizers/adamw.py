"""AdamW: Adam with a weight decay that is independent of the gradient."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from service.descent.methods.optimizers.adam import AnyAdam
from service.descent.methods.option import NotNegative


@dataclass(frozen=True)
class AdamW(AnyAdam):
    """torch.optim.AdamW. The weight decay is applied separately from the gradient."""

    decoupled: ClassVar[bool] = True

    kind: Literal["adamw"] = "adamw"
    """The name of the optimizer."""
    weight_decay: NotNegative = 0.01
    """The weight decay: each step multiplies the parameters by 1 - rate * weight_decay."""
