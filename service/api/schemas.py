"""What callers send: strict, checked once, and turned into a spec."""

import secrets
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, GetCoreSchemaHandler, Tag, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, PydanticUseDefault, core_schema

from service.api.limits import DEFAULT_RECORDS, MAX_AT, MAX_LR, MAX_NUMBER, MAX_POINTS, MAX_SEED, MAX_STEPS
from service.api.problems import Code
from service.descent.spec import (
    MAX_DEGREE,
    Curve,
    FitSpec,
    Include,
    Points,
    Polynomial,
    Precision,
    Scaled,
    Solver,
    Synthetic,
    coefficient_names,
)


class OrNull:
    """null for an optional field means absent."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema of the field, or null."""
        nullable = core_schema.nullable_schema(handler(source))
        return core_schema.no_info_after_validator_function(_present, nullable)


def _present(value: object) -> object:
    if value is None:
        raise PydanticUseDefault
    return value


class Strict(BaseModel):
    """No unknown fields, no conversions, nothing infinite."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)


Number = Annotated[float, Field(ge=-MAX_NUMBER, le=MAX_NUMBER, allow_inf_nan=False)]
Numbers = Annotated[list[Number], Field(fail_fast=True)]
Coefficient = Annotated[str, Field(pattern="^[a-k]$")]
Params = Annotated[dict[Coefficient, Number], Field(fail_fast=True)]


class DataRequest(Strict):
    """The points: t[i] belongs to y[i]."""

    t: Annotated[Numbers, Field(min_length=1, max_length=MAX_POINTS)]
    y: Annotated[Numbers, Field(min_length=1, max_length=MAX_POINTS)]

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        if len(self.t) != len(self.y):
            raise PydanticCustomError(Code.LENGTH_MISMATCH, "t and y must have the same length")
        return self

    def points(self) -> Points:
        """The same, for descent."""
        return Points.of(self.t, self.y)


class CurveRequest(Strict):
    """The parabola a (t - vertex)^2 + floor."""

    a: Annotated[Number, OrNull()] = Curve.a
    vertex: Annotated[Number, OrNull()] = Curve.vertex
    floor: Annotated[Number, OrNull()] = Curve.floor


class SyntheticRequest(Strict):
    """Points to draw: y = noise * randn + curve(t) at t = start + spacing * i. {} is the lecture's roller coaster."""

    points: Annotated[int, Field(ge=1, le=MAX_POINTS), OrNull()] = Synthetic.points
    start: Annotated[Number, OrNull()] = Synthetic.start
    spacing: Annotated[Number, OrNull()] = Synthetic.spacing
    noise: Annotated[Number, OrNull()] = Synthetic.noise
    curve: Annotated[CurveRequest, OrNull()] = CurveRequest()

    def synthetic(self) -> Synthetic:
        """The same, for descent."""
        curve = Curve(self.curve.a, self.curve.vertex, self.curve.floor)
        return Synthetic(self.points, self.start, self.spacing, self.noise, curve)


class ModelRequest(Strict):
    """A polynomial; its coefficients are named a, b, c, ... from the highest power down."""

    kind: Literal["polynomial"]
    degree: Annotated[int, Field(ge=1, le=MAX_DEGREE), OrNull()] = 2


class ScaledRequest(Strict):
    """A result's `scaled`: the curve in x = (t - center) / scale."""

    center: Number
    scale: Annotated[Number, Field(gt=0)]
    params: Params


def _kind_of_init(value: object) -> str:
    if isinstance(value, str):
        return "~word"
    return "~scaled" if isinstance(value, dict) and "params" in value else "~params"


Init = Annotated[
    Annotated[Literal["random", "zeros"], Tag("~word")] | Annotated[Params, Tag("~params")] | Annotated[ScaledRequest, Tag("~scaled")],
    Discriminator(_kind_of_init),
]


class FitRequest(Strict):
    """Points, a learning rate and a number of steps. Give exactly one of `data` and `synthetic`."""

    data: DataRequest | None = None
    synthetic: SyntheticRequest | None = None
    model: Annotated[ModelRequest, OrNull()] = ModelRequest(kind="polynomial")
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    """Of the one generator that draws the noise, then the initial parameters; null: the service draws one and tells it."""
    init: Annotated[Init, OrNull()] = "random"
    """The start. random: normal, in the coordinates stepped in. Coefficients are in the units of t and y, whatever `scale` is."""
    lr: Annotated[float, Field(gt=0, le=MAX_LR, allow_inf_nan=False)]
    """The learning rate."""
    steps: Annotated[int, Field(ge=1, le=MAX_STEPS), OrNull()] = 100
    """Updates to make."""
    scale: Annotated[Literal["auto", "none", "standardize", "orthonormal"], OrNull()] = "auto"
    """The coordinates stepped in. auto: none, so that the rate acts on your t."""
    solver: Annotated[Literal["auto", "loop", "exact"], OrNull()] = "auto"
    """loop: the textbook autograd loop. exact: the same trajectory in closed form. auto: exact wherever it applies."""
    precision: Annotated[Precision, OrNull()] = "float64"
    """float32 is the lecture's own arithmetic; it implies the loop."""
    at: Annotated[Numbers, Field(max_length=MAX_AT)] | None = None
    """t at which the fitted curve is wanted: `predictions_at`."""
    record_every: Annotated[int, Field(ge=1, le=MAX_STEPS)] | None = None
    """Every how many steps to record. null: 1 up to 10,000 steps, beyond that the smallest with at most 10,001 records."""
    include: Annotated[list[Include], Field(max_length=4), OrNull()] = []
    """What else to return: of each recorded step `params`, `gradients`, `predictions`; once, `data`."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.data is None and self.synthetic is None:
            raise PydanticCustomError(Code.MISSING_FIELD, "Give `data` or `synthetic`")
        if self.data is not None and self.synthetic is not None:
            raise PydanticCustomError(Code.CONFLICTING_FIELDS, "Give `data` or `synthetic`, not both")
        if self.precision == "float32" and self.solver == "exact":
            raise PydanticCustomError(Code.CONFLICTING_FIELDS, "`precision` float32 needs `solver` loop or auto; exact needs float64")
        self._check_init(coefficient_names(self.model.degree))
        return self

    def _check_init(self, names: tuple[str, ...]) -> None:
        given = self.init.params if isinstance(self.init, ScaledRequest) else self.init
        if isinstance(given, dict) and given.keys() != set(names):
            code = Code.UNKNOWN_FIELD if given.keys() - set(names) else Code.MISSING_FIELD
            text = f"`init` must give {', '.join(names)}, and nothing else, for this degree"
            raise PydanticCustomError(code, text, {"pointer": "/init"})

    def spec(self) -> FitSpec:
        """The fit with every choice made."""
        return FitSpec(
            data=self.data.points() if self.data else None,
            synthetic=self.synthetic.synthetic() if self.synthetic else None,
            model=Polynomial(self.model.kind, self.model.degree),
            seed=secrets.randbelow(MAX_SEED + 1) if self.seed is None else self.seed,
            init=Scaled(self.init.center, self.init.scale, self.init.params) if isinstance(self.init, ScaledRequest) else self.init,
            lr=self.lr,
            steps=self.steps,
            scale="none" if self.scale == "auto" else self.scale,
            solver=self._solver(),
            precision=self.precision,
            record_every=self.record_every or -(-self.steps // DEFAULT_RECORDS),
            include=tuple(self.include),
            at=None if self.at is None else tuple(self.at),
        )

    def _solver(self) -> Solver:
        if self.solver != "auto":
            return self.solver
        return "exact" if self.precision == "float64" else "loop"
