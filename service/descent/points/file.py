"""The points of a file, as arrays that are checked like the points of a request in JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
from typing_extensions import override  # typing has it from Python 3.12 on

from service.descent.arrays import Array, Mask, Times
from service.descent.methods.bounds import MAX_NUMBER
from service.descent.methods.option import RuleError
from service.descent.questions.factors import SigmaIs
from service.descent.questions.points import (
    MOST_UNEQUAL,
    Column,
    Points,
    Stamps,
    Whole,
    numbers,
)
from service.descent.readonly import readonly

LEAST_POSITIVE = float(np.finfo(float).smallest_subnormal)
RANGES = {
    "t": (-MAX_NUMBER, f"between -{MAX_NUMBER:g} and {MAX_NUMBER:g}"),
    "y": (-MAX_NUMBER, f"between -{MAX_NUMBER:g} and {MAX_NUMBER:g}"),
    "weights": (0.0, f"between 0 and {MAX_NUMBER:g}"),
    "sigma": (LEAST_POSITIVE, f"above 0 and at most {MAX_NUMBER:g}"),
}
"""The least number of each column, and its range in words."""
NO_POINT = "No point is left: each has a missing value or the weight 0"


@readonly
class FileColumn:
    """A column of a file: its name, and its numbers (n,), of which those in `gaps` are missing. If
    it is `stamped`, they are time stamps: nanoseconds since 1970-01-01T00:00:00Z.
    """

    name: str
    values: Times
    gaps: Mask
    stamped: bool = False

    @classmethod
    def of(cls, name: str, values: Array) -> "FileColumn":
        """Return a column of numbers, in which NaN is a missing value."""
        return cls(name, values, np.isnan(values))


@readonly
class FileColumns:
    """The columns of a file that hold its points, by `t`, `y`, `weights` and `sigma`."""

    columns: Mapping[str, FileColumn]
    place: Callable[[int], str]
    """A function that names the place of a point, given its index, such as "line 3"."""


@dataclass(frozen=True)
class FilePoints(Points):
    """The points of a file that count. The file has `total` points, of which `gaps` have a missing
    value. Each column is the memory of an array.
    """

    total: int = field(kw_only=True)
    gaps: int = field(kw_only=True)

    @override
    def __post_init__(self) -> None:
        """Check nothing: `file_points` has checked the columns."""

    @property
    @override
    def rows(self) -> None:
        """None: all points that are left count."""

    @property
    @override
    def sent_points(self) -> int:
        return self.total

    @property
    @override
    def read_points(self) -> int:
        return self.total

    @property
    @override
    def missing(self) -> int:
        return self.gaps

    @override
    def y_within(self, most: float) -> bool:
        return _within(self.y, most)

    @override
    def t_within(self, most: float) -> bool:
        return _within(self.t, most)

    @override
    def __len__(self) -> int:
        return len(numbers(self.y))


def _within(column: Column, most: float) -> bool:
    """Return whether all numbers of a column are at most this in magnitude."""
    values = np.asarray(numbers(column))
    return bool(values.max() <= most and values.min() >= -most)


def file_points(file: FileColumns, sigma_is: SigmaIs, *, is_part: bool = False) -> FilePoints:
    """Return the points of a file that count. Raises RuleError if a number is out of range, or no
    point is left, unless this is a part of a file.
    """
    columns = file.columns
    total = len(columns["t"].values)
    if not total and not is_part:
        raise RuleError("malformed_file", "The file has no points")
    for name, column in columns.items():
        _check_range(name, column, file.place)
    missing = reduce(np.logical_or, (column.gaps for column in columns.values()))
    left_out = missing
    if "weights" in columns:
        left_out = missing | (columns["weights"].values == 0)
    if left_out.all() and not is_part:
        raise RuleError("out_of_range", NO_POINT)
    if "weights" in columns and "sigma" in columns:
        message = "Choose a column of `weights` or `sigma`, not both"
        raise RuleError("conflicting_fields", message, pointer="/columns")
    kept = {name: column.values for name, column in columns.items()}
    if left_out.any():
        kept = {name: values[~left_out] for name, values in kept.items()}
    for name, power in (("weights", 1), ("sigma", 2)):
        if name in kept:
            _check_ratio(name, columns[name].name, kept[name], MOST_UNEQUAL ** (1 / power))
    held = {name: _held(values, stamped=columns[name].stamped) for name, values in kept.items()}
    gaps = int(np.count_nonzero(missing))
    return FilePoints(
        t=held["t"],
        y=held["y"],
        weights=held.get("weights"),
        sigma=held.get("sigma"),
        sigma_is=sigma_is,
        total=total,
        gaps=gaps,
    )


def pointer_of(field: str) -> str:
    """Return the pointer to the option that chooses the column of a field."""
    return f"/columns/{field}"


def _check_range(name: str, column: FileColumn, place: Callable[[int], str]) -> None:
    """Check that the numbers of a column are in the range of its field. Raises RuleError."""
    values, least, rule = column.values, *RANGES[name]
    if not len(values):
        return
    low, high = ends(values)
    if least <= low and high <= MAX_NUMBER:
        return
    bad = (values < least) | (values > MAX_NUMBER)
    if not bad.any():
        return
    row = int(bad.argmax())
    where = place(row)
    message = f"The column `{column.name}` has {values[row]:g} in {where}: it must be {rule}"
    raise RuleError("out_of_range", message, pointer=pointer_of(name))


def ends(values: Times) -> tuple[float, float]:
    """Return the smallest and the largest of numbers, or NaN if all of them are NaN."""
    return float(np.fmin.reduce(values)), float(np.fmax.reduce(values))


def _check_ratio(field: str, name: str, values: Times, most: float) -> None:
    """Check that the weights in a column do not differ too much. Raises RuleError."""
    if len(values) and values.min() < values.max() / most:
        message = f"The column `{name}` has numbers that differ by more than a factor of {most:.0e}"
        raise RuleError("out_of_range", message, pointer=pointer_of(field))


def _held(values: Times, *, stamped: bool) -> Column:
    """Return the memory of an array as a column of points."""
    held = np.ascontiguousarray(values).view(np.uint8).data
    if stamped:
        return Stamps(held)
    return Whole(held) if values.dtype == np.int64 else held
