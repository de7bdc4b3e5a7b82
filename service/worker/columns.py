"""The choice of the columns of a file that hold its points."""

from collections.abc import Sequence

from service.descent.methods.option import RuleError
from service.descent.questions.file import ColumnName, Columns

MOST_LISTED = 20
"""The maximum number of columns that a message lists."""


def chosen(wanted: Columns, names: Sequence[str] | None, width: int) -> dict[str, int]:
    """Return the index of the column of each field, by `t`, `y`, `weights` and `sigma`. The file
    has `width` columns with these names, or without names.

    Raises RuleError if there is no such column.
    """
    if width < 2:
        raise RuleError("malformed_file", "The file must have at least two columns, for t and y")
    found = {
        field: _index(field, column, names, width)
        for field, column in vars(wanted).items()
        if column is not None
    }
    if found["t"] == found["y"]:
        message = "`columns` chooses the same column for t and y: choose two"
        raise RuleError("conflicting_fields", message)
    return found


def _index(field: str, column: ColumnName, names: Sequence[str] | None, width: int) -> int:
    """Return the index of the column of one field. Raises RuleError."""
    if isinstance(column, int):
        if column > width:
            message = f"There is no column {column} for {field}: the file has {width} columns"
            raise RuleError("unknown_value", message)
        return column - 1
    if names is None:
        message = f"The file has no names of columns: choose the column of {field} by its number"
        raise RuleError("unknown_value", message)
    if column not in names:
        listed = ", ".join(f"`{name}`" for name in names[:MOST_LISTED])
        message = f"There is no column `{column}` for {field}: the file has {listed}"
        raise RuleError("unknown_value", message)
    if names.count(column) > 1:
        message = f"The file has several columns `{column}`: choose one by its number"
        raise RuleError("malformed_file", message)
    return names.index(column)


def row_place(row: int) -> str:
    """Return the name of the place of a row, given its index."""
    return f"row {row + 1}"
