"""What callers send: strict, checked once, and turned into a question for a worker."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from service.api.limits import (
    MAX_AT,
    MAX_METADATA,
    MAX_NAME,
    MAX_NOTE,
    MAX_STEPS,
    default_record_every,
)
from service.api.problems import Code
from service.api.schemas.fields import (
    AnyLr,
    AnyLrs,
    LrRange,
    Numbers,
    OrNull,
    StopRequest,
    conflict,
)
from service.api.schemas.methods import ListRequest
from service.api.schemas.shared import SettingRequest
from service.descent.questions.options import Include, Precision, Solver
from service.descent.questions.specs import AnalysisSpec, FitSpec, Recording, SweepSpec

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
Note = Annotated[str, Field(max_length=MAX_NOTE)]


class DescentRequest(SettingRequest):
    """How a descent is made, and which of its steps are told."""

    solver: Annotated[Literal["auto", "loop", "exact"], OrNull()] = "auto"
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies.
    """
    precision: Annotated[Precision, OrNull()] = "float64"
    """float32 is the lecture's own arithmetic; it implies the loop."""
    record_every: Annotated[int, Field(ge=1, le=MAX_STEPS)] | None = None
    """Every how many steps to record. null: 1 up to 10,000 steps, beyond that the smallest with at
    most 10,001 records.
    """

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.precision == "float32" and self.solver == "exact":
            raise PydanticCustomError(
                Code.CONFLICTING_FIELDS,
                "`precision` float32 needs `solver` loop or auto; exact needs float64",
            )
        if self.solver == "exact" and (field := self.obstacle):
            raise conflict(
                "/solver", f"There is no closed form with this `{field}`: `solver` is loop or auto"
            )
        return self

    def recording(self) -> Recording:
        """The same, for descent."""
        solver: Solver = "exact" if self.precision == "float64" and not self.obstacle else "loop"
        return Recording(
            steps=self.steps,
            solver=solver if self.solver == "auto" else self.solver,
            precision=self.precision,
            record_every=self.record_every or default_record_every(self.steps),
        )


class FitRequest(DescentRequest):
    """Points, and how to descend; `lr` and `steps` are what the lecture turns."""

    lr: Annotated[AnyLr, OrNull()] = "best"
    """The learning rate. best: the one that ends lowest after `steps` steps, computed exactly;
    where that is not possible, a rate must be given.
    """
    stop: StopRequest | None = None
    at: Annotated[Numbers, Field(max_length=MAX_AT)] | None = None
    """t at which the fitted curve is wanted: `predictions_at`."""
    include: Annotated[list[Include], Field(max_length=4), OrNull()] = []  # noqa: RUF012 - pydantic copies it
    """What else to return: of each recorded step `params`, `gradients`, `predictions`; once,
    `data`.
    """

    @model_validator(mode="after")
    def _ends(self) -> Self:
        self.check_rate(self.lr)
        if (
            self.stop
            and self.stop.gap is not None
            and not (self.model.kind == "polynomial" and self.loss.kind == "mse")
        ):
            raise conflict(
                "/stop/gap",
                "A `gap` is to the least squares optimum: it needs a polynomial and the loss mse",
            )
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
    """The same fit at several rates. A rule that stops some of them early would compare what is not
    alike, so there is none.
    """

    lrs: AnyLrs
    include: Annotated[list[Literal["losses"]], Field(max_length=1), OrNull()] = []  # noqa: RUF012 - pydantic copies it
    """losses: those of each recorded step, for each rate."""

    @model_validator(mode="after")
    def _varies(self) -> Self:
        if isinstance(self.schedule, ListRequest):
            raise conflict(
                "/schedule",
                "A sweep has rates of its own: take a `schedule` that is relative to them",
            )
        return self

    def spec(self) -> SweepSpec:
        """The question."""
        question = self.question(None)
        lrs = self.lrs.lrs() if isinstance(self.lrs, LrRange) else tuple(self.lrs)
        return SweepSpec(
            **vars(question) | vars(self.recording()), lrs=lrs, include=tuple(self.include)
        )
