"""Points as callers have them: lists, arrays, series and frames, without importing a library."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from math import nan
from typing import Any, Protocol, TypeAlias

from coaster_client.answer import Answer

UNIT = re.compile(r"\b[num]s\b")
"""The unit of a type of time stamps, if it is shorter than a second."""
FACTORS = ("factors", "remove")
"""The members of points in JSON that are lists of factors."""
MISSING = {"NAType", "NaTType"}
"""The types of the missing values of pandas."""


class Frame(Protocol):
    """A table with named columns, such as a frame of pandas or polars."""

    @property
    def columns(self) -> Any:  # noqa: ANN401 - an index in pandas, a list in polars
        """The names of the columns."""

    def __getitem__(self, name: Any, /) -> Any:  # noqa: ANN401 - a column
        ...


Points: TypeAlias = Mapping[str, Iterable[Any]] | Frame | Iterable[Any]
"""Points of a request, in any form that `as_points` takes."""


def as_points(
    data: Any,  # noqa: ANN401 - Points
    t: str | None = None,
    y: str | None = None,
    weights: str | None = None,
    sigma: str | None = None,
) -> dict[str, Any]:
    """Return points as lists of JSON values, by the names `t` and `y`, and `weights` or `sigma` if
    they are named. Missing values become None, and dates and times become time stamps.

    `data` is a mapping or a frame with the columns `t` and `y`, a pair (t, y), a two-dimensional
    array with two columns, or a pandas series, whose index is t. `t` and `y` are the names of the
    columns if they have other names. Raises ValueError if the points cannot be found in `data`.
    """
    given = {"t": t, "y": y, "weights": weights, "sigma": sigma}
    named = {field: name for field, name in given.items() if name is not None}
    if isinstance(data, Mapping) or hasattr(data, "columns"):
        return _columns(data, named)
    if named:
        raise ValueError(
            f"{' and '.join(named)} name columns, so data must be a mapping or a frame."
        )
    if hasattr(data, "index") and hasattr(data, "to_numpy"):  # a series of pandas
        return _pair(data.index, data)
    shape = getattr(data, "shape", None)
    if shape is not None and len(shape) == 2 and shape[1] == 2 != shape[0]:
        data = data.T  # an array
    pair = list(data) if isinstance(data, Iterable) else []
    if len(pair) != 2:
        raise ValueError(
            f"data must be a pair (t, y), a mapping or a frame with these columns, an array with "
            f"two columns or a series. It has {len(pair)} items."
        )
    return _pair(*pair)


def _pair(t: Any, y: Any) -> dict[str, Any]:  # noqa: ANN401 - columns
    return {"t": _column("t", t), "y": _column("y", y)}


def _column(field: str, column: Any) -> list[Any]:  # noqa: ANN401 - a column
    """Return the values of a field of the points."""
    return without_nan(times(column) if field == "t" else numbers(column))


def _columns(data: Any, named: Mapping[str, str]) -> dict[str, Any]:  # noqa: ANN401
    """Return the columns of a mapping or a frame. If no column is named, a mapping is the points of
    a request in JSON: further members are kept, and with `factors` it needs no columns.
    """
    is_json = isinstance(data, Mapping) and not named
    names = {"t": "t", "y": "y", **named}
    present = list(data) if isinstance(data, Mapping) else list(data.columns)
    for field, name in names.items():
        if name not in present and not (is_json and "factors" in present):
            raise ValueError(
                f"data has no column {name!r}. Name the column of {field}: {field}=... "
                f"The columns are {present}."
            )
    if is_json:
        return {str(name): _member(str(name), value) for name, value in data.items()}
    return {field: _column(field, data[name]) for field, name in names.items()}


def _member(name: str, value: Any) -> Any:  # noqa: ANN401 - a column, factors or a word
    """Return a member of the points of a request in JSON."""
    if name in FACTORS:
        return raw_factors(value)
    return value if isinstance(value, str) else _column(name, value)


def raw_factors(factors: Iterable[Any]) -> list[Any]:
    """Return factors, which may be fields of an answer, as JSON values."""
    return [each.raw if isinstance(each, Answer) else each for each in factors]


def without_nan(column: Iterable[Any]) -> list[Any]:
    """Return the values of a column, with None for those that are not a number."""
    return [None if value != value else value for value in column]  # noqa: PLR0124 - NaN


def times(column: Any) -> list[Any]:  # noqa: ANN401 - an array, a series or an iterable
    """Return times as JSON values: numbers, and time stamps with all their digits. Those without a
    time zone count as UTC.
    """
    kind = str(getattr(column, "dtype", ""))
    if kind.startswith(("datetime64", "Datetime")):  # of numpy and pandas, and of polars
        unit = UNIT.search(kind)
        stamps = column.__array__(f"datetime64[{unit[0] if unit else 's'}]").astype(str).tolist()
        return [None if stamp == "NaT" else f"{stamp}Z" for stamp in stamps]
    return [stamp(each) for each in _listed(column)]


def stamp(value: Any) -> Any:  # noqa: ANN401 - a time or another value
    """Return a date or a time as a time stamp, and another value as a JSON value."""
    if type(value).__name__ in MISSING:
        return None
    if _is_datetime64(value):
        return times(value.reshape(1))[0]
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else _value(value)


def numbers(column: Any) -> list[Any]:  # noqa: ANN401 - an array, a series or an iterable
    """Return the values of a column as JSON values. Time stamps become Unix seconds, and the
    missing values of pandas NaN.
    """
    if getattr(column, "dtype", None) == "datetime64[ns]" and not hasattr(column, "to_numpy"):
        column = column.astype("datetime64[us]")  # numpy has nanoseconds as integers only
    return [_value(each) for each in _listed(column)]


def _listed(column: Any) -> Iterable[Any]:  # noqa: ANN401 - an array, a series or an iterable
    """Return the values of a column as objects of Python, if it can list them. Raises ValueError if
    it has no values.
    """
    lists = [getattr(column, name) for name in ("tolist", "to_list") if hasattr(column, name)]
    values: Any = lists[0]() if lists else column
    if not isinstance(values, Iterable):
        raise ValueError(  # noqa: TRY004 - all points that cannot be read are a ValueError
            f"A column of points must be a list or an array. It is {column!r}."
        )
    return values


def _value(value: Any) -> Any:  # noqa: ANN401 - a number, a time stamp or what the service rejects
    if type(value).__name__ in MISSING:
        return nan
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC).timestamp()
    if _is_datetime64(value):
        return numbers(value.reshape(1))[0]
    if hasattr(value, "item"):  # a scalar of numpy
        return value.item()
    return value


def _is_datetime64(value: Any) -> bool:  # noqa: ANN401 - a time or another value
    """Return whether a value is a time of numpy. As an object of Python, it may be an integer."""
    return type(value).__name__ == "datetime64"
