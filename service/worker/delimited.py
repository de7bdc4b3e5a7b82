"""Files of CSV: text in columns, separated by commas, semicolons or tabs."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from service.descent.arrays import Times
from service.descent.methods.bounds import MAX_FILE_POINTS
from service.descent.methods.option import EXACT_BELOW, ROUNDED_FROM, RuleError
from service.descent.methods.stamps import is_stamp
from service.descent.points.file import FileColumn, FileColumns, ends, pointer_of
from service.descent.questions.file import Columns
from service.descent.questions.table import Extract, end_of_lines, uncut
from service.pool.memory import Content
from service.worker.cells import MISSING, is_missing, is_number, no_number
from service.worker.columns import Named, chosen, row_place
from service.worker.form import SAMPLE_ROWS, Form, form_of, rows_of
from service.worker.grouping import check_grouping
from service.worker.numeric import FLOATS, INTEGERS, TEXTS, floats
from service.worker.temporal import read_texts

BLOCK_BYTES = 1024 * 1024
"""The size of the blocks that are read one after the other, and so the longest line."""
HEAD_BYTES = 128 * 1024
"""The size of the beginning of a file that shows how all its parts are read."""
PART_BYTES = len(",\n") * MAX_FILE_POINTS
"""The size of the parts of a file that has more than MAX_FILE_POINTS points. A part has no more,
because this is the shortest line of a point.
"""


def points(file: Content, wanted: Columns) -> Iterator[FileColumns]:
    """Yield the chosen columns of a file, at most MAX_FILE_POINTS points at a time. Raises
    RuleError and MemoryError.
    """
    form = form_of(file)
    whole: FileColumns | None = None
    try:
        whole = _points(file, form, file, form, wanted)
    except RuleError as error:
        if error.code != "too_many_points":
            raise
    # outside of `except`, which would keep the points that were read before the error
    if whole is None:
        yield from in_parts(file, form, wanted)
    else:
        yield whole


def in_parts(file: Content, form: Form, wanted: Columns) -> Iterator[FileColumns]:
    """Yield the chosen columns of the parts of a file that has this form. Raises RuleError and
    MemoryError.
    """
    start, line = form.start, form.line
    head = file[: start + end_of_lines(file[start:HEAD_BYTES])]
    while start < len(file):
        part = file[start : start + PART_BYTES]
        if start + PART_BYTES < len(file):
            part = part[: end_of_lines(part)]
        if not part:
            raise RuleError("malformed_file", uncut(line))
        if part.strip():
            yield _points(part, replace(form, start=0, line=line), head, form, wanted)
        start, line = start + len(part), line + part.count(b"\n")


def points_of_part(content: Content, extract: Extract, wanted: Columns) -> FileColumns:
    """Return the chosen columns of a part of a file, in which the beginning of the file says how
    the columns are read. Raises RuleError, and MemoryError.
    """
    head = form = form_of(extract.head)
    if extract.line > 1:
        form = replace(head, start=0, line=extract.line)
    if content[form.start :].strip():
        return _points(content, form, extract.head, head, wanted)
    indices = chosen(wanted, form.names, form.width)
    none = {field: FileColumn.of(str(index + 1), np.empty(0)) for field, index in indices.items()}
    return FileColumns(none, row_place)


def _points(
    file: Content, form: Form, head: Content, form_of_head: Form, wanted: Columns
) -> FileColumns:
    """Return the chosen columns of a file or a part of one, which has this form. The head shows
    whether t are time stamps.
    """
    indices = chosen(wanted, form.names, form.width)
    names = form.names or [str(number) for number in range(1, form.width + 1)]
    place = partial(place_of, file, form)
    t = indices.pop("t")
    stamped = t not in indices.values() and has_stamps(head, form_of_head, t)
    numeric = {index: Named(field, names[index]) for field, index in indices.items()}
    if not stamped:
        numeric[t] = Named("t", names[t])
    table = valid_table(file, form, numeric, texts=[t] if stamped else [])
    check_grouping(head, form_of_head, numeric)
    columns = {
        index: FileColumn.of(named.name, floats(table[str(index)]))
        for index, named in numeric.items()
    }
    if any(columns[index].gaps.sum() > table[str(index)].null_count for index in numeric):
        raise fault(file, form, numeric)  # other spellings of nan, which Arrow reads
    if stamped:
        columns[t] = read_texts(names[t], table[str(t)], place)
    elif has_rounded(columns[t].values):
        columns[t] = exact(file, form, t) or columns[t]
    others = {field: columns[index] for field, index in indices.items()}
    return FileColumns({"t": columns[t], **others}, place)


def valid_table(
    file: Content, form: Form, numeric: Mapping[int, Named], texts: Sequence[int]
) -> pa.Table:
    """Return columns of numbers and columns of text as a table, by their indices. Raises RuleError
    if a cell has no number.
    """
    try:
        types = dict.fromkeys(numeric, FLOATS) | dict.fromkeys(texts, TEXTS)
        return parsed(file, form, types)
    except pa.ArrowInvalid as error:
        raise fault(file, form, numeric) from error


def has_stamps(file: Content, form: Form, index: int) -> bool:
    """Return whether a column has time stamps: whether its first value is one."""
    try:
        rows = [row for _, row in islice(rows_of(file, form), SAMPLE_ROWS)]
    except csv.Error:  # a cell is too long
        return False
    cells = [row[index] for row in rows if len(row) == form.width]
    return is_stamp(next((cell.strip() for cell in cells if not is_missing(cell)), None))


def parsed(file: Content, form: Form, types: dict[int, pa.DataType]) -> pa.Table:
    """Return columns of a file as a table, by their indices. Raises RuleError if there are too many
    points, and ArrowInvalid.
    """
    named = {str(index): kind for index, kind in types.items()}
    quoted = file.find(b'"') >= 0
    with arrow_csv.open_csv(
        pa.BufferReader(pa.py_buffer(file).slice(form.start)),
        arrow_csv.ReadOptions(
            use_threads=False,
            block_size=BLOCK_BYTES,
            column_names=[str(index) for index in range(form.width)],
        ),
        arrow_csv.ParseOptions(delimiter=form.delimiter, newlines_in_values=quoted),
        arrow_csv.ConvertOptions(
            column_types=named,
            include_columns=[*named],
            null_values=MISSING,
            strings_can_be_null=True,
            decimal_point=form.decimal_point,
        ),
    ) as reader:
        batches, total = [], 0
        for batch in reader:
            total += batch.num_rows
            if total > MAX_FILE_POINTS:
                message = f"At most {MAX_FILE_POINTS} points can be read at once"
                raise RuleError("too_many_points", message, limit=MAX_FILE_POINTS)
            batches.append(batch)
        return pa.Table.from_batches(batches, reader.schema)


def has_rounded(values: Times) -> bool:
    """Return whether numbers may be integers that float64 has rounded."""
    if not len(values):
        return False
    low, high = ends(values)
    return ROUNDED_FROM <= max(-low, high) <= EXACT_BELOW


def exact(file: Content, form: Form, index: int) -> FileColumn | None:
    """Return a column of integers with all digits, or None if not all numbers are such integers."""
    try:
        column = parsed(file, form, {index: INTEGERS})[str(index)]
    except pa.ArrowInvalid:
        return None
    values = column.fill_null(0).to_numpy()
    if np.abs(values).max() >= EXACT_BELOW:
        return None
    name = form.names[index] if form.names else str(index + 1)
    return FileColumn(name, values, column.is_null().to_numpy())


def fault(file: Content, form: Form, columns: Mapping[int, Named]) -> RuleError:
    """Return the first fault of a file that cannot be read, given its columns of numbers."""
    line = 0
    try:
        for line, row in rows_of(file, form):
            if len(row) != form.width:
                message = (
                    f"Line {line} has {columns_in_words(len(row))}, and the first has {form.width}"
                )
                return RuleError("malformed_file", message)
            for index, named in columns.items():
                cell = row[index]
                if not is_missing(cell) and not is_number(cell, form.decimal_point):
                    where = f"line {line}, column `{named.name}`"
                    return no_number(cell, where, form.delimiter, pointer_of(named.field))
    except csv.Error as error:
        return RuleError("malformed_file", f"The file is not valid CSV: {error}")
    if not line and not file[form.start :].strip():
        return RuleError("malformed_file", "The file has no points")
    message = f"The file is not valid CSV, or has a line of more than {BLOCK_BYTES} bytes"
    return RuleError("malformed_file", message)


def columns_in_words(columns: int) -> str:
    """Return a number of columns in words."""
    return "1 column" if columns == 1 else f"{columns} columns"


def place_of(file: Content, form: Form, index: int) -> str:
    """Return the name of the place of a row, given its index: its line, if this can be found."""
    try:
        for line, _ in islice(rows_of(file, form), index, None):
            return f"line {line}"
    except csv.Error:  # a cell is too long
        pass
    return row_place(index)
