"""Files of Arrow: tables in the streaming format."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.descent.answers.series import Series
from service.descent.methods.option import RuleError
from service.descent.questions.table import Lists, Table
from service.pool.memory import Content
from service.worker.numeric import FLOATS, floats

LISTS = (pa.ListType, pa.LargeListType, pa.FixedSizeListType)
COLUMNS = ("series", "id", "t", "y")
"""The columns of a table that are read."""


def read(file: Content) -> Table:
    """Return the series of a file. With a column `series`, each row is a point. Otherwise each row
    is a series, whose `t` and `y` are lists.

    Raises RuleError if the file is not such a table, and MemoryError.
    """
    try:
        with pa.ipc.open_stream(pa.py_buffer(file)) as stream:
            check(stream.schema)
            table = stream.read_all()
        table.validate(full=True)  # a file can lie about its buffers, and then reading crashes
        if "series" in table.column_names:
            return of_points(table)
        return of_series(table)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        message = "The file is not a valid stream of Arrow"
        raise RuleError("malformed_file", message) from error


def check(schema: pa.Schema) -> None:
    """Check that a table has the columns of points or of series. Raises RuleError."""
    for name in COLUMNS:
        if schema.names.count(name) > 1:
            raise RuleError("malformed_file", f"The table has several columns `{name}`: send one")
    long = "series" in schema.names
    name = "series" if long else "id"
    if name in schema.names and pa.types.is_nested(schema.field(name).type):
        raise RuleError("malformed_file", f"The column `{name}` must have strings or numbers")
    for name in ("t", "y"):
        if name not in schema.names:
            raise RuleError("malformed_file", f"The table must have a column `{name}`")
        kind, what = schema.field(name).type, "numbers"
        if not long:
            what = "lists of numbers, unless there is a column `series`"
            kind = kind.value_type if isinstance(kind, LISTS) else None
        if kind is None or not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
            raise RuleError("malformed_file", f"The column `{name}` must have {what}")


def of_points(table: pa.Table) -> Table:
    """Return the series of a table whose rows are points. The order of the points is kept."""
    names = pc.dictionary_encode(strings(table["series"]), null_encoding="encode")
    names = names.combine_chunks() if names.num_chunks != 1 else names.chunk(0)
    row_of = names.indices.to_numpy()
    order = np.argsort(row_of, kind="stable")
    lengths = np.bincount(row_of, minlength=len(names.dictionary))
    t, y = (
        Lists(floats(table[name])[order].data, lengths.astype(np.int64).data) for name in ("t", "y")
    )
    return Table(t, y, tuple(names.dictionary.to_pylist()))


def of_series(table: pa.Table) -> Table:
    """Return the series of a table whose rows are series."""
    ids = None
    if "id" in table.column_names:
        ids = tuple(strings(table["id"]).to_pylist())
    return Table(lists(table["t"]), lists(table["y"]), ids)


def strings(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return names as strings: empty where one is missing."""
    return column.cast(pa.large_string()).fill_null("")


def lists(column: pa.ChunkedArray) -> Lists:
    """Return a column of lists. A list that is missing is empty."""
    lengths = pc.list_value_length(column).fill_null(0).cast(pa.int64())
    return Lists(floats(pc.list_flatten(column)).data, lengths.to_numpy().data)


def write(series: Series, settings: bytes) -> bytes:
    """Return a table with a row for each series. Its metadata has the JSON of the settings."""
    columns = {
        "id": pa.array(series.ids, pa.string()),
        **{name: pa.array(column, FLOATS) for name, column in series.params.items()},
        "loss": pa.array(series.loss, FLOATS),
        "optimum": pa.array(series.optimum, FLOATS),
        "r2": pa.array(series.r2, FLOATS),
        "converged": pa.array(series.converged, pa.bool_()),
        "rate": pa.array(series.rate, pa.string()),
        "reach": pa.array(series.reach, pa.string()),
        "steps_needed": pa.array(series.steps_needed, pa.int64()),
    }
    if series.predictions_at:
        rows = np.array(series.predictions_at, dtype=float).T
        values = pa.array(rows.reshape(-1), from_pandas=True)  # NaN becomes null
        columns["predictions_at"] = pa.FixedSizeListArray.from_arrays(values, rows.shape[1])
    if series.losses is not None:
        columns["losses"] = pa.array(series.losses, pa.list_(FLOATS))
    if series.messages is not None:
        columns["message_en"] = pa.array(series.messages.en, pa.string())
        columns["message_ko"] = pa.array(series.messages.ko, pa.string())
    codes: list[str | None] = [None] * len(series.ids)
    details = codes.copy()
    for problem in series.problems:
        codes[problem.row], details[problem.row] = problem.code, problem.detail
    columns["code"] = pa.array(codes, pa.string())
    columns["detail"] = pa.array(details, pa.string())
    table = pa.table(columns, metadata={"settings": settings})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content
