"""Points in files: CSV, TSV and JSON, which the command reads itself unless they are large."""

import csv
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from coaster_client.points import numbers, stamp
from coaster_client.uploads import CSV, Upload

FRACTION = re.compile(r":\d\d[.,](\d+)")
"""The fraction of a second in a time stamp."""
UTC_OFFSET = "+00:00"
"""The end of each stamp of `stamp`."""
DELIMITERS = "\t;,"
"""The delimiters of columns. The first that is in the first line counts."""
MARK = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8."""
MOST_LINES = 50_000
"""The number of lines of CSV up to which the command reads it: JSON can have as many points."""


def read_points(
    content: bytes,
    t: str | None = None,
    y: str | None = None,
    *,
    weights: str | None = None,
    sigma: str | None = None,
) -> dict[str, list[Any]]:
    """Return the points in the content of a file. An empty cell becomes None.

    The arguments are the names of the columns or, if the file has no header, their numbers from 1.
    By default, t and y are the first two, and no column has weights. Raises ValueError if the file
    has no points.
    """
    columns = _read(content)
    more = {"weights": weights, "sigma": sigma}
    chosen = _names(list(columns), t, y) | {field: name for field, name in more.items() if name}
    _check_present(chosen, list(columns))
    read = {"t": _times}
    return {field: read.get(field, _numbers)(columns[name], name) for field, name in chosen.items()}


def read_series(
    content: bytes, series: str | None, t: str | None, y: str | None
) -> dict[str, list[Any]]:
    """Return the series in the content of a file as the columns `series`, `t` and `y`. Each row is
    a point, whose cell of y can be empty.

    The arguments are the names of the columns. By default, they are the columns of these names, or
    the first three. Raises ValueError if the file has no series.
    """
    columns = _read(content)
    present, wanted = list(columns), {"series": series, "t": t, "y": y}
    if len(present) < len(wanted):
        raise ValueError(f"The file needs the columns series, t and y. It has {present}.")
    default = list(wanted) if set(wanted) <= set(present) else present
    chosen = {field: wanted[field] or name for field, name in zip(wanted, default, strict=False)}
    _check_present(chosen, present)
    return {
        "series": columns[chosen["series"]],
        "t": _numbers(columns[chosen["t"]], chosen["t"]),
        "y": _numbers(columns[chosen["y"]], chosen["y"]),
    }


def is_for_service(upload: Upload) -> bool:
    """Return whether the service reads a file: Parquet, Arrow or NPY, or CSV with many lines."""
    if upload.media_type != CSV:
        return True
    start = next(upload.pieces(), b"").removeprefix(MARK).lstrip()
    if start.startswith((b"{", b"[")):  # JSON
        return False
    lines = 0
    for piece in upload.pieces():
        lines += piece.count(b"\n")
        if lines > MOST_LINES:
            return True
    return False


def chosen_columns(upload: Upload, given: Mapping[str, str | None]) -> dict[str, str | int]:
    """Return the columns of a file that the service reads, by their fields: those that are given by
    their names or numbers, and in CSV those that are called t and y.
    """
    columns: dict[str, str | int] = {}
    if upload.media_type == CSV and {"t", "y"} <= {*_header(upload)}:
        columns = {"t": "t", "y": "y"}
    for field, name in given.items():
        if name is not None:
            columns[field] = int(name) if name.isdecimal() else name
    return columns


def _header(upload: Upload) -> list[str]:
    """Return the cells of the first line of CSV."""
    first, _, _ = next(upload.pieces()).partition(b"\n")
    cells = re.split(f"[{DELIMITERS}]", first.decode("utf-8-sig", errors="replace"))
    return [cell.strip().strip('"') for cell in cells]


def _read(content: bytes) -> dict[str, list[Any]]:
    """Return the columns of a file. Raises ValueError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("The file is neither text in UTF-8 nor Parquet, Arrow or NPY.") from None
    if not text.strip():
        raise ValueError("The file is empty.")
    return _from_json(text) if text.lstrip()[0] in "{[" else _from_table(text)


def _numbers(cells: list[Any], name: str) -> list[Any]:
    """Return the numbers of a column, with None for missing ones. Raises ValueError."""
    return numbers(
        None if _empty(cell) else _value(cell, name, row) for row, cell in enumerate(cells, 1)
    )


