"""Columns of time stamps and dates in the types of Arrow and in text, as nanoseconds since
1970-01-01T00:00:00Z.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.descent.arrays import Integers
from service.descent.methods.option import RuleCode, RuleError
from service.descent.methods.stamps import FARTHEST, SECOND, StampError, read_stamp
from service.descent.points.file import FileColumn, pointer_of
from service.worker.cells import MOST_SHOWN

UNITS = {"s": SECOND, "ms": 1_000_000, "us": 1_000, "ns": 1}
"""The nanoseconds of each unit of Arrow's time stamps."""
DAY = 86_400 * SECOND
NANOSECONDS = pa.timestamp("ns", "UTC")
COMMON = (
    r"^(?:1[7-9]|2[01])\d\d-\d\d-\d\d"
    r"(?:[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?$"
)
"""The stamps of which Arrow's own parser reads all digits, and no others that it accepts: of the
years from 1700 to 2199, so that their nanoseconds have 64 bits.
"""
DATE_LENGTH = len("2024-02-29")


def is_temporal(kind: pa.DataType) -> bool:
    """Return whether a type is one of time stamps or dates."""
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def check_zone(field: pa.Field) -> None:
    """Check that time stamps have a time zone. Raises RuleError."""
    if pa.types.is_timestamp(field.type) and field.type.tz is None:
        message = (
            f"The column `{field.name}` has time stamps without a time zone: give it one, such as "
            "UTC, because local time skips and repeats hours"
        )
        raise RuleError("malformed_file", message)


def nanoseconds(name: str, column: pa.ChunkedArray, place: Callable[[int], str]) -> FileColumn:
    """Return a column of time stamps with a time zone, or of dates, which are midnight in UTC,
    given a function that names the place of a row.

    Raises RuleError if one is out of range.
    """
    gaps, unit = column.is_null().to_numpy(), unit_of(column.type)
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    values = column.cast(pa.int64()).fill_null(0).to_numpy()
    end = FARTHEST * SECOND // unit
    bad = (values < -end) | (values >= end)
    if bad.any():
        message = (
            f"The column `{name}` has a time stamp in {place(int(bad.argmax()))} that does not "
            "lie between 1677-09-22 and 2262-04-10 in UTC"
        )
        raise RuleError("out_of_range", message, pointer=pointer_of("t"))
    return FileColumn(name, values * unit, gaps, stamped=True)


def unit_of(kind: pa.DataType) -> int:
    """Return the nanoseconds of the unit of a type of time stamps or dates."""
    if pa.types.is_timestamp(kind):
        return UNITS[kind.unit]
    return DAY if pa.types.is_date32(kind) else UNITS["ms"]


def read_texts(name: str, column: pa.ChunkedArray, place: Callable[[int], str]) -> FileColumn:
    """Return a column of time stamps in text, given a function that names the place of a row.

    Raises RuleError.
    """
    gaps, values = column.is_null().to_numpy(), _read_at_once(column)
    if values is None:
        values = _read_each(name, column, place)
    return FileColumn(name, values, gaps, stamped=True)


def _read_at_once(column: pa.ChunkedArray) -> Integers | None:
    """Return the nanoseconds of time stamps in the common forms, or None if one has another form or
    does not exist.
    """
    if not pc.all(pc.match_substring_regex(column, COMMON)).as_py():
        return None
    dates = pc.equal(pc.binary_length(column), DATE_LENGTH)
    if pc.any(dates).as_py():
        midnight = pc.binary_join_element_wise(column, "T00:00:00Z", "")
        column = pc.if_else(dates, midnight, column)
    try:
        stamps = column.cast(NANOSECONDS)
    except pa.ArrowInvalid:
        return None
    values: Integers = stamps.cast(pa.int64()).fill_null(0).to_numpy()
    return values


def _read_each(name: str, column: pa.ChunkedArray, place: Callable[[int], str]) -> Integers:
    """Return the nanoseconds of time stamps. Raises RuleError."""
    values = np.zeros(len(column), np.int64)
    row = 0
    for chunk in column.chunks:
        for text in chunk.to_pylist():
            if text is not None:
                try:
                    values[row] = read_stamp(text.strip(" \t"))
                except StampError as error:
                    where = f"{place(row)}, column `{name}`"
                    raise _fault(text, where, error) from None
            row += 1
    return values


def _fault(text: str, where: str, error: StampError) -> RuleError:
    """Return the fault of a text that is not a stamp that can be used."""
    message = f"`{text[:MOST_SHOWN]}` in {where} should {error}"
    code: RuleCode = "out_of_range" if error.code == "out_of_range" else "malformed_file"
    return RuleError(code, message, pointer=pointer_of("t"))
