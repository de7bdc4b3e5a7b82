"""The form of a file of CSV, which its first lines show, and its rows."""

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO, TextIOWrapper
from itertools import islice

import pyarrow as pa

from service.descent.methods.bounds import MAX_FILE_POINTS
from service.descent.methods.option import RuleError
from service.descent.methods.stamps import is_stamp
from service.descent.readonly import readonly
from service.pool.memory import Content
from service.worker.cells import WITH_COMMA, decoded, is_missing, is_number

BOM = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = "\t;,"
"""The delimiters of columns. The first that gives all lines the same number of columns counts."""
DECLARED = re.compile(rb"sep=([\t;,|])\r?\n", re.IGNORECASE)
"""A first line for Excel, which names the delimiter."""
SAMPLE_BYTES, SAMPLE_ROWS = 64 * 1024, 1000
"""The size of the beginning of a file that shows its form."""

MOST_LINES = 2 * MAX_FILE_POINTS
"""The maximum number of lines in which a fault is looked for. More, which are mostly empty, would
take too long.
"""


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


def form_of(file: Content) -> Form:
    """Return the form of a file, which its first lines show. Raises RuleError."""
    if file[:2] in UTF_16:
        raise RuleError("malformed_file", "The file is in UTF-16: save it as CSV in UTF-8")
    begin, line, delimiters = len(BOM) if file[: len(BOM)] == BOM else 0, 1, DELIMITERS
    if declared := DECLARED.match(file, begin):
        begin, line, delimiters = declared.end(), 2, declared[1].decode()
    head = file[begin : begin + SAMPLE_BYTES]
    if not head.strip():
        raise RuleError("malformed_file", "The file is empty")
    # Latin-1 has a character for each byte, so that lengths are numbers of bytes.
    lines = [*StringIO(head.decode("latin-1"), newline="")]
    if len(file) - begin > SAMPLE_BYTES:
        lines.pop()
    samples = {each: [*sampled(lines, each)] for each in delimiters}
    delimiter = delimiter_of(samples)
    rows = samples[delimiter]
    cells = [cell for _, row in rows[1:] or rows for cell in row]
    decimal_point = "."
    if delimiter != "," and any(map(WITH_COMMA.fullmatch, cells)):
        decimal_point = ","
    # spreadsheets write empty rows as rows of empty cells
    last, first = next((row for row in rows if not all(map(is_missing, row[1]))), rows[0])
    if not is_header(first, decimal_point):
        return Form(delimiter, decimal_point, None, len(first), begin, line)
    names = [decoded(cell).strip() for cell in first]
    start = begin + sum(map(len, lines[:last]))
    return Form(delimiter, decimal_point, names, len(first), start, line + last)


def is_header(row: list[str], decimal_point: str) -> bool:
    """Return whether a first row has the names of the columns: text, or the numbers with which
    pandas names columns without names, below an empty cell.
    """
    if row == ["", *map(str, range(len(row) - 1))]:
        return True
    return not (
        all(map(is_missing, row))
        or any(is_number(cell, decimal_point) or is_stamp(cell) for cell in row)
    )


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
    if not any(samples.values()):
        message = f"The first line has more than {SAMPLE_BYTES} bytes"
        raise RuleError("malformed_file", message)
    message = "The first line has one column: separate columns by commas, semicolons or tabs"
    raise RuleError("malformed_file", message)


def rows_of(file: Content, form: Form) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows below the header that are not empty, each with its line, from 1, as far as
    `MOST_LINES`.
    """
    source = pa.BufferReader(pa.py_buffer(file).slice(form.start))
    lines = islice(TextIOWrapper(source, encoding="latin-1", newline=""), MOST_LINES)
    reader = csv.reader(lines, delimiter=form.delimiter)
    line = form.line
    for row in reader:
        if row:
            yield line, row
        line = form.line + reader.line_num
