"""Files of series and of points, as clients write them."""

from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import ArrayLike

T = [0.0, 1.0, 2.0, 3.0, 4.0]
Y = [9.1, 4.2, 1.8, 2.3, 5.1]
NPY = {"Content-Type": "application/x-npy"}
ARROW = {"Content-Type": "application/vnd.apache.arrow.stream"}


def npy(array: ArrayLike, **options: Any) -> bytes:
    """Return an array as a file of NPY."""
    file = BytesIO()
    np.save(file, np.asarray(array), **options)
    return file.getvalue()


def from_npy(file: bytes) -> np.ndarray[Any, Any]:
    """Return the array of a file of NPY."""
    array: np.ndarray[Any, Any] = np.load(BytesIO(file))
    return array


def arrow(columns: Any, max_chunksize: int | None = None) -> bytes:
    """Return columns, or a table, as a stream of Arrow."""
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table, max_chunksize)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def arrow_file(columns: Any) -> bytes:
    """Return columns, or a table, as a file of Arrow."""
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as file:
        file.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def parquet(columns: Any, **options: Any) -> bytes:
    """Return columns, or a table, as a file of Parquet."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, **options)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def from_arrow(file: bytes) -> Any:
    """Return the table of a stream of Arrow."""
    return pa.ipc.open_stream(file).read_all()
