"""Tables whose rows are points: files of Arrow, Parquet and CSV."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from service.descent.methods.option import RuleError
from service.descent.points.file import FileColumns, check_total
from service.descent.questions.file import Columns
from service.descent.questions.table import Extract, FileKind
from service.worker import delimited
from service.worker.columns import chosen, row_place
from service.worker.numeric import check_numeric, numeric
from service.worker.temporal import check_zone, is_temporal, nanoseconds

MOST_TEXT, MOST_PARTS = 16 * 1024 * 1024, 100_000
"""The maximum length of a text, and of a list, in the metadata of a file of Parquet."""
BATCH_ROWS = 64 * 1024


def points(file: bytes, kind: FileKind, wanted: Columns) -> FileColumns:
    """Return the chosen columns of a file of this kind. Raises RuleError and MemoryError."""
    try:
        return READERS[kind](file, wanted)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise RuleError("malformed_file", INVALID[kind]) from error


def read_part(content: bytes, extract: Extract, wanted: Columns) -> FileColumns:
    """Return the chosen columns of a part of a file of CSV. Raises RuleError and MemoryError."""
    try:
        return delimited.points_of_part(content, extract, wanted)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise RuleError("malformed_file", INVALID["csv"]) from error


def arrow_stream(file: bytes, wanted: Columns) -> FileColumns:
    """Return the chosen columns of a stream of Arrow. Raises RuleError and MemoryError."""
    with pa.ipc.open_stream(file) as stream:
        schema = stream.schema
    indices = checked(schema, wanted)
    with pa.ipc.open_stream(file, options=only(indices)) as stream:
        return of_batches(schema, indices, stream)


def arrow_file(file: bytes, wanted: Columns) -> FileColumns:
    """Return the chosen columns of a file of Arrow. Raises RuleError and MemoryError."""
    with pa.ipc.open_file(file) as table:
        schema = table.schema
    indices = checked(schema, wanted)
    with pa.ipc.open_file(file, options=only(indices)) as table:
        batches = (table.get_batch(number) for number in range(table.num_record_batches))
        return of_batches(schema, indices, batches)


def only(indices: dict[str, int]) -> pa.ipc.IpcReadOptions:
    """Return the options to read only these columns."""
    return pa.ipc.IpcReadOptions(included_fields=sorted({*indices.values()}), use_threads=False)


def parquet(file: bytes, wanted: Columns) -> FileColumns:
    """Return the chosen columns of a file of Parquet. The metadata has the number of points, which
    bounds their size before they are decompressed. Metadata of damaged columns would end the
    process, so the columns themselves are only read. Raises RuleError and MemoryError.
    """
    source = pa.BufferReader(file)
    with pq.ParquetFile(
        source, thrift_string_size_limit=MOST_TEXT, thrift_container_size_limit=MOST_PARTS
    ) as table:
        check_total(table.metadata.num_rows)
        schema = table.schema_arrow
        indices = checked(schema, wanted)
        names = [schema.names[index] for index in sorted({*indices.values()})]
        check_single(names, schema.names)
        batches = table.iter_batches(BATCH_ROWS, columns=names, use_threads=False)
        # a column `y.error` is read together with `y`, as if it were a part of it
        return of_batches(schema, indices, (batch.select(names) for batch in batches))


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
) -> FileColumns:
    """Return the columns with these indices in a schema. The batches have only these columns, in
    the order of the schema. Raises RuleError if there are too many points.
    """
    read = sorted({*indices.values()})
    valid = [*validated(batches)]
    columns = {}
    for field, index in indices.items():
        described, place = schema.field(index), read.index(index)
        column = pa.chunked_array([batch.column(place) for batch in valid], described.type)
        if is_temporal(described.type):
            columns[field] = nanoseconds(described.name, column)
        else:
            columns[field] = numeric(described.name, column, exact=field == "t")
    return FileColumns(columns, row_place)


def validated(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield valid batches. A file can lie about its buffers, and then reading crashes.

    Raises RuleError if there are too many points, or if a batch cannot be read, and MemoryError.
    """
    valid = 0
    try:
        for batch in batches:
            check_total(valid + batch.num_rows)
            batch.validate(full=True)
            valid += batch.num_rows
            yield batch
    except MemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        message = f"The file is damaged or incomplete: it cannot be read from row {valid + 1} on"
        raise RuleError("malformed_file", message) from error


READERS: Mapping[FileKind, Callable[[bytes, Columns], FileColumns]] = {
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
