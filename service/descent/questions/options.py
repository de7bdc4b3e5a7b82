"""The parts of questions that are not methods and not points: rates, stop rules and validation."""

import secrets
from dataclasses import dataclass
from fractions import Fraction
from math import exp, log
from typing import Annotated, Literal

from annotated_types import Ge, Le, Len, MaxLen
from pydantic import Discriminator, Field, Tag, WrapValidator

from service.descent.methods.bounds import MAX_AT, MAX_LRS, MAX_POINTS, MAX_SEED, MAX_STEPS
from service.descent.methods.option import (
    Between,
    LearningRate,
    Number,
    Option,
    Positive,
    kept,
    unrounded,
)

Scale = Literal["none", "standardize", "orthonormal"]
AnyScale = Literal["auto", "none", "standardize", "orthonormal"]
Solver = Literal["loop", "exact"]
AnySolver = Literal["auto", "loop", "exact"]
Precision = Literal["float64", "float32"]
Include = Literal[
    "params", "gradients", "predictions", "data", "intervals", "degrees", "filter", "factor"
]
Split = Literal["random", "tail", "interleaved"]
Batches = Literal["shuffled", "independent"]
Form = Literal["svg", "png"]
LrDefault = Literal["optimizer", "half_limit", "network"]


Seed = Annotated[int, Ge(0), Le(MAX_SEED)]


def any_seed() -> int:
    """Return the seed of a request without one."""
    return secrets.randbits(MAX_SEED.bit_length())


Places = Annotated[
    tuple[float, ...],
    kept(
        Annotated[list[Number], MaxLen(MAX_AT), Field(fail_fast=True), WrapValidator(unrounded)],
        tuple,
    ),
]
"""Values of t at which to evaluate a curve."""


@dataclass(frozen=True)
class Curve(Option):
    """The parabola a (t - vertex)^2 + floor."""

    a: Number = 0.75
    """The coefficient of the square."""
    vertex: Number = 9.5
    """The t of the lowest or highest point."""
    floor: Number = 1.0
    """The value at the vertex."""


@dataclass(frozen=True)
class Synthetic(Option):
    """Points to draw: y = noise * randn + curve(t) at t = start + spacing * i. An empty object
    gives the lecture's roller coaster.
    """

    points: Annotated[int, Ge(1), Le(MAX_POINTS)] = 20
    """The number of points."""
    start: Number = 0.0
    """The t of the first point."""
    spacing: Number = 1.0
    """The distance between two neighbouring points in t."""
    noise: Number = 3.0
    """The standard deviation of the noise, in the unit of y."""
    curve: Curve = Curve()
    """The curve to which the noise is added."""

    def y_within(self, most: float) -> bool:
        """Return whether the noise and the curve are at most this in magnitude."""
        curve = self.curve
        first, last = (t - curve.vertex for t in (self.start, self._last))
        highest = max(first * first, last * last) * abs(curve.a)
        return max(abs(self.noise), abs(curve.floor), highest) <= most

    def t_within(self, most: float) -> bool:
        """Return whether all |t| are at most this."""
        return abs(self.start) <= most and abs(self._last) <= most

    @property
    def _last(self) -> float:
        return self.start + self.spacing * (self.points - 1)


@dataclass(frozen=True)
class PartOfLimit(Option):
    """A learning rate as a part of the limit for these points, `analysis.lr_limit`."""

    of_limit: Positive
    """The rate divided by the limit. Below 1, plain descent settles; above 1, it diverges. If
    nothing moves, the limit is that of the steepest direction.
    """


def _kind_of_lr(value: object) -> str | None:
    if isinstance(value, dict | PartOfLimit):
        return "~part"
    if not isinstance(value, str):
        return "~number"
    if value == "best":
        return "~word"
    return None


Rate = Annotated[
    Annotated[Literal["best"], Tag("~word")]
    | Annotated[LearningRate, Tag("~number")]
    | Annotated[PartOfLimit, Tag("~part")],
    Discriminator(
        _kind_of_lr,
        custom_error_type="unknown_value",
        custom_error_message=(
            'A rate is a number above 0, without quotes, "best", or an object with `of_limit`'
        ),
    ),
]
"""A learning rate, the best one, or a part of the limit."""


