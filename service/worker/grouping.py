"""Numbers of CSV with two meanings: 1.234 is also 1234 with a thousands separator."""

import csv
import re
from collections.abc import Iterable, Mapping

from service.descent.methods.option import RuleError
from service.descent.points.file import pointer_of
from service.pool.memory import Content
from service.worker.cells import is_missing
from service.worker.columns import Named
from service.worker.form import Form, rows_of

GROUPED, SHORT, LONG = "grouped", "short", "long"
KINDS = {
    GROUPED: re.compile(r"\s*[+-]?[1-9]\d{0,2}[.,]\d{3}\s*"),
    SHORT: re.compile(r"\s*[+-]?\d{1,3}\s*"),
    LONG: re.compile(r"\s*[+-]?\d{4,}\s*"),
}
"""The forms of numbers in a file with thousands separators: with one, without thousands, and with
thousands but without a separator.
"""


def check_grouping(file: Content, form: Form, columns: Mapping[int, Named]) -> None:
    """Check that a file with these columns of numbers has no thousands separators.

    Between semicolons or tabs, both signs can be the decimal point. The sign in a file is a
    separator if it is followed by three digits everywhere, and if a column has also integers
    without it, but none of them from 1000 on. Raises RuleError.
    """
    if form.delimiter == "," or file.find(form.decimal_point.encode(), form.start) < 0:
        return
    try:
        firsts = _firsts(file, form, columns)
    except csv.Error:  # a cell is too long
        return
    for index, named in columns.items():
        kinds = {kind for column, kind in firsts if column == index}
        if kinds == {GROUPED, SHORT}:
            line, cell = firsts[index, GROUPED]
            digits = cell.replace(form.decimal_point, "").strip()
            message = (
                f"`{cell}` in line {line}, column `{named.name}` can be {digits}: write numbers "
                "without thousands separators, and decimals with a fourth digit"
            )
            raise RuleError("malformed_file", message, pointer=pointer_of(named.field))


def _firsts(
    file: Content, form: Form, indices: Iterable[int]
) -> dict[tuple[int, str], tuple[int, str]]:
    """Return the line and the cell of the first number of each kind, by column and kind. If a
    number has another form, the point is that of decimals, and nothing is returned.
    """
    found: dict[tuple[int, str], tuple[int, str]] = {}
    for line, row in rows_of(file, form):
        if len(row) != form.width:  # two parsers need not agree on every file
            return {}
        for index in indices:
            cell = row[index]
            kind = next((name for name, numbers in KINDS.items() if numbers.fullmatch(cell)), None)
            if kind is not None:
                found.setdefault((index, kind), (line, cell))
            elif not is_missing(cell):
                return {}
    return found
