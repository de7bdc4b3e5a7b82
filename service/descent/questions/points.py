"""The points of a request: columns of numbers, with gaps, weights and uncertainties."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Annotated, Self

from annotated_types import Len
from pydantic import Field, WrapValidator

from service.descent.methods.bounds import MAX_FACTORS, MAX_POINTS
from service.descent.methods.option import (
    NotNegative,
    Number,
    Option,
    Positive,
    RuleError,
    kept,
    unrounded,
)
from service.descent.methods.stamps import (
    AlsoStamps,
    stamps_instead,
    write_stamp,
)
from service.descent.questions.factors import FactorList, SigmaIs
from service.descent.readonly import once

MOST_UNEQUAL = 1e200
"""The largest ratio of two weights. With a larger one, weights would be rounded to 0."""

Sent = list[float] | list[float | None] | tuple[int | None, ...]
"""A column as it was sent and checked: integers that float64 would round are a tuple."""
Buffer = bytes | memoryview
GAP = -(2**63)
"""The integer that stands for a missing value."""


@dataclass(frozen=True)
class Whole:
    """A column of integers that float64 would round."""

    content: Buffer
    """The integers as int64, with GAP for each missing value."""


class Stamps(Whole):
    """A column of time stamps: nanoseconds since 1970-01-01T00:00:00Z."""


Column = Buffer | Whole
"""A column of numbers, which crosses a process border in one copy: as float64 in bytes, with NaN
for each missing value, or integers.
"""


def packed(numbers: Iterable[float]) -> bytes:
    """Return numbers as float64 in bytes."""
    return array("d", numbers).tobytes()


def packed_integers(integers: Iterable[int | None]) -> bytes:
    """Return integers, of which some may be missing, as int64 in bytes."""
    return array("q", (GAP if each is None else each for each in integers)).tobytes()


def numbers_or_stamps(
    sent: list[object], validate: Callable[[list[object]], list[float | None]]
) -> Sent | Stamps:
    """Return a list of times, which are numbers or stamps. None is a missing value.

    Raises ValidationError.
    """
    nanoseconds = stamps_instead(sent, validate)
    if nanoseconds is None:
        return unrounded(sent, validate)  # type: ignore[arg-type]  # it checks the types
    return Stamps(packed_integers(nanoseconds))


def packed_column(sent: Sent | Stamps) -> Column:
    """Return a column as it crosses a process border."""
    if isinstance(sent, Stamps):
        return sent
    if isinstance(sent, tuple):
        return Whole(packed_integers(sent))
    try:
        return packed(sent)  # type: ignore[arg-type]  # a missing value is a TypeError
    except TypeError:
        return packed(nan if each is None else each for each in sent)


def numbers(column: Column) -> Sequence[float]:
    """Return the numbers of a column, with NaN or GAP for each missing value."""
    if isinstance(column, Whole):
        return integers(column)
    return memoryview(column).cast("d")


def integers(column: Whole) -> Sequence[int]:
    """Return the integers of a column, with GAP for each missing value."""
    return memoryview(column.content).cast("q")


def with_gaps(column: Column) -> list[float | None]:
    """Return the numbers of a column, with None for each missing value."""
    gap_is = GAP.__eq__ if isinstance(column, Whole) else isnan
    return [None if gap_is(each) else each for each in numbers(column)]


def values(column: Column) -> list[float | None] | list[str | None]:
    """Return the values of a column as they are sent, with None for each missing value."""
    if isinstance(column, Stamps):
        return [None if each == GAP else write_stamp(each) for each in integers(column)]
    return with_gaps(column)


def known(column: Column) -> Sequence[float]:
    """Return the numbers of a column that are not missing."""
    if has_gaps(column):
        return [each for each in with_gaps(column) if each is not None]
    return numbers(column)


def has_gaps(column: Column) -> bool:
    """Return whether a value is missing."""
    if isinstance(column, Whole):
        return GAP in numbers(column)
    return isnan(sum(numbers(column)))


Times = Annotated[
    Column,
    kept(
        Annotated[
            list[Number | None],
            Len(1, MAX_POINTS),
            Field(fail_fast=True),
            WrapValidator(numbers_or_stamps),
            AlsoStamps,
        ],
        packed_column,
    ),
]
Values = Annotated[
    Column,
    kept(Annotated[list[Number | None], Len(1, MAX_POINTS), Field(fail_fast=True)], packed_column),
]
Weights = Annotated[
    Column,
    kept(
        Annotated[list[NotNegative | None], Len(1, MAX_POINTS), Field(fail_fast=True)],
        packed_column,
    ),
]
Sigmas = Annotated[
    Column,
    kept(
        Annotated[list[Positive | None], Len(1, MAX_POINTS), Field(fail_fast=True)], packed_column
    ),
]


@dataclass(frozen=True)
class Points(Option):
    """The points of earlier requests, by their factors, and new points: t[i] belongs to y[i]. A
    point with a null is left out. Without factors, `t` and `y` are required. With factors, the
    losses must have a closed form, and there are no predictions of points, no held-out points and
    no pictures.
    """

    t: Times = b""
    """The times or other positions of the points: numbers, or time stamps of RFC 3339, such as
    2024-02-29T12:00:00.5+09:00, from 1677-09-22 to 2262-04-10. Integers below 2^62 and stamps, to
    the nanosecond, keep all their digits. A date without a time is midnight in UTC. For stamps, the
    unit of t is a second, counted from 1970-01-01T00:00:00Z. null is a missing value.
    """
    y: Values = b""
    """The value at each t. null is a missing value."""
    weights: Weights | None = None
    """The weight of each point. Losses are weighted means, so only the ratios of the weights
    matter. A point with the weight 0 is left out. If omitted, all points weigh the same.
    """
    sigma: Sigmas | None = None
    """The standard deviation of the error of each y, instead of `weights`. A point weighs
    1 / sigma^2.
    """
    sigma_is: SigmaIs = "relative"
    """relative: only the ratios of `sigma` are known, and the points show how large the errors are.
    absolute: `sigma` is in the unit of y, and alone gives the uncertainty of the optimum, even
    where the points scatter more or less.
    """
    factors: FactorList = ()
    """The `factor` of each of several answers. The fit is that of all their points and of `t` and
    `y`. A point without a weight has the weight 1, and one with a `sigma` 1 / sigma^2.
    """
    remove: FactorList = ()
    """The factors of points that are taken away again from those of `factors`, `t` and `y`."""

    def __post_init__(self) -> None:
        """Check that the columns go together. Raises RuleError."""
        if not self.factors and not (self.t and self.y):
            name = "y" if self.t else "t"
            raise RuleError("missing_field", f"`{name}` is missing")
        if self.factors or self.remove:
            self._check_factors()
        if len(numbers(self.t)) != self.sent_points:
            raise RuleError("length_mismatch", "t and y must have the same length")
        if self.weighted:
            self._check_weights()
        if self.rows == () and not self.factors:
            message = "No point is left: each has a null or the weight 0"
            raise RuleError("out_of_range", message)

    def _check_factors(self) -> None:
        if not self.factors:
            raise RuleError("missing_field", "`remove` needs `factors` that have the points")
        count = len(self.factors) + len(self.remove)
        if count > MAX_FACTORS:
            message = f"`factors` and `remove` can have at most {MAX_FACTORS} items together"
            raise RuleError("too_many_items", message, limit=MAX_FACTORS, given=count)
        kinds = {factor.sigma_is for factor in (*self.factors, *self.remove)}
        forms = {factor.stamped for factor in (*self.factors, *self.remove)}
        if self.t:
            kinds.add("relative" if self.sigma is None else self.sigma_is)
            forms.add(isinstance(self.t, Stamps))
        if len(kinds) > 1:
            message = "Points with an absolute sigma go only with points that have one too"
            raise RuleError("conflicting_fields", message)
        if len(forms) > 1:
            message = "Points with time stamps go only with points that have them too"
            raise RuleError("conflicting_fields", message)
        if self.used < 1:
            raise RuleError("out_of_range", "`remove` leaves no point")

    @property
    def used(self) -> int:
        """The number of points that are used, those of the factors included."""
        added = sum(factor.points for factor in self.factors)
        return len(self) + added - sum(factor.points for factor in self.remove)

    def _check_weights(self) -> None:
        if self.weights is not None and self.sigma is not None:
            raise RuleError("conflicting_fields", "Give `weights` or `sigma`, not both")
        name = "sigma" if self.weights is None else "weights"
        column = self.sent[name]
        if len(numbers(column)) != self.sent_points:
            raise RuleError("length_mismatch", f"t, y and {name} must have the same length")
        positive = [each for each in known(column) if each]
        power = 2 if name == "sigma" else 1
        if positive and min(positive) < max(positive) / MOST_UNEQUAL ** (1 / power):
            message = f"`{name}` differ by more than a factor of {MOST_UNEQUAL ** (1 / power):.0e}"
            raise RuleError("out_of_range", message, pointer=f"/{name}")

    @classmethod
    def of(cls, t: Iterable[float], y: Iterable[float]) -> Self:
        """Create points from numbers."""
        return cls(packed_column(unrounded(list(t), list)), packed(y))

    @once
    def rows(self) -> tuple[int, ...] | None:
        """The indices of the points that count, or None if all do."""
        gapped = self._gapped
        if self.weights is not None and 0 in numbers(self.weights):
            gapped.append([weight or None for weight in with_gaps(self.weights)])
        if not gapped:
            return None
        points = enumerate(zip(*gapped, strict=True))
        return tuple(row for row, point in points if None not in point)

    @property
    def missing(self) -> int:
        """The number of points that have a null."""
        return sum(None in point for point in zip(*self._gapped, strict=True))

    @property
    def _gapped(self) -> list[list[float | None]]:
        return [with_gaps(column) for column in self.sent.values() if has_gaps(column)]

    @property
    def latest(self) -> float:
        """The largest t of the points that count, those of the factors included."""
        t = numbers(self.t)
        ends = [factor.positions.extent[1] for factor in self.factors]
        return max([*ends, *(t if self.rows is None else [t[row] for row in self.rows])])

    def y_within(self, most: float) -> bool:
        """Return whether all |y| are at most this."""
        return all(abs(y) <= most for y in known(self.y))

    def t_within(self, most: float) -> bool:
        """Return whether all |t| are at most this."""
        return all(abs(t) <= most for t in known(self.t))

    @property
    def sent_points(self) -> int:
        """The number of points, including those that are left out."""
        return len(numbers(self.y))

    @property
    def stamped(self) -> bool:
        """True if t are time stamps."""
        if self.factors:
            return self.factors[0].stamped
        return isinstance(self.t, Stamps)

    @property
    def compressed(self) -> bool:
        """True if factors stand for points."""
        return bool(self.factors)

    @property
    def unread(self) -> bool:
        """True if the points are in a file that is not read yet, so that they are not known."""
        return False

    @property
    def read_points(self) -> int:
        """The number of points that were read from a file."""
        return 0

    @property
    def weighted(self) -> bool:
        """True if the points have weights or uncertainties."""
        return self.weights is not None or self.sigma is not None

    @property
    def sent(self) -> dict[str, Column]:
        """The columns that were sent, by name."""
        columns = {"t": self.t, "y": self.y, "weights": self.weights, "sigma": self.sigma}
        return {name: column for name, column in columns.items() if column}

    def columns(self) -> dict[str, list[float | None] | list[str | None] | SigmaIs | FactorList]:
        """Return the points as they are sent. Time stamps are in UTC."""
        columns: dict[str, list[float | None] | list[str | None] | SigmaIs | FactorList] = {
            name: values(column) for name, column in self.sent.items()
        }
        if self.sigma is not None:
            columns["sigma_is"] = self.sigma_is
        if self.factors:
            columns["factors"] = self.factors
        if self.remove:
            columns["remove"] = self.remove
        return columns

    def __len__(self) -> int:
        if self.rows is not None:
            return len(self.rows)
        return self.sent_points
