"""Optimizers, schedules, losses and batches of a question: picklable and free of torch."""

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
    """torch.optim.Adam with its defaults."""

    kind: Literal["adam"] = "adam"
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    amsgrad: bool = False


@frozen
class AdamW:
    """torch.optim.AdamW with its defaults: the weights decay independently of the gradient."""

    kind: Literal["adamw"] = "adamw"
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.01
    amsgrad: bool = False


@frozen
class RmsProp:
    """torch.optim.RMSprop with its defaults."""

    kind: Literal["rmsprop"] = "rmsprop"
    alpha: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.0
    momentum: float = 0.0
    centered: bool = False


Optimizer = Sgd | Adam | AdamW | RmsProp


@frozen
class Constant:
    """A constant schedule: every step has the same learning rate."""

    kind: Literal["constant"] = "constant"


@frozen
class StepDecay:
    """A schedule that multiplies the learning rate by `gamma` every `step_size` steps, like torch's
    StepLR.
    """

    kind: Literal["step"] = "step"
    step_size: int = 1
    gamma: float = 0.1


@frozen
class Cosine:
    """A schedule that follows half a cosine from the learning rate down to `eta_min` over all
    steps, like torch's CosineAnnealingLR.
    """

    kind: Literal["cosine"] = "cosine"
    eta_min: float = 0.0


@frozen
class OneCycle:
    """A schedule that rises to the learning rate and falls again over all steps, like torch's
    OneCycleLR, but with constant momentum.
    """

    kind: Literal["one_cycle"] = "one_cycle"
    pct_start: float = 0.3
    div_factor: float = 25.0
    final_div_factor: float = 1e4


@frozen
class RateList:
    """A schedule that lists the learning rate of each step."""

    kind: Literal["list"] = "list"
    lrs: tuple[float, ...] = ()


Schedule = Constant | StepDecay | Cosine | OneCycle | RateList


@frozen
class Mse:
    """The mean squared error, the loss of the lecture."""

    kind: Literal["mse"] = "mse"


@frozen
class Mae:
    """The mean absolute error."""

    kind: Literal["mae"] = "mae"


@frozen
class Huber:
    """The Huber loss: quadratic for residuals up to `delta` and linear beyond, like torch's
    huber_loss.
    """

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
    """Return the first field that rules out a closed form of the losses, or None if they have one.

    A closed form needs a polynomial, the loss mse, plain or momentum descent without weight decay,
    a constant rate and full batches.
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
