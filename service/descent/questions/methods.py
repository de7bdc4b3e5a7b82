"""How a step is made: optimizer, schedule, loss and batches as they are asked for; picklable,
torch-free.
"""

from typing import Literal

from service.descent.frozen import frozen

Batches = Literal["shuffled", "independent"]


@frozen
class Sgd:
    """torch.optim.SGD: plain gradient descent, unless it has momentum or weight decay."""

    kind: Literal["sgd"] = "sgd"
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0


@frozen
class Adam:
    """torch.optim.Adam, with its defaults."""

    kind: Literal["adam"] = "adam"
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    amsgrad: bool = False


@frozen
class AdamW:
    """torch.optim.AdamW, with its defaults: the weights decay apart from the gradient."""

    kind: Literal["adamw"] = "adamw"
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.01
    amsgrad: bool = False


@frozen
class RmsProp:
    """torch.optim.RMSprop, with its defaults."""

    kind: Literal["rmsprop"] = "rmsprop"
    alpha: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.0
    momentum: float = 0.0
    centered: bool = False


Optimizer = Sgd | Adam | AdamW | RmsProp


@frozen
class Constant:
    """Every step has the same rate."""

    kind: Literal["constant"] = "constant"


@frozen
class StepDecay:
    """The rate times gamma, once every `step_size` steps: torch's StepLR."""

    kind: Literal["step"] = "step"
    step_size: int = 1
    gamma: float = 0.1


@frozen
class Cosine:
    """Half a cosine from the rate down to `eta_min`, over all steps: torch's CosineAnnealingLR."""

    kind: Literal["cosine"] = "cosine"
    eta_min: float = 0.0


@frozen
class OneCycle:
    """Up to the rate and down again, over all steps: torch's OneCycleLR, which leaves the momentum
    alone.
    """

    kind: Literal["one_cycle"] = "one_cycle"
    pct_start: float = 0.3
    div_factor: float = 25.0
    final_div_factor: float = 1e4


@frozen
class RateList:
    """The rate of each step, listed."""

    kind: Literal["list"] = "list"
    lrs: tuple[float, ...] = ()


Schedule = Constant | StepDecay | Cosine | OneCycle | RateList


@frozen
class Mse:
    """The mean squared error: the lecture's."""

    kind: Literal["mse"] = "mse"


@frozen
class Mae:
    """The mean absolute error."""

    kind: Literal["mae"] = "mae"


@frozen
class Huber:
    """Squared up to `delta`, straight beyond: torch's huber_loss."""

    kind: Literal["huber"] = "huber"
    delta: float = 1.0


Loss = Mse | Mae | Huber


def obstacle(
    *,
    model: str,
    loss: str,
    optimizer: str,
    weight_decay: float | None,
    schedule: str,
    batch_size: int | None,
) -> str | None:
    """The first field because of which not every loss to come is known in closed form, by the kinds
    of these; None where there is none.

    It takes full batches, one rate, and a loss whose curvature is the same everywhere.
    """
    if model != "polynomial":
        return "model"
    if loss != "mse":
        return "loss"
    if optimizer != "sgd" or weight_decay:
        return "optimizer"
    if schedule != "constant":
        return "schedule"
    return None if batch_size is None else "batch_size"
