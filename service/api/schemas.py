"""What callers send: strict, checked once, and turned into a question for a worker."""

import secrets
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from service.api.fields import (
    AnyLr,
    AnyLrs,
    AnyModel,
    DataRequest,
    Init,
    LrRange,
    MlpRequest,
    NetworkRequest,
    Numbers,
    OrNull,
    Params,
    PolynomialRequest,
    ScaledRequest,
    StopRequest,
    Strict,
    SyntheticRequest,
    ValidationRequest,
)
from service.api.limits import MAX_AT, MAX_METADATA, MAX_NAME, MAX_NOTE, MAX_POINTS, MAX_SEED, MAX_STEPS, default_record_every
from service.api.methods import CONSTANT, MSE, PLAIN, AnyLoss, AnyOptimizer, AnySchedule, ListRequest, SgdRequest
from service.api.problems import Code
from service.descent.methods import Batches
from service.descent.parts import AnyScale, Include, Network, Precision, Rate, Scaled, Solver, coefficient_names
from service.descent.parts import Init as AnyInit
from service.descent.spec import AnalysisSpec, FitSpec, Question, Recording, SweepSpec

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
Note = Annotated[str, Field(max_length=MAX_NOTE)]


class SettingRequest(Strict):
    """Where a descent takes place. Give exactly one of `data` and `synthetic`."""

    data: DataRequest | None = None
    synthetic: SyntheticRequest | None = None
    model: Annotated[AnyModel, OrNull()] = PolynomialRequest()
    loss: Annotated[AnyLoss, OrNull()] = MSE
    """What descends. `optimum`, `gap` and what is exact are of mse."""
    optimizer: Annotated[AnyOptimizer, OrNull()] = PLAIN
    """torch.optim's, with its options and defaults."""
    schedule: Annotated[AnySchedule, OrNull()] = CONSTANT
    """The rate of each step, by `lr`; torch.optim.lr_scheduler's."""
    batch_size: Annotated[int, Field(ge=1, le=MAX_POINTS)] | None = None
    """Points that a step sees; null: all."""
    batches: Annotated[Batches, OrNull()] = "shuffled"
    """shuffled: without replacement, in a new order each epoch; its last, smaller batch counts. independent: drawn with replacement."""
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    """Of the one generator that draws the noise, the initial parameters, a random split and the batches, in this order; null: one is
    drawn and told."""
    init: Annotated[Init, OrNull()] = "random"
    """The start. random: normal, in the coordinates stepped in; a network's layers with variance 1 / inputs. Params are in the units of
    t and y, whatever `scale` is."""
    steps: Annotated[int, Field(ge=1, le=MAX_STEPS), OrNull()] = 100
    """Updates to make."""
    scale: Annotated[Literal["auto", "none", "standardize", "orthonormal"], OrNull()] = "auto"
    """The coordinates stepped in. auto: none for a rate in numbers, which acts on your t as it is, or where no rate is given to judge; for
    the best rate standardize where it then comes within one percent of the optimum in `steps` steps, else orthonormal. For a network
    standardize."""
    validation: ValidationRequest | None = None

    @model_validator(mode="after")
    def _has_points(self) -> Self:
        if self.data is None and self.synthetic is None:
            raise PydanticCustomError(Code.MISSING_FIELD, "Give `data` or `synthetic`")
        if self.data is not None and self.synthetic is not None:
            raise PydanticCustomError(Code.CONFLICTING_FIELDS, "Give `data` or `synthetic`, not both")
        return self

    @model_validator(mode="after")
    def _starts(self) -> Self:
        given = self.init.params if isinstance(self.init, ScaledRequest) else self.init
        if not isinstance(given, str):
            fits_polynomial(given, self.model) if isinstance(self.model, PolynomialRequest) else fits_network(given, self.model)
        return self

    @model_validator(mode="after")
    def _splits(self) -> Self:
        if self.validation is not None and not 0 < self.seen < self.n:
            text = f"This `fraction` holds out {self.n - self.seen} of {self.n} points; both parts need one"
            raise PydanticCustomError(Code.OUT_OF_RANGE, text, {"pointer": "/validation/fraction"})
        return self

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.without_closed_form:
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
        """How many points there are."""
        return len(self.data.t) if self.data else self.synthetic.points if self.synthetic else 0

    @property
    def seen(self) -> int:
        """How many of them the descent sees."""
        return self.n - (self.validation.validation().held_out(self.n) if self.validation else 0)

    @property
    def without_closed_form(self) -> list[str]:
        """The fields because of which the losses to come are not known beforehand."""
        plain = isinstance(self.optimizer, SgdRequest) and not self.optimizer.weight_decay
        known = {
            "model": self.model.kind == "polynomial",
            "loss": self.loss.kind == "mse",
            "optimizer": plain,
            "schedule": self.schedule.kind == "constant",
            "batch_size": self.batch_size is None,
            "batches": self.batches == "shuffled",
        }
        return [name for name, computable in known.items() if not computable]

    def check_rate(self, lr: Rate | None) -> None:
        """Raises PydanticCustomError where this rate cannot be found, or is not that of the schedule."""
        if isinstance(self.schedule, ListRequest):
            if lr not in {None, "best", self.schedule.lrs[0]}:
                raise conflict("/lr", "`lr` is the first of the `schedule`: leave it out")
        elif lr == "best" and (fields := self.without_closed_form):
            raise conflict(
                "/lr", f"The best rate is computed from the closed form, which there is none of with this `{fields[0]}`: give a number"
            )

    def question(self, lr: Rate | None) -> Question:
        """What all questions have in common, for descent at this rate."""
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
        """A rate in numbers, or none at all, is one of t as it is; a network wants values near 0."""
        if self.scale != "auto":
            return self.scale
        if self.model.kind == "mlp":
            return "standardize"
        return self.scale if lr == "best" else "none"

    def first_rate(self, lr: Rate) -> Rate:
        """The rate asked for, or the first of those listed."""
        return self.schedule.lrs[0] if isinstance(self.schedule, ListRequest) else lr


