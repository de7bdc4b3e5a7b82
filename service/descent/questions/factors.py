"""Points in compressed form, which a caller has from an earlier answer: factors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, Len
from pydantic import Field, WrapValidator

from service.descent.methods.bounds import MAX_DEGREE, MAX_FACTORS, MAX_SEED
from service.descent.methods.option import Number, Option, Positive, RuleError, kept, unrounded
from service.descent.methods.stamps import (
    SECOND,
    AlsoStamps,
    read_stamp,
    stamps_instead,
    write_stamp,
)
from service.descent.readonly import readonly

SigmaIs = Literal["relative", "absolute"]
Count = Annotated[int, Ge(0), Le(MAX_SEED)]
"""A number of points. It is a double without rounding, so that every client can read it."""


SentTimes = tuple[float, ...] | tuple[str, ...]
"""Values of t in one of their forms. Stamps are in UTC."""


def _times(
    sent: list[float | None], validate: Callable[[list[float | None]], list[float | None]]
) -> Sequence[object]:
    """Return a list of numbers or stamps. Raises ValidationError."""
    nanoseconds = stamps_instead(sent, validate)
    if nanoseconds is None:
        return unrounded(sent, validate)
    return [write_stamp(each) for each in nanoseconds if each is not None]


def _positions(least: int, most: int) -> object:
    """Return the type of a number of values of t. Integers below 2^62 and stamps keep all their
    digits.
    """
    return Annotated[
        list[Number], Len(least, most), Field(fail_fast=True), WrapValidator(_times), AlsoStamps
    ]


@readonly
class Positions:
    """The positions in a factor as numbers, which are nanoseconds since 1970-01-01T00:00:00Z for
    time stamps. `unit` is the caller's unit of t: 1, or the nanoseconds of a second.
    """

    extent: Sequence[float]
    mean: float
    scale: float
    nodes: Sequence[float]
    unit: float

    @property
    def center(self) -> float:
        """The center of the frame: the mean of t, which is an integer if the nodes are integers
        that float64 would round.
        """
        first = self.nodes[0]
        if isinstance(first, int):
            return first + round(self.mean)
        return first + self.mean


@dataclass(frozen=True, kw_only=True)
class PortableFactor(Option):
    """Points in compressed form: everything that least squares needs of them, as few numbers. Send
    it back in `data.factors` to continue from these points.

    The columns are Newton's polynomials N_k(t) = (t - nodes[0]) ... (t - nodes[k - 1]) / scale^k.
    `triangle` is the R of the QR decomposition of the rows
    root * [N_0(t), ..., N_degree(t), y - level], with the square root of each point's weight.
    """

    points: Annotated[int, Ge(1), Le(MAX_SEED)]
    """The number of points."""
    missing: Count = 0
    """The number of points that were left out because a value is null."""
    weightless: Count = 0
    """The number of points that were left out because their weight is 0."""
    sigma_is: SigmaIs = "relative"
    """absolute: the weights are 1 / sigma^2, and sigma is in the unit of y. relative: only the
    ratios of the weights are known, or there are none.
    """
    degree: Annotated[int, Ge(1), Le(MAX_DEGREE)]
    """The highest degree for which the factor replaces the points."""
    extent: Annotated[SentTimes, kept(_positions(2, 2), tuple)]
    """The smallest and the largest t, as numbers or as time stamps. Points that `remove` has taken
    away are included, because a factor does not show which t remain.
    """
    mean: Number
    """The mean of t, minus `nodes[0]`; in seconds for time stamps."""
    scale: Positive
    """The standard deviation of t, or 1 if all t are the same; in seconds for time stamps."""
    nodes: Annotated[SentTimes, kept(_positions(1, MAX_DEGREE), tuple)]
    """The nodes of the polynomials: one per degree, or as many as there are different t. They have
    the form of `extent`.
    """
    level: Number
    """A number that is subtracted from y, so that y keeps its digits far from 0: its mean."""
    triangle: Annotated[
        tuple[tuple[float, ...], ...],
        kept(
            Annotated[
                list[Annotated[list[Number], Len(1, MAX_DEGREE + 2)]],
                Len(2, MAX_DEGREE + 2),
                Field(fail_fast=True),
            ],
            lambda rows: tuple(map(tuple, rows)),
        ),
    ]
    """The rows of R from its diagonal on, which is positive. The last entry of each row belongs to
    y, so the last row is the square root of the residual sum of squares. If there are fewer
    different t than `degree` + 1, there are only as many columns of t.
    """

    def __post_init__(self) -> None:
        """Check that the numbers go together. Raises RuleError."""
        rank = self.rank
        if [len(row) for row in self.triangle] != [*range(rank + 1, 0, -1)]:
            message = (
                "Each row of `triangle` has one number less than the one before, and the last row "
                "has one"
            )
            raise RuleError("length_mismatch", message)
        if rank > self.degree + 1:
            message = f"`triangle` has at most {self.degree + 2} rows for degree {self.degree}"
            raise RuleError("length_mismatch", message)
        if len(self.nodes) != min(rank, self.degree):
            message = f"`nodes` has {min(rank, self.degree)} values for this `triangle`"
            raise RuleError("length_mismatch", message)
        if not all(row[0] for row in self.triangle[:-1]):
            message = "Only the last row of `triangle` can begin with 0"
            raise RuleError("out_of_range", message)
        if rank > self.points:
            message = f"The number of `points` must be at least {rank} for this `triangle`"
            raise RuleError("out_of_range", message)
        if self.stamped != isinstance(self.nodes[0], str):
            message = "`nodes` and `extent` must both be time stamps, or both be numbers"
            raise RuleError("conflicting_fields", message)
        self._check_positions(self.positions)

    def _check_positions(self, positions: Positions) -> None:
        first, last = positions.extent
        if first > last:
            message = "`extent` must be the smallest t and the largest t"
            raise RuleError("out_of_range", message)
        rounding = 1e-14 * max(abs(first), abs(last))
        inside = (*positions.nodes, positions.center)
        if not all(first - rounding <= t <= last + rounding for t in inside):
            message = "`nodes` and the mean of t must be between the ends of `extent`"
            raise RuleError("out_of_range", message)
        if self.rank > 1 and positions.scale > last - first:
            message = "`scale` cannot be above the difference of the ends of `extent`"
            raise RuleError("out_of_range", message)

    @property
    def rank(self) -> int:
        """The number of columns that the points determine."""
        return len(self.triangle) - 1

    @property
    def stamped(self) -> bool:
        """True if t are time stamps."""
        return isinstance(self.extent[0], str)

    @property
    def positions(self) -> Positions:
        """The positions as numbers."""
        unit = float(SECOND) if self.stamped else 1.0
        extent, nodes = _numbers(self.extent), _numbers(self.nodes)
        return Positions(extent, self.mean * unit, self.scale * unit, nodes, unit)


def _numbers(sent: SentTimes) -> list[float]:
    """Return values of t as numbers: stamps are nanoseconds."""
    return [read_stamp(each) if isinstance(each, str) else each for each in sent]


FactorList = Annotated[
    tuple[PortableFactor, ...],
    kept(Annotated[list[PortableFactor], Len(1, MAX_FACTORS), Field(fail_fast=True)], tuple),
]
