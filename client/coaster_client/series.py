"""Many series as callers have them, and as the file in which they are sent."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from math import nan
from struct import pack
from typing import Any, TypeAlias

from coaster_client.points import Frame, numbers, without_nan

ManySeries: TypeAlias = Mapping[str, Iterable[Any]] | Frame | tuple[Iterable[Any], Iterable[Any]]
"""Series of a request, in any form that `as_series` takes."""
Pairs: TypeAlias = list[tuple[list[Any], list[Any]]]
"""The t and the y of each series."""
COLUMNS = ("series", "t", "y")
HEAD_BYTES = 128
"""The size of the head of a file, a multiple of 64."""


def as_series(data: ManySeries) -> tuple[list[str], Pairs]:
    """Return the names of series, and the t and the y of each as JSON values.

    `data` is a mapping or a frame with the columns `series`, `t` and `y`, in which each row is a
    point, or a pair (t, rows): t is the same for all series, and rows have the y of each. The
    series of a pair have their numbers as names. Raises ValueError if the series cannot be found in
    `data`.
    """
    if isinstance(data, tuple):
        t, rows = data
        times = numbers(t)
        pairs = [(times, numbers(row)) for row in rows]
        return [str(number) for number in range(len(pairs))], pairs
    if not isinstance(data, Mapping) and not hasattr(data, "columns"):
        raise ValueError(
            "data must be a frame or a mapping with the columns series, t and y, or a tuple of t "
            "and rows."
        )
    present = list(data) if isinstance(data, Mapping) else list(data.columns)
    for name in COLUMNS:
        if name not in present:
            raise ValueError(f"data has no column {name!r}. The columns are {present}.")
    named: dict[str, tuple[list[Any], list[Any]]] = {}
    columns = (numbers(data[name]) for name in COLUMNS)
    for name, t_of_point, y_of_point in zip(*columns, strict=True):
        ts, ys = named.setdefault(str(name), ([], []))
        ts.append(t_of_point)
        ys.append(y_of_point)
    return [*named], [*named.values()]


def listed(names: Sequence[str], series: Pairs) -> list[dict[str, Any]]:
    """Return series with these names as a list of JSON objects, with None for missing values."""
    return [
        {"id": name, "t": without_nan(t), "y": without_nan(y)}
        for name, (t, y) in zip(names, series, strict=True)
    ]


def npy(series: Pairs) -> bytes:
    """Return series as a file of NPY with the shape (series, 2, points). Series with fewer points
    than others end with missing values.

    Raises ValueError if there are no series, or if a value is not a number.
    """
    if not series:
        raise ValueError("data has no series.")
    points = max(max(len(t), len(y)) for t, y in series)
    shape = f"({len(series)}, 2, {points})"
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    head = b"\x93NUMPY\x01\x00" + pack("<H", HEAD_BYTES - 10)
    rows = [_row(column, points) for pair in series for column in pair]
    return b"".join([head, f"{text:<{HEAD_BYTES - 11}}\n".encode(), *rows])


def _row(column: Sequence[Any], points: int) -> bytes:
    """Return a column as little-endian float64, with NaN for missing values and at its end."""
    try:
        row = array("d", (nan if value is None else value for value in column))
    except (TypeError, OverflowError):
        raise ValueError("The t and y of series are numbers, time stamps or None.") from None
    row.extend([nan] * (points - len(row)))
    return row.tobytes()
