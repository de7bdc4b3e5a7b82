"""Tables whose rows are points: files of Arrow, Parquet and CSV."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq

from service.descent.methods.bounds import MAX_FILE_POINTS
from service.descent.methods.option import RuleError
from service.descent.points.file import FileColumns
from service.descent.questions.file import Columns
from service.descent.questions.table import Extract, FileKind
from service.pool.memory import Content
from service.worker import delimited
from service.worker.columns import chosen, row_place
from service.worker.numeric import check_numeric, numeric
from service.worker.temporal import check_zone, is_temporal, nanoseconds

MOST_TEXT, MOST_PARTS = 16 * 1024 * 1024, 100_000
"""The maximum length of a text, and of a list, in the metadata of a file of Parquet."""
BATCH_ROWS = 64 * 1024


def points(file: Content, kind: FileKind, wanted: Columns) -> Iterator[FileColumns]:
    """Yield the chosen columns of a file of this kind, at most MAX_FILE_POINTS points at a time.
    Raises RuleError and MemoryError.
    """
    try:
        yield from READERS[kind](file, wanted)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise RuleError("malformed_file", INVALID[kind]) from error


def read_part(content: Content, extract: Extract, wanted: Columns) -> FileColumns:
    """Return the chosen columns of a part of a file of CSV. Raises RuleError and MemoryError."""
    try:
        return delimited.points_of_part(content, extract, wanted)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise RuleError("malformed_file", INVALID["csv"]) from error


def arrow_stream(file: Content, wanted: Columns) -> Iterator[FileColumns]:
    """Yield the chosen columns of a stream of Arrow. Raises RuleError and MemoryError."""
    source = pa.py_buffer(file)
    with pa.ipc.open_stream(source) as stream:
        schema = stream.schema
    indices = checked(schema, wanted)
    with pa.ipc.open_stream(source, options=only(indices)) as stream:
        yield from of_batches(schema, indices, stream)


def arrow_file(file: Content, wanted: Columns) -> Iterator[FileColumns]:
    """Yield the chosen columns of a file of Arrow. Raises RuleError and MemoryError."""
    source = pa.py_buffer(file)
    with pa.ipc.open_file(source) as table:
        schema = table.schema
    indices = checked(schema, wanted)
    with pa.ipc.open_file(source, options=only(indices)) as table:
        batches = (table.get_batch(number) for number in range(table.num_record_batches))
        yield from of_batches(schema, indices, batches)


def only(indices: dict[str, int]) -> pa.ipc.IpcReadOptions:
    """Return the options to read only these columns."""
    return pa.ipc.IpcReadOptions(included_fields=sorted({*indices.values()}), use_threads=False)


def parquet(file: Content, wanted: Columns) -> Iterator[FileColumns]:
    """Yield the chosen columns of a file of Parquet. Metadata of damaged columns would end the
    process, so the columns themselves are only read. Raises RuleError and MemoryError.
    """
    source = pa.BufferReader(file)
    with pq.ParquetFile(
        source, thrift_string_size_limit=MOST_TEXT, thrift_container_size_limit=MOST_PARTS
    ) as table:
        schema = table.schema_arrow
        indices = checked(schema, wanted)
        names = [schema.names[index] for index in sorted({*indices.values()})]
        check_single(names, schema.names)
        batches = table.iter_batches(BATCH_ROWS, columns=names, use_threads=False)
        # a column `y.error` is read together with `y`, as if it were a part of it
        chosen_only = (batch.select(names) for batch in batches)
        yield from of_batches(schema, indices, complete(chosen_only, table.metadata.num_rows))


def complete(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Yield batches that should have so many rows. Raises ArrowInvalid if they have fewer."""
    for batch in batches:
        rows -= batch.num_rows
        yield batch
    if rows > 0:
        raise pa.ArrowInvalid("The metadata has more rows than the file.")


def check_single(names: list[str], present: list[str]) -> None:
    """Check that no other column has one of these names, by which Parquet is read.

    Raises RuleError.
    """
    for name in names:
        if present.count(name) > 1:
            message = f"The file has several columns `{name}`: rename the others"
            raise RuleError("malformed_file", message)


def checked(schema: pa.Schema, wanted: Columns) -> dict[str, int]:
    """Return the index of the column of each field. Raises RuleError if one has neither numbers
    nor, for t, time stamps.
    """
    indices = chosen(wanted, schema.names, len(schema))
    for field, index in indices.items():
        described = schema.field(index)
        if field == "t" and is_temporal(described.type):
            check_zone(described)
        else:
            check_numeric(field, described)
    return indices


def of_batches(
    schema: pa.Schema, indices: dict[str, int], batches: Iterable[pa.RecordBatch]
) -> Iterator[FileColumns]:
    """Yield the columns with these indices in a schema. The batches have only these columns, in
    the order of the schema. Raises RuleError if a batch cannot be read or used, and MemoryError.
    """
    read = sorted({*indices.values()})
    first = 0
    for block in blocks(validated(batches)):
        place = partial(row_place, first=first)
        columns = {}
        for field, index in indices.items():
            described, at = schema.field(index), read.index(index)
            column = pa.chunked_array([batch.column(at) for batch in block], described.type)
            if is_temporal(described.type):
                columns[field] = nanoseconds(described.name, column, place)
            else:
                columns[field] = numeric(described.name, column, exact=field == "t")
        yield FileColumns(columns, place)
        first += sum(batch.num_rows for batch in block)


def blocks(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Yield the rows of batches, at most MAX_FILE_POINTS rows at a time."""
    block: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        for start in range(0, batch.num_rows, MAX_FILE_POINTS):
            part = batch.slice(start, MAX_FILE_POINTS)
            if rows + part.num_rows > MAX_FILE_POINTS:
                yield block
                block, rows = [], 0
            block.append(part)
            rows += part.num_rows
    yield block


def validated(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield valid batches. A file can lie about its buffers, and then reading crashes.

    Raises RuleError if a batch cannot be read, and MemoryError.
    """
    valid = 0
    try:
        for batch in batches:
            batch.validate(full=True)
            valid += batch.num_rows
            yield batch
    except MemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        message = f"The file is damaged or incomplete: it cannot be read from row {valid + 1} on"
        raise RuleError("malformed_file", message) from error


READERS: Mapping[FileKind, Callable[[Content, Columns], Iterator[FileColumns]]] = {
    "csv": delimited.points,
    "parquet": parquet,
    "arrow": arrow_stream,
    "arrow_file": arrow_file,
}
"""The functions that read the kinds of files."""
INVALID: Mapping[FileKind, str] = {
    "csv": "The file is not valid CSV",
    "parquet": "The file does not end like Parquet: it is incomplete, damaged or not Parquet",
    "arrow": "The file does not begin like a stream of Arrow: it is damaged or not Arrow",
    "arrow_file": "The file does not end like Arrow: it is incomplete, damaged or not Arrow",
}
"""The message about a file of each kind whose description of the columns cannot be read."""
