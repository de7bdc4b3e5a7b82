"""The request bodies. They are strict, checked once, and converted to a question for a worker."""

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
    """The method of a descent, and the steps that it reports."""

    solver: Annotated[Literal["auto", "loop", "exact"], OrNull()] = "auto"
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact
    wherever it applies.
    """
    precision: Annotated[Precision, OrNull()] = "float64"
    """float32 is the arithmetic of the lecture. It implies the loop."""
    record_every: Annotated[int, Field(ge=1, le=MAX_STEPS)] | None = None
    """The number of steps between records. If omitted: 1 up to 10,000 steps, and beyond that the
    smallest number that gives at most 10,001 records.
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
                "/solver",
                f"There is no closed form with this `{field}`: set `solver` to loop or auto",
            )
        return self

    def recording(self) -> Recording:
        """Return the recording settings for the descent."""
        solver: Solver = "exact" if self.precision == "float64" and not self.obstacle else "loop"
        return Recording(
            steps=self.steps,
            solver=solver if self.solver == "auto" else self.solver,
            precision=self.precision,
            record_every=self.record_every or default_record_every(self.steps),
        )


class FitRequest(DescentRequest):
    """Points and the settings of the descent. `lr` and `steps` are the ones that the lecture
    varies.
    """

    lr: Annotated[AnyLr, OrNull()] = "best"
    """The learning rate. best: the rate that gives the lowest loss after `steps` steps, computed
    exactly. If it cannot be computed, you must give a number.
    """
    stop: StopRequest | None = None
    at: Annotated[Numbers, Field(max_length=MAX_AT)] | None = None
    """The values of t at which to evaluate the fitted curve. The result is `predictions_at`."""
    include: Annotated[list[Include], Field(max_length=4), OrNull()] = []  # noqa: RUF012 - pydantic copies it
    """Additional data to return: for each recorded step `params`, `gradients` and `predictions`;
    once, `data`.
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
                "`gap` refers to the least-squares optimum: it needs a polynomial and the loss mse",
            )
        return self

    def spec(self) -> FitSpec:
        """Return the fit, with every choice made that does not depend on the points."""
        lr = self.first_rate(self.lr)
        return FitSpec(
            **vars(self.question(lr)) | vars(self.recording()),
            lr=lr,
            stop=self.stop.stop() if self.stop else None,
            include=tuple(self.include),
            at=None if self.at is None else tuple(self.at),
        )


class JobRequest(FitRequest):
    """A fit that continues after its request."""

    metadata: Annotated[dict[Name, Note], Field(max_length=MAX_METADATA), OrNull()] = {}  # noqa: RUF012 - pydantic copies it
    """Your own entries, which are returned with the job."""


class AnalysisRequest(SettingRequest):
    """Points and the descent to analyse."""

    lr: AnyLr | None = None
    """The learning rate to judge. If omitted, the answer is about all rates."""

    @model_validator(mode="after")
    def _judges(self) -> Self:
        self.check_rate(self.lr)
        return self

    def spec(self) -> AnalysisSpec:
        """Return the question."""
        lr = None if self.lr is None else self.first_rate(self.lr)
        return AnalysisSpec(**vars(self.question(lr)), lr=lr)


class SweepRequest(DescentRequest):
    """The same fit at several rates. There is no `stop`, because a rule that stops only some of
    them would make the results incomparable.
    """

    lrs: AnyLrs
    include: Annotated[list[Literal["losses"]], Field(max_length=1), OrNull()] = []  # noqa: RUF012 - pydantic copies it
    """losses: the loss at each recorded step, for each rate."""

    @model_validator(mode="after")
    def _varies(self) -> Self:
        if isinstance(self.schedule, ListRequest):
            raise conflict(
                "/schedule",
                "A sweep has its own rates: use a `schedule` that is relative to them",
            )
        return self

    def spec(self) -> SweepSpec:
        """Return the question."""
        question = self.question(None)
        lrs = self.lrs.lrs() if isinstance(self.lrs, LrRange) else tuple(self.lrs)
        return SweepSpec(
            **vars(question) | vars(self.recording()), lrs=lrs, include=tuple(self.include)
        )
