"""Files of CSV: text in columns, separated by commas, semicolons or tabs."""

import csv
import re
from collections.abc import Iterator, Sequence
from functools import partial
from io import BytesIO, StringIO, TextIOWrapper
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from service.descent.arrays import Times
from service.descent.methods.option import EXACT_BELOW, ROUNDED_FROM, RuleError
from service.descent.points.file import FileColumn, FileColumns, check_total, ends
from service.descent.questions.file import Columns
from service.descent.readonly import readonly
from service.worker.columns import chosen, row_place
from service.worker.numeric import FLOATS, INTEGERS, floats

BOM = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = "\t;,"
"""The delimiters of columns. The first that gives all lines the same number of columns counts."""
WORDS = ("", "NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL", "None")
MISSING = (*WORDS, *(f" {word}" for word in WORDS))
"""The cells that are missing values."""
NUMBER = re.compile(
    r"[ \t]*[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|inf|infinity)[ \t]*", re.IGNORECASE
)
WITH_COMMA = re.compile(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*")
"""A number with a decimal comma."""
GROUPED = re.compile(r"\s*[+-]?\d{1,3}([ .,'\u2019\u00a0\u202f]\d{3})+([.,]\d*)?\s*")
"""A number with thousands separators."""
SAMPLE_BYTES, SAMPLE_ROWS = 64 * 1024, 1000
"""The size of the beginning of a file that shows its form."""
BLOCK_BYTES = 1024 * 1024
"""The size of the parts that are read one after the other, and so the longest line."""
MOST_SHOWN = 40
"""The maximum length of a cell in a message, in characters."""


@readonly
class Form:
    """The form of a file: its delimiter and decimal point, the names of its columns, if it has a
    header, and their number. The first row of numbers begins `start` bytes after the beginning, in
    this `line`, from 1.
    """

    delimiter: str
    decimal_point: str
    names: Sequence[str] | None
    width: int
    start: int
    line: int


def points(file: bytes, wanted: Columns) -> FileColumns:
    """Return the chosen columns of a file. Raises RuleError, and MemoryError."""
    form = form_of(file)
    indices = chosen(wanted, form.names, form.width)
    names = form.names or [str(number) for number in range(1, form.width + 1)]
    try:
        table = read(file, form, dict.fromkeys(indices.values(), FLOATS))
    except pa.ArrowInvalid as error:
        raise fault(file, form, {index: names[index] for index in indices.values()}) from error
    columns = {
        field: FileColumn.of(names[index], floats(table[str(index)]))
        for field, index in indices.items()
    }
    if has_rounded(columns["t"].values):
        columns["t"] = exact(file, form, indices["t"]) or columns["t"]
    return FileColumns(columns, partial(place_of, file, form))


def form_of(file: bytes) -> Form:
    """Return the form of a file, which its first lines show. Raises RuleError."""
    if file.startswith(UTF_16):
        raise RuleError("malformed_file", "The file is in UTF-16: save it as CSV in UTF-8")
    begin = len(BOM) if file.startswith(BOM) else 0
    head = file[begin : begin + SAMPLE_BYTES]
    if not head.strip():
        raise RuleError("malformed_file", "The file is empty")
    # Latin-1 has a character for each byte, so that lengths are numbers of bytes.
    lines = [*StringIO(head.decode("latin-1"), newline="")]
    if len(file) - begin > SAMPLE_BYTES:
        lines.pop()
    samples = {each: [*sampled(lines, each)] for each in DELIMITERS}
    delimiter = delimiter_of(samples)
    rows = samples[delimiter]
    cells = [cell for _, row in rows[1:] or rows for cell in row]
    decimal_point = "."
    if delimiter != "," and any(map(WITH_COMMA.fullmatch, cells)):
        decimal_point = ","
    last, first = rows[0]
    if any(is_number(cell, decimal_point) for cell in first) or all(map(is_missing, first)):
        return Form(delimiter, decimal_point, None, len(first), begin, 1)
    names = [decoded(cell).strip() for cell in first]
    start = begin + sum(map(len, lines[:last]))
    return Form(delimiter, decimal_point, names, len(first), start, last + 1)


def sampled(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the first rows that are not empty, each with the number of lines up to its end."""
    reader = csv.reader(lines, delimiter=delimiter)
    for row in reader:
        if row:
            yield reader.line_num, row
        if reader.line_num >= SAMPLE_ROWS:
            return


def delimiter_of(samples: dict[str, list[tuple[int, list[str]]]]) -> str:
    """Return the delimiter of a file, given its first rows by each delimiter. Raises RuleError."""
    several = [each for each in samples if samples[each] and len(samples[each][0][1]) > 1]
    for delimiter in several:
        if len({len(row) for _, row in samples[delimiter]}) == 1:
            return delimiter
    if several:
        return several[0]
    if not samples[","]:
        message = f"The first line has more than {SAMPLE_BYTES} bytes"
        raise RuleError("malformed_file", message)
    message = "The first line has one column: separate columns by commas, semicolons or tabs"
    raise RuleError("malformed_file", message)


def read(file: bytes, form: Form, types: dict[int, pa.DataType]) -> pa.Table:
    """Return columns of a file as a table, by their indices. Raises RuleError if there are too many
    points, and ArrowInvalid.
    """
    named = {str(index): kind for index, kind in types.items()}
    with pc.open_csv(
        pa.BufferReader(pa.py_buffer(file).slice(form.start)),
        pc.ReadOptions(
            use_threads=False,
            block_size=BLOCK_BYTES,
            column_names=[str(index) for index in range(form.width)],
        ),
        pc.ParseOptions(delimiter=form.delimiter, newlines_in_values=True),
        pc.ConvertOptions(
            column_types=named,
            include_columns=[*named],
            null_values=MISSING,
            decimal_point=form.decimal_point,
        ),
    ) as reader:
        batches, total = [], 0
        for batch in reader:
            total += batch.num_rows
            check_total(total)
            batches.append(batch)
        return pa.Table.from_batches(batches, reader.schema)


def has_rounded(values: Times) -> bool:
    """Return whether numbers may be integers that float64 has rounded."""
    if not len(values):
        return False
    low, high = ends(values)
    return ROUNDED_FROM <= max(-low, high) <= EXACT_BELOW


def exact(file: bytes, form: Form, index: int) -> FileColumn | None:
    """Return a column of integers with all digits, or None if not all numbers are such integers."""
    try:
        column = read(file, form, {index: INTEGERS})[str(index)]
    except pa.ArrowInvalid:
        return None
    values = column.fill_null(0).to_numpy()
    if np.abs(values).max() >= EXACT_BELOW:
        return None
    name = form.names[index] if form.names else str(index + 1)
    return FileColumn(name, values, column.is_null().to_numpy())


def fault(file: bytes, form: Form, names: dict[int, str]) -> RuleError:
    """Return the first fault of a file that cannot be read, given the names of its columns."""
    line = 0
    try:
        for line, row in rows_of(file, form):
            if len(row) != form.width:
                message = f"Line {line} has {counted(len(row))}, and the first has {form.width}"
                return RuleError("malformed_file", message)
            for index, name in names.items():
                if not is_missing(row[index]) and not is_number(row[index], form.decimal_point):
                    return no_number(row[index], f"line {line}, column `{name}`", form)
    except csv.Error as error:
        return RuleError("malformed_file", f"The file is not valid CSV: {error}")
    if not line:
        return RuleError("malformed_file", "The file has no points")
    message = f"The file is not valid CSV, or has a line of more than {BLOCK_BYTES} bytes"
    return RuleError("malformed_file", message)


def counted(columns: int) -> str:
    """Return a number of columns in words."""
    return "1 column" if columns == 1 else f"{columns} columns"


def no_number(cell: str, place: str, form: Form) -> RuleError:
    """Return the fault of a cell that has no number."""
    text = decoded(cell)
    advice = ""
    if GROUPED.fullmatch(text):
        advice = ": write numbers without thousands separators"
    elif form.delimiter != "," and (WITH_COMMA.fullmatch(text) or NUMBER.fullmatch(text)):
        advice = ": write all numbers with the same decimal point"
    elif WITH_COMMA.fullmatch(text):
        advice = ": a decimal comma needs semicolons or tabs between the columns"
    message = f"`{text[:MOST_SHOWN]}` in {place} is not a number{advice}"
    return RuleError("malformed_file", message)


def place_of(file: bytes, form: Form, index: int) -> str:
    """Return the name of the place of a row, given its index: its line, if this can be found."""
    try:
        for line, _ in islice(rows_of(file, form), index, None):
            return f"line {line}"
    except csv.Error:  # a cell is too long
        pass
    return row_place(index)


def rows_of(file: bytes, form: Form) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows below the header that are not empty, each with its line, from 1."""
    source = BytesIO(file)
    source.seek(form.start)
    reader = csv.reader(
        TextIOWrapper(source, encoding="latin-1", newline=""), delimiter=form.delimiter
    )
    line = form.line
    for row in reader:
        if row:
            yield line, row
        line = form.line + reader.line_num


def is_missing(cell: str) -> bool:
    """Return whether a cell has no value."""
    return cell in MISSING


def is_number(cell: str, decimal_point: str) -> bool:
    """Return whether a cell has a number."""
    if decimal_point == ",":
        cell = cell.translate({ord(","): ".", ord("."): ","})
    return NUMBER.fullmatch(cell) is not None


def decoded(cell: str) -> str:
    """Return the text of a cell that was read as Latin-1."""
    return cell.encode("latin-1").decode(errors="replace")
