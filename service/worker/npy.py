"""Files of NPY: the format of numpy for one array."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from io import BytesIO
from math import prod
from struct import Struct
from typing import Literal

import numpy as np

from service.descent.answers.series import Series
from service.descent.arrays import Array
from service.descent.methods.bounds import MAX_FILE_POINTS
from service.descent.methods.option import RuleError
from service.descent.points.file import FileColumn, FileColumns
from service.descent.questions.file import Columns
from service.descent.questions.points import Buffer
from service.descent.questions.table import Lists, Table
from service.pool.memory import Content
from service.worker.columns import chosen, row_place

MAGIC = b"\x93NUMPY"
LENGTHS = {b"\x01": Struct("<H"), b"\x02": Struct("<I"), b"\x03": Struct("<I")}
"""The form of the length of the head, by the version of the format."""
FLOAT64 = re.compile(rb"""["']descr["'] *: *["']<f8["']""")
ORDER = re.compile(rb"""["']fortran_order["'] *: *(False|True)""")
SHAPE = re.compile(rb"""["']shape["'] *: *\( *([1-9]\d{0,17}(?: *, *[1-9]\d{0,17}){0,2}) *,? *\)""")
"""At most three lengths. None is 0, because numpy cannot make every empty array."""
ORDERS: Mapping[bytes, Literal["C", "F"]] = {b"False": "C", b"True": "F"}
NO_ARRAY = "The file is not an array in NPY format"
WRONG_SHAPE = (
    "The array must have the shape (series, points) or (series, 2, points), and not be empty"
)
NO_POINTS = "The array must have the shape (points, columns), with at least two columns"


def read(file: Content, t: Buffer | None) -> Table:
    """Return the series of a file: the y of each, with the t that all share, or t and y of each.

    Raises RuleError.
    """
    array = content(file, WRONG_SHAPE)
    if array.ndim == 3 and array.shape[1] == 2 and t is None:
        return Table(lists(array[:, 0]), lists(array[:, 1]))
    if array.ndim == 3 and array.shape[1] == 2:
        raise RuleError("conflicting_fields", "The file has the t of each series: leave `t` out")
    if array.ndim != 2:
        raise RuleError("malformed_file", WRONG_SHAPE)
    if t is None:
        raise RuleError("missing_field", "The file has only the y of each series: give `t`")
    if len(np.frombuffer(t)) != array.shape[1]:
        message = f"`t` has {len(np.frombuffer(t))} values, and a row {array.shape[1]}"
        raise RuleError("length_mismatch", message)
    return Table(t, lists(array))


def points(file: Content, wanted: Columns) -> Iterator[FileColumns]:
    """Yield the columns of a file whose rows are points, at most MAX_FILE_POINTS points at a time.
    The last of three columns has the weights if the first two are t and y, unless `weights` or
    `sigma` is chosen. Raises RuleError.
    """
    array = content(file, NO_POINTS)
    if array.ndim != 2:
        raise RuleError("malformed_file", NO_POINTS)
    width = array.shape[1]
    unweighted = wanted.weights is None and wanted.sigma is None
    if width == 3 and unweighted and {wanted.t or 1, wanted.y or 2} == {1, 2}:
        wanted = replace(wanted, weights=3)
    indices = chosen(wanted, None, width)
    for first in range(0, len(array), MAX_FILE_POINTS):
        rows = array[first : first + MAX_FILE_POINTS]
        columns = {
            field: FileColumn.of(str(index + 1), rows[:, index]) for field, index in indices.items()
        }
        yield FileColumns(columns, partial(row_place, first=first))


def content(file: Content, wrong_shape: str) -> Array:
    """Return the array of a file, without a copy of its numbers. `wrong_shape` says which shape the
    array must have.

    Raises RuleError if the file is not one array of float64.
    """
    head, numbers = parts(file)
    if not FLOAT64.search(head):
        raise RuleError("malformed_file", "The array must have the type float64, little-endian")
    order, shape = ORDER.search(head), SHAPE.search(head)
    if order is None:
        raise RuleError("malformed_file", NO_ARRAY)
    if shape is None:
        raise RuleError("malformed_file", wrong_shape)
    lengths = [int(length) for length in shape[1].split(b",")]
    if 8 * prod(lengths) != len(numbers):
        message = f"The shape takes {8 * prod(lengths)} bytes, and the file has {len(numbers)}"
        raise RuleError("malformed_file", message)
    array: Array = np.frombuffer(numbers).reshape(lengths, order=ORDERS[order[1]])
    return array


def parts(file: Content) -> tuple[bytes, memoryview]:
    """Return the head of a file, a dict of Python as text, and its numbers. numpy would evaluate
    the text, which takes more than the forms that are written. Raises RuleError.
    """
    length = LENGTHS.get(file[6:7])
    if file[: len(MAGIC)] != MAGIC or length is None or len(file) < 8 + length.size:
        raise RuleError("malformed_file", NO_ARRAY)
    begin = 8 + length.size
    (size,) = length.unpack_from(file, 8)
    return file[begin : begin + size], memoryview(file)[begin + size :]


def lists(rows: Array) -> Lists:
    """Return the rows of an array."""
    lengths = np.full(len(rows), rows.shape[1], np.int64)
    return Lists(np.ascontiguousarray(rows).reshape(-1).data, lengths.data)


def write(series: Series) -> bytes:
    """Return the numbers of all series, with a row for each and NaN for null. The columns are those
    of `SeriesChoices.number_columns`.
    """
    columns = [
        *series.params.values(),
        series.loss,
        series.optimum,
        series.r2,
        series.converged,
        series.steps_needed,
        *(series.predictions_at or ()),
    ]
    file = BytesIO()
    np.save(file, np.array(columns, dtype=float).T, allow_pickle=False)
    return file.getvalue()
