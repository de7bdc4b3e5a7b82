"""The optimizers, schedules and losses of requests. Each is converted to its part of a question."""

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from service.api.limits import MAX_NUMBER, MAX_SCHEDULE, MAX_STEPS
from service.api.problems import Code
from service.api.schemas.fields import Lr, OrNull, Positive, Strict
from service.descent.questions import methods

Part = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Betas = Annotated[Annotated[list[Part], Field(min_length=2, max_length=2)], OrNull()]
Decay = Annotated[float, Field(ge=0, le=MAX_NUMBER, allow_inf_nan=False)]


class SgdRequest(Strict):
    """torch.optim.SGD: gradient descent, plain or with momentum."""

    kind: Literal["sgd"]
    momentum: Annotated[Part, OrNull()] = 0.0
    nesterov: Annotated[bool, OrNull()] = False
    weight_decay: Annotated[Decay, OrNull()] = 0.0

    @model_validator(mode="after")
    def _looks_ahead(self) -> Self:
        if self.nesterov and not self.momentum:
            raise PydanticCustomError(
                Code.CONFLICTING_FIELDS, "`nesterov` needs a `momentum` above 0"
            )
        return self

    def optimizer(self) -> methods.Sgd:
        """Return the optimizer for the descent."""
        return methods.Sgd(self.kind, self.momentum, self.nesterov, self.weight_decay)


class AdamRequest(Strict):
    """torch.optim.Adam or AdamW. AdamW applies the weight decay separately from the gradient, by
    default 0.01.
    """

    kind: Literal["adam", "adamw"]
    betas: Betas = [0.9, 0.999]  # noqa: RUF012 - pydantic copies it
    eps: Annotated[Positive, OrNull()] = 1e-8
    weight_decay: Decay | None = None
    amsgrad: Annotated[bool, OrNull()] = False

    def optimizer(self) -> methods.Adam | methods.AdamW:
        """Return the optimizer for the descent."""
        first, second = self.betas
        if self.kind == "adam":
            return methods.Adam(
                self.kind, (first, second), self.eps, self.weight_decay or 0.0, self.amsgrad
            )
        decay = methods.AdamW.weight_decay if self.weight_decay is None else self.weight_decay
        return methods.AdamW(self.kind, (first, second), self.eps, decay, self.amsgrad)


class RmsPropRequest(Strict):
    """torch.optim.RMSprop."""

    kind: Literal["rmsprop"]
    alpha: Annotated[Part, OrNull()] = 0.99
    eps: Annotated[Positive, OrNull()] = 1e-8
    weight_decay: Annotated[Decay, OrNull()] = 0.0
    momentum: Annotated[Part, OrNull()] = 0.0
    centered: Annotated[bool, OrNull()] = False

    def optimizer(self) -> methods.RmsProp:
        """Return the optimizer for the descent."""
        return methods.RmsProp(
            self.kind, self.alpha, self.eps, self.weight_decay, self.momentum, self.centered
        )


class ConstantRequest(Strict):
    """The same rate for every step."""

    kind: Literal["constant"]

    def schedule(self) -> methods.Constant:
        """Return the schedule for the descent."""
        return methods.Constant()


class StepRequest(Strict):
    """The rate times `gamma`, applied every `step_size` steps."""

    kind: Literal["step"]
    step_size: Annotated[int, Field(ge=1, le=MAX_STEPS)]
    gamma: Annotated[Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)], OrNull()] = 0.1

    def schedule(self) -> methods.StepDecay:
        """Return the schedule for the descent."""
        return methods.StepDecay(self.kind, self.step_size, self.gamma)


class CosineRequest(Strict):
    """Half a cosine from the rate down to `eta_min`, over all steps."""

    kind: Literal["cosine"]
    eta_min: Annotated[Decay, OrNull()] = 0.0

    def schedule(self) -> methods.Cosine:
        """Return the schedule for the descent."""
        return methods.Cosine(self.kind, self.eta_min)


