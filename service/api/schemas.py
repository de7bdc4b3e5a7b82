"""What callers send: strict, checked once, and turned into a question for a worker."""

import secrets
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from service.api.fields import (
    AnyLr,
    AnyLrs,
    DataRequest,
    Init,
    LrRange,
    ModelRequest,
    Numbers,
    OrNull,
    ScaledRequest,
    StopRequest,
    Strict,
    SyntheticRequest,
    ValidationRequest,
)
from service.api.limits import MAX_AT, MAX_METADATA, MAX_NAME, MAX_NOTE, MAX_SEED, MAX_STEPS, default_record_every
from service.api.problems import Code
from service.descent.parts import AnyScale, Include, Polynomial, Precision, Rate, Scaled, Solver, coefficient_names
from service.descent.spec import AnalysisSpec, FitSpec, Question, Recording, SweepSpec

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
Note = Annotated[str, Field(max_length=MAX_NOTE)]


class SettingRequest(Strict):
    """Where a descent takes place. Give exactly one of `data` and `synthetic`."""

    data: DataRequest | None = None
    synthetic: SyntheticRequest | None = None
    model: Annotated[ModelRequest, OrNull()] = ModelRequest()
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    """Of the one generator that draws the noise, then the initial parameters, then a random split; null: one is drawn and told."""
    init: Annotated[Init, OrNull()] = "random"
    """The start. random: normal, in the coordinates stepped in. Coefficients are in the units of t and y, whatever `scale` is."""
    steps: Annotated[int, Field(ge=1, le=MAX_STEPS), OrNull()] = 100
    """Updates to make."""
    scale: Annotated[Literal["auto", "none", "standardize", "orthonormal"], OrNull()] = "auto"
    """The coordinates stepped in. auto: none for a rate in numbers, which acts on your t as it is, or where no rate is given to judge; for
    the best rate standardize where it then comes within one percent of the optimum in `steps` steps, else orthonormal."""
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
        given, names = self.init.params if isinstance(self.init, ScaledRequest) else self.init, coefficient_names(self.model.degree)
        if isinstance(given, dict) and given.keys() != set(names):
            code = Code.UNKNOWN_FIELD if given.keys() - set(names) else Code.MISSING_FIELD
            text = f"`init` must give {', '.join(names)}, and nothing else, for this degree"
            raise PydanticCustomError(code, text, {"pointer": "/init"})
        return self

    @model_validator(mode="after")
    def _splits(self) -> Self:
        if self.validation is None:
            return self
        n = len(self.data.t) if self.data else self.synthetic.points if self.synthetic else 0
        held_out = self.validation.validation().held_out(n)
        if not 0 < held_out < n:
            text = f"This `fraction` holds out {held_out} of {n} points; both parts need one"
            raise PydanticCustomError(Code.OUT_OF_RANGE, text, {"pointer": "/validation/fraction"})
        return self

    def question(self, scale: AnyScale) -> Question:
        """What all questions have in common, for descent."""
        return Question(
            data=self.data.points() if self.data else None,
            synthetic=self.synthetic.synthetic() if self.synthetic else None,
            model=Polynomial(self.model.kind, self.model.degree),
            seed=secrets.randbelow(MAX_SEED + 1) if self.seed is None else self.seed,
            init=Scaled(self.init.center, self.init.scale, self.init.params) if isinstance(self.init, ScaledRequest) else self.init,
            steps=self.steps,
            scale=scale,
            validation=self.validation.validation() if self.validation else None,
        )


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
        return self

    def recording(self) -> Recording:
        """The same, for descent."""
        solver: Solver = "exact" if self.precision == "float64" else "loop"
        return Recording(
            steps=self.steps,
            solver=solver if self.solver == "auto" else self.solver,
            precision=self.precision,
            record_every=self.record_every or default_record_every(self.steps),
        )


class FitRequest(DescentRequest):
    """Points, and how to descend; `lr` and `steps` are what the lecture turns."""

    lr: Annotated[AnyLr, OrNull()] = "best"
    """The learning rate. best: the one that ends lowest after `steps` steps, computed exactly."""
    stop: StopRequest | None = None
    at: Annotated[Numbers, Field(max_length=MAX_AT)] | None = None
    """t at which the fitted curve is wanted: `predictions_at`."""
    include: Annotated[list[Include], Field(max_length=4), OrNull()] = []  # noqa: RUF012 - pydantic copies it
    """What else to return: of each recorded step `params`, `gradients`, `predictions`; once, `data`."""

    def spec(self) -> FitSpec:
        """The fit, with every choice made that needs no look at the points."""
        question = self.question(scale_for(self.scale, self.lr))
        return FitSpec(
            **vars(question) | vars(self.recording()),
            lr=self.lr,
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

    def spec(self) -> AnalysisSpec:
        """The question."""
        return AnalysisSpec(**vars(self.question(scale_for(self.scale, self.lr))), lr=self.lr)


class SweepRequest(DescentRequest):
    """The same fit at several rates. A rule that stops some of them early would compare what is not alike, so there is none."""

    lrs: AnyLrs
    include: Annotated[list[Literal["losses"]], Field(max_length=1), OrNull()] = []  # noqa: RUF012 - pydantic copies it
    """losses: those of each recorded step, for each rate."""

    def spec(self) -> SweepSpec:
        """The question."""
        question = self.question(scale_for(self.scale, None))
        lrs = self.lrs.lrs() if isinstance(self.lrs, LrRange) else tuple(self.lrs)
        return SweepSpec(**vars(question) | vars(self.recording()), lrs=lrs, include=tuple(self.include))


def scale_for(scale: AnyScale, lr: Rate | None) -> AnyScale:
    """A rate in numbers, or none at all, is one of t as it is."""
    return "none" if scale == "auto" and lr != "best" else scale