@dataclass(frozen=True)
class LrRange(Option):
    """`count` rates from `from` to `to`, each of which is the previous one times a constant factor.
    If `count` is 1, the only rate is `from`.
    """

    start: Annotated[LearningRate, Field(alias="from")]
    """The first rate."""
    to: LearningRate
    """The last rate."""
    count: Annotated[int, Ge(1), Le(MAX_LRS)]
    """The number of rates."""

    def lrs(self) -> tuple[float, ...]:
        """Return the rates. The first and the last are exactly as sent."""
        first, last = log(self.start), log(self.to)
        between = [
            exp(first + (last - first) * i / (self.count - 1)) for i in range(1, self.count - 1)
        ]
        return (self.start, *between, self.to)[: self.count]


@dataclass(frozen=True)
class PartsOfLimit(Option):
    """Learning rates as parts of the limit for these points, `analysis.lr_limit`."""

    of_limit: Annotated[list[Positive], Len(1, MAX_LRS), Field(fail_fast=True)]
    """Each rate divided by the limit. Below 1, plain descent settles; above 1, it diverges."""


def _kind_of_lrs(value: object) -> str | None:
    if isinstance(value, dict) and "of_limit" in value:
        return "~parts"
    if isinstance(value, dict):
        return "~range"
    if isinstance(value, list):
        return "~list"
    return None


def _listed(
    rates: list[float] | LrRange | PartsOfLimit,
) -> tuple[float, ...] | tuple[PartOfLimit, ...]:
    if isinstance(rates, LrRange):
        return rates.lrs()
    if isinstance(rates, PartsOfLimit):
        return (*map(PartOfLimit, rates.of_limit),)
    return tuple(rates)


SentRates = Annotated[
    Annotated[list[LearningRate], Len(1, MAX_LRS), Field(fail_fast=True), Tag("~list")]
    | Annotated[LrRange, Tag("~range")]
    | Annotated[PartsOfLimit, Tag("~parts")],
    Discriminator(
        _kind_of_lrs,
        custom_error_type="wrong_type",
        custom_error_message=(
            "Rates are a list of numbers, or an object with `from`, `to` and `count`, or with "
            "`of_limit`"
        ),
    ),
]
Rates = Annotated[tuple[float, ...] | tuple[PartOfLimit, ...], kept(SentRates, _listed)]
"""The rates of a sweep, which are sent as a list, as a range, or as parts of the limit."""


@dataclass(frozen=True)
class Stop(Option):
    """Rules that end the descent before `steps`. The first rule that applies ends it. Without a
    rule, all steps are made.
    """

    gap: Positive | None = None
    """Stop when the loss is less than this above the loss of the optimum. With the weight decay of
    sgd, it is the loss and the decay that must be this close to `ridge`, their minimum.
    """
    gradient: Positive | None = None
    """Stop when the gradient of the loss, in the coordinates of the descent, is shorter than this.
    It is without weight decay.
    """
    min_improvement: Between | None = None
    """Stop when the loss has fallen by at most this fraction of itself in each of `patience`
    successive steps (1 if `patience` is absent).
    """
    patience: Annotated[int, Ge(1), Le(MAX_STEPS)] | None = None
    """Stop when the validation loss, or the loss if no points are held out, has not reached a new
    minimum for this many steps.
    """


@dataclass(frozen=True)
class Validation(Option):
    """Points to hold out. Their losses are reported, and the descent does not see them."""

    fraction: Between
    """The fraction of the points to hold out."""
    split: Split = "random"
    """random: drawn after the noise and the start. tail: the last points by t. interleaved: evenly
    distributed among the points as sent.
    """

    def held_out(self, n: int) -> int:
        """Return how many of n points are held out."""
        part, whole = self.ratio
        return n * part // whole if self.split == "interleaved" else -(-n * part // whole)

    @property
    def ratio(self) -> tuple[int, int]:
        """The fraction as written, not rounded to binary: 0.29 of 100 points are 29."""
        return Fraction(str(self.fraction)).as_integer_ratio()