class OneCycleRequest(Strict):
    """A rise to the rate in the first part of the steps, then a fall."""

    kind: Literal["one_cycle"]
    pct_start: Annotated[Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)], OrNull()] = 0.3
    div_factor: Annotated[
        Annotated[float, Field(ge=1, le=MAX_NUMBER, allow_inf_nan=False)], OrNull()
    ] = 25.0
    final_div_factor: Annotated[
        Annotated[float, Field(ge=1, le=MAX_NUMBER, allow_inf_nan=False)], OrNull()
    ] = 1e4

    def schedule(self) -> methods.OneCycle:
        """Return the schedule for the descent."""
        return methods.OneCycle(self.kind, self.pct_start, self.div_factor, self.final_div_factor)


class ListRequest(Strict):
    """A list of the rate of each step. `lr` is the first of them."""

    kind: Literal["list"]
    lrs: Annotated[list[Lr], Field(min_length=1, max_length=MAX_SCHEDULE, fail_fast=True)]

    def schedule(self) -> methods.RateList:
        """Return the schedule for the descent."""
        return methods.RateList(self.kind, tuple(self.lrs))


class MseRequest(Strict):
    """The mean squared error."""

    kind: Literal["mse"]

    def loss(self) -> methods.Mse:
        """Return the loss for the descent."""
        return methods.Mse()


class MaeRequest(Strict):
    """The mean absolute error. Outliers have no more influence than other points."""

    kind: Literal["mae"]

    def loss(self) -> methods.Mae:
        """Return the loss for the descent."""
        return methods.Mae()


class HuberRequest(Strict):
    """The Huber loss: half the squared error up to `delta`, and linear beyond."""

    kind: Literal["huber"]
    delta: Annotated[Positive, OrNull()] = 1.0

    def loss(self) -> methods.Huber:
        """Return the loss for the descent."""
        return methods.Huber(self.kind, self.delta)


def _optimizer(value: object) -> str:
    kind = kind_of(value, "sgd")
    return "~adam" if kind == "~adamw" else kind


def _schedule(value: object) -> str:
    return kind_of(value, "constant")


def _loss(value: object) -> str:
    return kind_of(value, "mse")


def kind_of(value: object, first: str) -> str:
    """Return the tag for the `kind` of a value. Without a `kind`, return the tag for `first`, whose
    validation reports the error.
    """
    kind = value.get("kind", first) if isinstance(value, dict) else getattr(value, "kind", first)
    return f"~{kind if isinstance(kind, str) else first}"


AnyOptimizer = Annotated[
    Annotated[SgdRequest, Tag("~sgd")]
    | Annotated[AdamRequest, Tag("~adam")]
    | Annotated[RmsPropRequest, Tag("~rmsprop")],
    Discriminator(
        _optimizer,
        custom_error_type=Code.UNKNOWN_VALUE,
        custom_error_message="An optimizer is of kind sgd, adam, adamw or rmsprop",
        custom_error_context={"pointer": "/optimizer/kind"},
    ),
]
AnySchedule = Annotated[
    Annotated[ConstantRequest, Tag("~constant")]
    | Annotated[StepRequest, Tag("~step")]
    | Annotated[CosineRequest, Tag("~cosine")]
    | Annotated[OneCycleRequest, Tag("~one_cycle")]
    | Annotated[ListRequest, Tag("~list")],
    Discriminator(
        _schedule,
        custom_error_type=Code.UNKNOWN_VALUE,
        custom_error_message="A schedule is of kind constant, step, cosine, one_cycle or list",
        custom_error_context={"pointer": "/schedule/kind"},
    ),
]
AnyLoss = Annotated[
    Annotated[MseRequest, Tag("~mse")]
    | Annotated[MaeRequest, Tag("~mae")]
    | Annotated[HuberRequest, Tag("~huber")],
    Discriminator(
        _loss,
        custom_error_type=Code.UNKNOWN_VALUE,
        custom_error_message="A loss is of kind mse, mae or huber",
        custom_error_context={"pointer": "/loss/kind"},
    ),
]
PLAIN, CONSTANT, MSE = (
    SgdRequest(kind="sgd"),
    ConstantRequest(kind="constant"),
    MseRequest(kind="mse"),
)
"""The optimizer, schedule and loss of the lecture."""
