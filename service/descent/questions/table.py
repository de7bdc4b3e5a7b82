"""The points of many series: as columns of numbers, and as the files that hold them."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from pickle import PickleBuffer
from typing import Annotated, Literal, Self

from annotated_types import Len, MaxLen
from pydantic import Field

from service.descent.methods.bounds import MAX_ID, MAX_JSON_SERIES, MAX_SERIES, MAX_SERIES_POINTS
from service.descent.methods.option import Option, RuleError, kept
from service.descent.questions.points import Buffer, packed

FileKind = Literal["csv", "parquet", "arrow", "arrow_file", "npy"]
Values = list[float | None]
"""Numbers as sent: null is a missing value."""


@dataclass(frozen=True)
class Lists:
    """Lists of numbers, one list after the other."""

    values: Buffer
    """The numbers of all lists as float64; NaN is a missing value."""
    lengths: Buffer
    """The number of values of each list as int64."""

    @classmethod
    def of(cls, lists: Sequence[Values]) -> Self:
        """Return lists of numbers as bytes."""
        return cls(
            packed(nan if value is None else value for each in lists for value in each),
            array("q", map(len, lists)).tobytes(),
        )

    def __len__(self) -> int:
        return memoryview(self.lengths).nbytes // 8  # the bytes of an int64


@dataclass(frozen=True)
class Table:
    """The points of many series. Series i has y[i] and, unless all series share t, t[i]."""

    t: Buffer | Lists
    """The t of each series, or the t of all series as float64."""
    y: Lists
    """The y of each series."""
    ids: tuple[str, ...] | None = None
    """The name of each series. If None, their names are their numbers."""

    def __len__(self) -> int:
        return len(self.y)

    def id(self, number: int) -> str:
        """Return the name of the series with this number."""
        return str(number) if self.ids is None else self.ids[number]

    @property
    def points(self) -> int:
        """The number of points of all series, including missing ones."""
        return memoryview(self.y.values).nbytes // 8  # the bytes of a float64

    def check(self) -> None:
        """Check that there are not too many series and points. Raises RuleError."""
        if len(self) > MAX_SERIES:
            message = f"Send at most {MAX_SERIES} series in one request"
            raise RuleError("too_many_items", message, limit=MAX_SERIES, given=len(self))
        if self.points > MAX_SERIES_POINTS:
            message = f"Send at most {MAX_SERIES_POINTS} points in one request"
            raise RuleError("too_many_points", message, limit=MAX_SERIES_POINTS, given=self.points)
        if self.ids is not None and max(map(len, self.ids)) > MAX_ID:
            message = f"The name of a series can have at most {MAX_ID} characters"
            raise RuleError("out_of_range", message)


@dataclass(frozen=True)
class Extract:
    """The place of a part in its file of CSV: the beginning of the file, which shows its form, and
    the number of the first line of the part, from 1.
    """

    head: bytes
    line: int


def end_of_lines(content: bytes) -> int:
    """Return the end of the last line of CSV whose line end is not in quotes, or 0 if there is
    none. A line end is in quotes if the number of quotes before it is odd.
    """
    parts = content.split(b'"')
    for number in reversed(range(0, len(parts), 2)):  # the others are in quotes
        if end := parts[number].rfind(b"\n") + 1:
            return len(b'"'.join([*parts[:number], parts[number][:end]]))
    return 0


def uncut(line: int) -> str:
    """Return what is wrong with CSV that has no such line end in the length of a part, which begins
    with this line, from 1.
    """
    return (
        f"Line {line} is too long to be read in parts, has a quote that is not closed, or ends in "
        "CR without LF"
    )


@dataclass(frozen=True)
class File:
    """A file with points, which a worker reads."""

    kind: FileKind
    pieces: Sequence[PickleBuffer]
    """The content. Pickle leaves these buffers where they are: they follow the question."""
    t: Buffer | None = None
    """The t of all series as float64, if the file has only the y."""
    extract: Extract | None = None
    """The place of the content, if it is a part of a larger file."""


@dataclass(frozen=True)
class OneSeries(Option):
    """The points of one series: t[i] belongs to y[i]. A point with a null is left out."""

    t: Annotated[Values, Field(fail_fast=True)]
    """The times or other positions of the points, in float64; null if one is missing."""
    y: Annotated[Values, Field(fail_fast=True)]
    """The value at each t; null if it is missing."""
    id: Annotated[str, MaxLen(MAX_ID)] | None = None
    """The name of the series. If omitted, it is the number of the row, from 0."""


def _tabled(series: list[OneSeries]) -> Table:
    ids = (str(row) if each.id is None else each.id for row, each in enumerate(series))
    t, y = Lists.of([each.t for each in series]), Lists.of([each.y for each in series])
    return Table(t, y, tuple(ids))


SharedTimes = Annotated[bytes, kept(Annotated[list[float], Len(1), Field(fail_fast=True)], packed)]
"""The values of t that all series share."""
Rows = Annotated[
    Lists,
    kept(
        Annotated[
            list[Annotated[Values, Field(fail_fast=True)]],
            Len(1, MAX_JSON_SERIES),
            Field(fail_fast=True),
        ],
        Lists.of,
    ),
]
"""A row of y for each series."""
ListedSeries = Annotated[
    Table,
    kept(Annotated[list[OneSeries], Len(1, MAX_JSON_SERIES), Field(fail_fast=True)], _tabled),
]
"""The points of each series."""