class DescentRequest(SettingRequest):
    """How a descent is made, and which of its steps are told."""

    solver: Annotated[Literal["auto", "loop", "exact"], OrNull()] = "auto"
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact wherever it applies."""
    precision: Annotated[Precision, OrNull()] = "float64"
    """float32 is the lecture's own arithmetic; it implies the loop."""
    record_every: Annotated[int, Field(ge=1, le=MAX_STEPS)] | None = None
    """Every how many steps to record. null: 1 up to 10,000 steps, beyond that the smallest with at most 10,001 records."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.precision == "float32" and self.solver == "exact":
            raise PydanticCustomError(Code.CONFLICTING_FIELDS, "`precision` float32 needs `solver` loop or auto; exact needs float64")
        if self.solver == "exact" and (fields := self.without_closed_form):
            raise conflict("/solver", f"There is no closed form with this `{fields[0]}`: `solver` is loop or auto")
        return self

    def recording(self) -> Recording:
        """The same, for descent."""
        solver: Solver = "exact" if self.precision == "float64" and not self.without_closed_form else "loop"
        return Recording(
            steps=self.steps,
            solver=solver if self.solver == "auto" else self.solver,
            precision=self.precision,
            record_every=self.record_every or default_record_every(self.steps),
        )


class FitRequest(DescentRequest):
    """Points, and how to descend; `lr` and `steps` are what the lecture turns."""

    lr: Annotated[AnyLr, OrNull()] = "best"
    """The learning rate. best: the one that ends lowest after `steps` steps, computed exactly; where that is not possible, a rate must be
    given."""
    stop: StopRequest | None = None
    at: Annotated[Numbers, Field(max_length=MAX_AT)] | None = None
    """t at which the fitted curve is wanted: `predictions_at`."""
    include: Annotated[list[Include], Field(max_length=4), OrNull()] = []  # noqa: RUF012 - pydantic copies it
    """What else to return: of each recorded step `params`, `gradients`, `predictions`; once, `data`."""

    @model_validator(mode="after")
    def _ends(self) -> Self:
        self.check_rate(self.lr)
        if self.stop and self.stop.gap is not None and not (self.model.kind == "polynomial" and self.loss.kind == "mse"):
            raise conflict("/stop/gap", "A `gap` is to the least squares optimum: it needs a polynomial and the loss mse")
        return self

    def spec(self) -> FitSpec:
        """The fit, with every choice made that needs no look at the points."""
        lr = self.first_rate(self.lr)
        return FitSpec(
            **vars(self.question(lr)) | vars(self.recording()),
            lr=lr,
            stop=self.stop.stop() if self.stop else None,
            include=tuple(self.include),
            at=None if self.at is None else tuple(self.at),
        )


class JobRequest(FitRequest):
    """A fit that outlives its request."""

    metadata: Annotated[dict[Name, Note], Field(max_length=MAX_METADATA), OrNull()] = {}  # noqa: RUF012 - pydantic copies it
    """Yours: told again with the job."""


class AnalysisRequest(SettingRequest):
    """Points, and which descent is asked about."""

    lr: AnyLr | None = None
    """The learning rate to judge; without one, what is known of all."""

    @model_validator(mode="after")
    def _judges(self) -> Self:
        self.check_rate(self.lr)
        return self

    def spec(self) -> AnalysisSpec:
        """The question."""
        lr = None if self.lr is None else self.first_rate(self.lr)
        return AnalysisSpec(**vars(self.question(lr)), lr=lr)


class SweepRequest(DescentRequest):
    """The same fit at several rates. A rule that stops some of them early would compare what is not alike, so there is none."""

    lrs: AnyLrs
    include: Annotated[list[Literal["losses"]], Field(max_length=1), OrNull()] = []  # noqa: RUF012 - pydantic copies it
    """losses: those of each recorded step, for each rate."""

    @model_validator(mode="after")
    def _varies(self) -> Self:
        if isinstance(self.schedule, ListRequest):
            raise conflict("/schedule", "A sweep has rates of its own: take a `schedule` that is relative to them")
        return self

    def spec(self) -> SweepSpec:
        """The question."""
        question = self.question(None)
        lrs = self.lrs.lrs() if isinstance(self.lrs, LrRange) else tuple(self.lrs)
        return SweepSpec(**vars(question) | vars(self.recording()), lrs=lrs, include=tuple(self.include))


def fits_polynomial(given: Params | NetworkRequest, model: PolynomialRequest) -> None:
    """Raises PydanticCustomError where a start has other coefficients."""
    names = coefficient_names(model.degree)
    if isinstance(given, NetworkRequest):
        raise conflict("/init", f"`init` must give {', '.join(names)} for this model")
    if given.keys() != set(names):
        code = Code.UNKNOWN_FIELD if given.keys() - set(names) else Code.MISSING_FIELD
        text = f"`init` must give {', '.join(names)}, and nothing else, for this degree"
        raise PydanticCustomError(code, text, {"pointer": "/init"})


def fits_network(given: Params | NetworkRequest, model: MlpRequest) -> None:
    """Raises PydanticCustomError where a start has layers of other shapes."""
    shapes = model.model().shapes
    if isinstance(given, NetworkRequest) and given.shapes == shapes:
        return
    wanted = ", ".join(f"{units} x {inputs}" for units, inputs in shapes)
    raise conflict("/init", f"`init` must give `layers` with weights of {wanted} for this model, and a bias for each row")


def start_of(init: Literal["random", "zeros"] | Params | NetworkRequest | ScaledRequest) -> AnyInit:
    """The start, for descent."""
    if isinstance(init, ScaledRequest):
        return Scaled(init.center, init.scale, params_of(init.params))
    return init if isinstance(init, str) else params_of(init)


def params_of(params: Params | NetworkRequest) -> Params | Network:
    """The same, for descent."""
    return params.network() if isinstance(params, NetworkRequest) else params


def conflict(pointer: str, text: str) -> PydanticCustomError:
    """What does not go together: the message names what would."""
    return PydanticCustomError(Code.CONFLICTING_FIELDS, "{text}", {"pointer": pointer, "text": text})
