"""The points of many series in groups of the same length, without missing values."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Self

import numpy as np

from service.descent.answers.series import RowCode
from service.descent.arrays import Array, Integers, Mask
from service.descent.methods.bounds import MAX_NUMBER, MAX_POINTS
from service.descent.questions.table import Lists, Table
from service.descent.readonly import readonly

SERIES_TOGETHER, POINTS_TOGETHER = 2048, 200_000
"""The largest numbers of series and of points in a group: more do not fit into the processor's
cache.
"""


class BadSeriesError(Exception):
    """A series has no result; the message says why."""

    def __init__(self, code: RowCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@readonly
class Group:
    """The points t and y (S, n) of series of the same length, and the rows (S,) of results."""

    rows: Integers
    t: Array
    y: Array

    def part(self, part: slice | Mask) -> "Group":
        """Return some of these series."""
        return Group(self.rows[part], self.t[part], self.y[part])


@readonly
class Columns:
    """Lists of numbers: list i begins at `starts[i]` in the values and has `lengths[i]` of them."""

    values: Array
    starts: Integers
    lengths: Integers

    def matrix(self, numbers: Integers, length: int) -> Array:
        """Return the lists with these numbers, which have the same length, as rows."""
        matrix: Array = self.values[self.starts[numbers][:, None] + np.arange(length)]
        return matrix


@readonly
class Samples:
    """The points of the series of a table: list i of t and of y belong to series i."""

    table: Table
    t: Columns
    y: Columns

    @classmethod
    def of(cls, table: Table) -> Self:
        """Return the points of a table without copying them."""
        return cls(table, times(table), columns(table.y))


def groups(samples: Samples, numbers: range, bad: dict[int, BadSeriesError]) -> Iterator[Group]:
    """Yield the series with these numbers in groups. The reasons of series that have no result are
    written into `bad`, by their rows.
    """
    t, y, own = samples.t, samples.y, np.array(numbers)
    uneven = t.lengths[own] != y.lengths[own]
    for row in np.flatnonzero(uneven).tolist():
        given = t.lengths[own[row]], y.lengths[own[row]]
        detail = f"The series has {given[0]} values of t and {given[1]} of y: give each t a y."
        bad[row] = BadSeriesError("length_mismatch", detail)
    incomplete: dict[int, list[tuple[int, Array, Array]]] = defaultdict(list)
    for rows, length in alike(np.flatnonzero(~uneven), y.lengths[own]):
        group = Group(rows, t.matrix(own[rows], length), y.matrix(own[rows], length))
        missing = np.isnan(group.t) | np.isnan(group.y)
        whole = np.asarray(~missing.any(axis=1))
        for i in np.flatnonzero(~whole).tolist():
            present = ~missing[i]
            points = group.rows[i].item(), group.t[i, present], group.y[i, present]
            incomplete[len(points[1])].append(points)
        yield from checked(group.part(whole), bad)
    for series in incomplete.values():
        places, times_of, values_of = zip(*series, strict=True)
        yield from checked(Group(np.array(places), np.array(times_of), np.array(values_of)), bad)


def times(table: Table) -> Columns:
    """Return the t of each series."""
    if isinstance(table.t, Lists):
        return columns(table.t)
    values, nothing = np.frombuffer(table.t), np.zeros(len(table), np.int64)
    return Columns(values, nothing, nothing + len(values))


def columns(lists: Lists) -> Columns:
    """Return the lists without copying their values."""
    lengths = np.frombuffer(lists.lengths, np.int64)
    return Columns(np.frombuffer(lists.values), np.cumsum(lengths) - lengths, lengths)


def alike(rows: Integers, lengths: Integers) -> Iterator[tuple[Integers, int]]:
    """Yield rows of the same length, not too many at a time, and this length."""
    ordered = rows[np.argsort(lengths[rows], kind="stable")]
    changes = np.flatnonzero(np.diff(lengths[ordered])) + 1
    for same in np.split(ordered, changes):
        if len(same):
            length = lengths[same[0]].item()
            size = max(1, min(SERIES_TOGETHER, POINTS_TOGETHER // max(length, 1)))
            for first in range(0, len(same), size):
                yield same[first : first + size], length


def checked(group: Group, bad: dict[int, BadSeriesError]) -> Iterator[Group]:
    """Yield those series of a group, if there are any, that can have a result."""
    n = group.t.shape[1]
    error, fine = None, np.zeros(len(group.rows), bool)
    if not n:
        error = BadSeriesError("too_few_points", "The series has no points: send at least one.")
    elif n > MAX_POINTS:
        detail = f"The series has {n} points: send at most {MAX_POINTS}."
        error = BadSeriesError("too_many_points", detail)
    else:
        detail = f"A number is not between -{MAX_NUMBER} and {MAX_NUMBER}: rescale t or y."
        error = BadSeriesError("out_of_range", detail)
        largest = np.maximum(np.abs(group.t).max(axis=1), np.abs(group.y).max(axis=1))
        fine = largest <= MAX_NUMBER
    bad.update((row, error) for row in group.rows[~fine].tolist())
    if fine.any():
        yield group.part(fine)
