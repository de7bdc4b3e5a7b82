"""Columns of numbers in the types of Arrow, as arrays."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.descent.arrays import Array
from service.descent.methods.option import EXACT_BELOW, ROUNDED_FROM, RuleError
from service.descent.points.file import FileColumn, pointer_of

FLOATS, INTEGERS, TEXTS = pa.float64(), pa.int64(), pa.string()


def check_numeric(field: str, column: pa.Field) -> None:
    """Check that the column of a field has numbers. Raises RuleError."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if not _is_numeric(kind):
        message = f"The column `{column.name}` has the type {str(kind)[:100]}: it must have numbers"
        raise RuleError("malformed_file", message, pointer=pointer_of(field))


def _is_numeric(kind: pa.DataType) -> bool:
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(is_kind(kind) for is_kind in kinds)


def _is_whole(kind: pa.DataType) -> bool:
    """Return whether a type has integers only."""
    return bool(pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0))


def floats(column: pa.ChunkedArray) -> Array:
    """Return numbers as float64, with NaN where one is missing. Large integers are rounded."""
    if pa.types.is_decimal(column.type):
        column = column.cast(TEXTS)  # Arrow would divide by a power of ten, and round twice
    converted = column.cast(FLOATS, safe=False)
    if converted.null_count:  # without nulls, this would copy the numbers
        converted = converted.fill_null(np.nan)
    # `to_numpy` imports pandas if it is installed, which takes 30 MB
    chunks = [np.asarray(np.from_dlpack(chunk), float) for chunk in converted.chunks]
    return chunks[0] if len(chunks) == 1 else np.concatenate([np.empty(0), *chunks])


def numeric(name: str, column: pa.ChunkedArray, *, exact: bool) -> FileColumn:
    """Return a column of numbers. If it may be `exact`, integers that float64 would round are
    kept as they are.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if exact and _is_whole(column.type) and rounded(column):
        gaps = column.is_null().to_numpy()
        return FileColumn(name, column.cast(INTEGERS).fill_null(0).to_numpy(), gaps)
    return FileColumn.of(name, floats(column))


def rounded(column: pa.ChunkedArray) -> bool:
    """Return whether float64 would round integers of which int64 keeps the differences."""
    ends: dict[str, int | Decimal | None] = pc.min_max(column).as_py()
    least, most = ends["min"], ends["max"]
    if least is None or most is None:
        return False
    return ROUNDED_FROM <= max(-least, most) < EXACT_BELOW
