"""The choice of the columns of a file that hold its points."""

from collections.abc import Sequence

from service.descent.methods.option import RuleCode, RuleError
from service.descent.points.file import pointer_of
from service.descent.questions.file import ColumnName, Columns
from service.descent.readonly import readonly

MOST_LISTED = 20
"""The maximum number of columns that a message lists."""


@readonly
class Named:
    """A column: the field for which it is chosen, and its name."""

    field: str
    name: str


def chosen(wanted: Columns, names: Sequence[str] | None, width: int) -> dict[str, int]:
    """Return the index of the column of each field, by `t`, `y`, `weights` and `sigma`. The file
    has `width` columns with these names, or without names.

    By default, t and y are the first two columns. A first column without a name has the numbers of
    the rows, as R and pandas write them, if two more follow.

    Raises RuleError if there is no such column.
    """
    if width < 2:
        raise RuleError("malformed_file", "The file must have at least two columns, for t and y")
    has_row_numbers = names is not None and width > 2 and not names[0]
    first = 2 if has_row_numbers else 1
    fields = {
        "t": wanted.t or first,
        "y": wanted.y or first + 1,
        "weights": wanted.weights,
        "sigma": wanted.sigma,
    }
    found = {
        field: _index(field, column, names, width)
        for field, column in fields.items()
        if column is not None
    }
    if found["t"] == found["y"]:
        message = "`columns` chooses the same column for t and y: choose two"
        raise RuleError("conflicting_fields", message, pointer="/columns")
    return found


def _index(field: str, column: ColumnName, names: Sequence[str] | None, width: int) -> int:
    """Return the index of the column of one field. Raises RuleError."""
    if isinstance(column, int):
        if column > width:
            message = f"There is no column {column} for {field}: the file has {width} columns"
            raise _wrong(field, message)
        return column - 1
    if names is None:
        message = f"The file has no names of columns: choose the column of {field} by its number"
        raise _wrong(field, message)
    if column not in names:
        listed = ", ".join(f"`{name}`" for name in names[:MOST_LISTED])
        message = f"There is no column `{column}` for {field}: the file has {listed}"
        raise _wrong(field, message)
    if names.count(column) > 1:
        message = f"The file has several columns `{column}`: choose one by its number"
        raise _wrong(field, message, "malformed_file")
    return names.index(column)


def _wrong(field: str, message: str, code: RuleCode = "unknown_value") -> RuleError:
    return RuleError(code, message, pointer=pointer_of(field))


def row_place(row: int, first: int = 0) -> str:
    """Return the name of the place of a row, given its index after a first row of the file."""
    return f"row {first + row + 1}"
