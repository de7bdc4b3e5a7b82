"""The settings that fits, analyses and sweeps have in common."""

import secrets
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from service.api.limits import MAX_POINTS, MAX_SEED, MAX_STEPS
from service.api.problems import Code
from service.api.schemas.fields import (
    DataRequest,
    OrNull,
    Strict,
    SyntheticRequest,
    ValidationRequest,
    conflict,
)
from service.api.schemas.methods import (
    CONSTANT,
    MSE,
    PLAIN,
    AnyLoss,
    AnyOptimizer,
    AnySchedule,
    ListRequest,
)
from service.api.schemas.models import (
    AnyModel,
    Init,
    PolynomialRequest,
    ScaledRequest,
    fits_network,
    fits_polynomial,
    start_of,
)
from service.descent.questions.methods import Batches, obstacle
from service.descent.questions.options import AnyScale, Rate
from service.descent.questions.specs import Question


class SettingRequest(Strict):
    """The settings of a descent. Give exactly one of `data` and `synthetic`."""

    data: DataRequest | None = None
    synthetic: SyntheticRequest | None = None
    model: Annotated[AnyModel, OrNull()] = PolynomialRequest()
    loss: Annotated[AnyLoss, OrNull()] = MSE
    """The loss to minimise. `optimum` is always that of `mse`. `gap` and the exact analysis exist
    for `mse` only.
    """
    optimizer: Annotated[AnyOptimizer, OrNull()] = PLAIN
    """An optimizer of torch.optim, with its options and defaults."""
    schedule: Annotated[AnySchedule, OrNull()] = CONSTANT
    """The rate of each step relative to `lr`, as in torch.optim.lr_scheduler."""
    batch_size: Annotated[int, Field(ge=1, le=MAX_POINTS)] | None = None
    """The number of points that each step sees. If omitted, all points."""
    batches: Annotated[Batches, OrNull()] = "shuffled"
    """shuffled: without replacement, in a new order each epoch; the last, smaller batch counts.
    independent: drawn with replacement.
    """
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    """The seed of the generator that draws the noise, the initial parameters, a random split and
    the batches, in this order. If omitted, the service chooses one and returns it in
    `resolved.seed`.
    """
    init: Annotated[Init, OrNull()] = "random"
    """The start. random: normal, in the coordinates of the descent; the layers of a network have
    variance 1 / inputs. Parameters are in the units of t and y, whatever `scale` is.
    """
    steps: Annotated[int, Field(ge=1, le=MAX_STEPS), OrNull()] = 100
    """The number of updates to make."""
    scale: Annotated[Literal["auto", "none", "standardize", "orthonormal"], OrNull()] = "auto"
    """The coordinates of the descent. auto: none if `lr` is a number, which applies to your t as it
    is, or if there is no rate to judge. For the best rate: standardize if it then comes within one
    percent of the optimum in `steps` steps, otherwise orthonormal. For a network: standardize.
    """
    validation: ValidationRequest | None = None

    @model_validator(mode="after")
    def _has_points(self) -> Self:
        if self.data is None and self.synthetic is None:
            raise PydanticCustomError(Code.MISSING_FIELD, "Give `data` or `synthetic`")
        if self.data is not None and self.synthetic is not None:
            raise PydanticCustomError(
                Code.CONFLICTING_FIELDS, "Give `data` or `synthetic`, not both"
            )
        return self

    @model_validator(mode="after")
    def _starts(self) -> Self:
        given = self.init.params if isinstance(self.init, ScaledRequest) else self.init
        if not isinstance(given, str):
            fits_polynomial(given, self.model) if isinstance(
                self.model, PolynomialRequest
            ) else fits_network(given, self.model)
        return self

    @model_validator(mode="after")
    def _splits(self) -> Self:
        if self.validation is not None and not 0 < self.seen < self.n:
            text = (
                f"This `fraction` holds out {self.n - self.seen} of {self.n} points; both parts "
                "need one"
            )
            raise PydanticCustomError(Code.OUT_OF_RANGE, text, {"pointer": "/validation/fraction"})
        return self

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.obstacle or self.batches != "shuffled":
            self._check_method()
        return self

    def _check_method(self) -> None:
        if self.model.kind == "mlp" and self.scale == "orthonormal":
            raise conflict("/scale", "A network takes `scale` none, standardize or auto")
        if self.batch_size is None and self.batches == "independent":
            raise conflict("/batches", "`batches` independent needs a `batch_size`")
        if self.batch_size is not None and self.batch_size > self.seen:
            text = f"A batch has at most the {self.seen} points that the descent sees"
            raise PydanticCustomError(Code.OUT_OF_RANGE, text, {"pointer": "/batch_size"})
        if isinstance(self.schedule, ListRequest) and len(self.schedule.lrs) != self.steps:
            text = f"A schedule lists a rate for each of the {self.steps} `steps`"
            raise PydanticCustomError(Code.LENGTH_MISMATCH, text, {"pointer": "/schedule/lrs"})

    @property
    def n(self) -> int:
        """The number of points."""
        return len(self.data.t) if self.data else self.synthetic.points if self.synthetic else 0

    @property
    def seen(self) -> int:
        """The number of points that the descent sees."""
        return self.n - (self.validation.validation().held_out(self.n) if self.validation else 0)

    @property
    def obstacle(self) -> str | None:
        """The first field that prevents the exact computation of the losses, or None."""
        return obstacle(
            model=self.model.kind,
            loss=self.loss.kind,
            optimizer=self.optimizer.kind,
            weight_decay=self.optimizer.weight_decay,
            schedule=self.schedule.kind,
            batch_size=self.batch_size,
        )

    def check_rate(self, lr: Rate | None) -> None:
        """Raise PydanticCustomError if this rate cannot be computed or differs from that of the
        schedule.
        """
        if isinstance(self.schedule, ListRequest):
            if lr not in {None, "best", self.schedule.lrs[0]}:
                raise conflict("/lr", "`lr` is the first rate of the `schedule`: leave it out")
        elif lr == "best" and (field := self.obstacle):
            raise conflict(
                "/lr",
                (
                    "The best rate needs the closed form, which does not exist with this "
                    f"`{field}`: give a number"
                ),
            )

    def question(self, lr: Rate | None) -> Question:
        """Return the common part of all questions, for a descent at this rate."""
        return Question(
            data=self.data.points() if self.data else None,
            synthetic=self.synthetic.synthetic() if self.synthetic else None,
            model=self.model.model(),
            loss=self.loss.loss(),
            optimizer=self.optimizer.optimizer(),
            schedule=self.schedule.schedule(),
            batch_size=self.batch_size,
            batches=self.batches,
            seed=secrets.randbelow(MAX_SEED + 1) if self.seed is None else self.seed,
            init=start_of(self.init),
            steps=self.steps,
            scale=self._scale_for(lr),
            validation=self.validation.validation() if self.validation else None,
        )

    def _scale_for(self, lr: Rate | None) -> AnyScale:
        """Return the scale for a rate. A number, or no rate, refers to t as it is. A network needs
        values near 0.
        """
        if self.scale != "auto":
            return self.scale
        if self.model.kind == "mlp":
            return "standardize"
        return self.scale if lr == "best" else "none"

    def first_rate(self, lr: Rate) -> Rate:
        """Return the first rate of a listed schedule, otherwise the given rate."""
        return self.schedule.lrs[0] if isinstance(self.schedule, ListRequest) else lr
