"""The parts of request bodies. They are strict, checked once, and converted to a part of a
question.
"""

from math import exp, log
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    Tag,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, PydanticUseDefault, core_schema

from service.api.limits import MAX_LR, MAX_LRS, MAX_NUMBER, MAX_POINTS, MAX_STEPS
from service.api.problems import Code
from service.descent.questions.options import (
    Curve,
    Points,
    Split,
    Stop,
    Synthetic,
    Validation,
)


class OrNull:
    """An annotation for optional fields, for which null means absent."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return the schema of the field, extended by null."""
        nullable = core_schema.nullable_schema(handler(source))
        return core_schema.no_info_after_validator_function(_present, nullable)


def _present(value: object) -> object:
    if value is None:
        raise PydanticUseDefault
    return value


class Strict(BaseModel):
    """A model without unknown fields, type conversions or infinite numbers."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )


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
        """Return the points for the descent."""
        return Points.of(self.t, self.y)


class CurveRequest(Strict):
    """The parabola a (t - vertex)^2 + floor."""

    a: Annotated[Number, OrNull()] = Curve.a
    vertex: Annotated[Number, OrNull()] = Curve.vertex
    floor: Annotated[Number, OrNull()] = Curve.floor


class SyntheticRequest(Strict):
    """Points to draw: y = noise * randn + curve(t) at t = start + spacing * i. An empty object
    gives the lecture's roller coaster.
    """

    points: Annotated[int, Field(ge=1, le=MAX_POINTS), OrNull()] = Synthetic.points
    start: Annotated[Number, OrNull()] = Synthetic.start
    spacing: Annotated[Number, OrNull()] = Synthetic.spacing
    noise: Annotated[Number, OrNull()] = Synthetic.noise
    curve: Annotated[CurveRequest, OrNull()] = CurveRequest()

    def synthetic(self) -> Synthetic:
        """Return the synthetic points for the descent."""
        curve = Curve(self.curve.a, self.curve.vertex, self.curve.floor)
        return Synthetic(self.points, self.start, self.spacing, self.noise, curve)


Lr = Annotated[float, Field(gt=0, le=MAX_LR, allow_inf_nan=False)]


def _kind_of_lr(value: object) -> str:
    return "~word" if isinstance(value, str) else "~number"


def _best(value: object) -> object:
    if value != "best":
        raise PydanticCustomError(
            Code.UNKNOWN_VALUE, 'A rate is a number above 0, without quotes, or "best"'
        )
    return value


AnyLr = Annotated[
    Annotated[Literal["best"], BeforeValidator(_best), Tag("~word")]
    | Annotated[Lr, Tag("~number")],
    Discriminator(_kind_of_lr),
]
Positive = Annotated[float, Field(gt=0, le=MAX_NUMBER, allow_inf_nan=False)]


class StopRequest(Strict):
    """Rules that end the descent before `steps`. The first rule that applies ends it. Without a
    rule, all steps are made.
    """

    gap: Positive | None = None
    """Stop when the loss is less than this above the loss of the optimum."""
    gradient: Positive | None = None
    """Stop when the gradient, in the coordinates of the descent, is shorter than this."""
    min_improvement: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] | None = None
    """Stop when the loss has fallen by at most this fraction of itself in each of `patience`
    successive steps (1 if `patience` is absent).
    """
    patience: Annotated[int, Field(ge=1, le=MAX_STEPS)] | None = None
    """Stop when the validation loss, or the loss if no points are held out, has not reached a new
    minimum for this many steps.
    """

    def stop(self) -> Stop | None:
        """Return the stop rules for the descent, or None if no rule is given."""
        rules = Stop(self.gap, self.gradient, self.min_improvement, self.patience)
        return None if rules == Stop() else rules


class ValidationRequest(Strict):
    """Points to hold out. Their losses are reported, and the descent does not see them."""

    fraction: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
    split: Annotated[Split, OrNull()] = "random"
    """random: drawn after the noise and the start. tail: the last points by t. interleaved: evenly
    distributed among the points as sent.
    """

    def validation(self) -> Validation:
        """Return the validation for the descent."""
        return Validation(self.fraction, self.split)


class LrRange(Strict):
    """`count` rates from `from` to `to`, each of which is the previous one times a constant factor.
    If `count` is 1, `from` alone.
    """

    start: Lr = Field(alias="from")
    to: Lr
    count: Annotated[int, Field(ge=1, le=MAX_LRS)]

    def lrs(self) -> tuple[float, ...]:
        """Return the rates. The first and the last are exactly as sent."""
        first, last = log(self.start), log(self.to)
        between = [
            exp(first + (last - first) * i / (self.count - 1)) for i in range(1, self.count - 1)
        ]
        return (self.start, *between, self.to)[: self.count]


def _kind_of_lrs(value: object) -> str | None:
    if isinstance(value, dict):
        return "~range"
    return "~list" if isinstance(value, list) else None


AnyLrs = Annotated[
    Annotated[
        Annotated[list[Lr], Field(min_length=1, max_length=MAX_LRS, fail_fast=True)], Tag("~list")
    ]
    | Annotated[LrRange, Tag("~range")],
    Discriminator(
        _kind_of_lrs,
        custom_error_type=Code.WRONG_TYPE,
        custom_error_message=(
            "Rates are a list of numbers, or an object with `from`, `to` and `count`"
        ),
    ),
]


def conflict(pointer: str, text: str) -> PydanticCustomError:
    """Return the error for conflicting fields. The message names a combination that works."""
    return PydanticCustomError(
        Code.CONFLICTING_FIELDS, "{text}", {"pointer": pointer, "text": text}
    )