def _times(cells: list[Any], name: str) -> list[Any]:
    """Return the numbers or the time stamps of a column, with None for missing ones. Raises
    ValueError.
    """
    return [
        None if _empty(cell) else exact(_value(cell, name, row), cell)
        for row, cell in enumerate(cells, 1)
    ]


def exact(value: float | datetime, cell: Any) -> float | str:  # noqa: ANN401 - a cell
    """Return the value of a cell for the service. A time stamp keeps all digits of the cell, of
    which datetime has six.
    """
    if not isinstance(value, datetime):
        return value
    digits = FRACTION.search(cell)
    if digits is None:
        return str(stamp(value))
    whole: str = stamp(value.replace(microsecond=0))
    return f"{whole.removesuffix(UTC_OFFSET)}.{digits[1][:9]}{UTC_OFFSET}"


def _empty(cell: Any) -> bool:  # noqa: ANN401 - a cell of JSON or a table
    """Return whether a cell has no value."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _names(present: list[str], t: str | None, y: str | None) -> dict[str, str]:
    """Return the names of the two columns. Columns that are called t and y count as such.

    Raises ValueError if the file does not have two.
    """
    if len(present) < 2:
        raise ValueError(
            "The file needs two columns, separated by commas, semicolons or tabs. "
            f"It has {present}."
        )
    first, second = ("t", "y") if {"t", "y"} <= set(present) else present[:2]
    return {"t": t or first, "y": y or second}


def _check_present(chosen: dict[str, str], present: list[str]) -> None:
    """Check that a file has the chosen columns. Raises ValueError."""
    for field, name in chosen.items():
        if name not in present:
            raise ValueError(f"There is no column {name!r} for {field}. The columns are {present}.")


def _from_json(text: str) -> dict[str, list[Any]]:
    """Return the columns of an object of lists, or of a list of pairs or of objects."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ValueError(f"The file is not valid JSON. {error}.") from None
    if isinstance(content, dict) and isinstance(content.get("data"), dict):
        content = content["data"]  # a request
    if isinstance(content, dict):
        return {name: column for name, column in content.items() if isinstance(column, list)}
    if not content:
        raise ValueError("The file has no points.")
    if all(isinstance(row, dict) for row in content):
        return {name: [row.get(name) for row in content] for name in content[0]}
    if all(isinstance(row, list) for row in content):
        return _columns(content)
    raise ValueError("The JSON must be an object of columns, or a list of rows.")


def _from_table(text: str) -> dict[str, list[Any]]:
    """Return the columns of CSV or TSV. A first row that is not all values is a header."""
    lines = [line for line in text.splitlines() if line.strip()]
    delimiter = next((each for each in DELIMITERS if each in lines[0]), ",")
    rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(row)]
    if not rows:
        raise ValueError("The file has no points.")
    has_header = any(not _empty(cell) and parsed(cell) is None for cell in rows[0])
    header = [cell.strip() for cell in rows.pop(0)] if has_header else []
    if not rows:
        raise ValueError("The file has a header, but no points.")
    columns = _columns(rows)
    return dict(zip(header or columns, columns.values(), strict=False))


def _columns(rows: list[list[Any]]) -> dict[str, list[Any]]:
    """Return the columns of rows, by their numbers from 1. Raises ValueError if a row is short."""
    width = len(rows[0]) if rows else 0
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise ValueError(f"Row {number} has {len(row)} columns instead of {width}.")
    return {str(number): [*column] for number, column in enumerate(zip(*rows, strict=True), 1)}


def _value(cell: Any, column: str, row: int) -> Any:  # noqa: ANN401 - a cell of JSON or a table
    """Return a number or a time stamp. Raises ValueError for other text."""
    value = parsed(cell) if isinstance(cell, str) else cell
    if value is None:
        raise ValueError(f"Column {column!r}, row {row}: {cell!r} is not a number or a time stamp.")
    return value


def parsed(cell: str) -> float | datetime | None:
    """Return the number or the time stamp (ISO 8601) in a cell, or None. An integer keeps all its
    digits.
    """
    for parse in (int, float, datetime.fromisoformat):
        with suppress(ValueError):
            return parse(cell.strip())
    return None
