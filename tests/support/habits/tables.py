"""Files of Parquet, Arrow and NPY as programs write them."""

import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from service.descent.questions.file import Columns
from service.descent.questions.table import FileKind
from tests.support.habits.programs import FIRST_TWO, frame, polars_frame
from tests.support.habits.written import NAMED, Sample, Written, numbers, samples, stamps
from tests.support.tables import arrow, arrow_file, npy, parquet

WRITERS: dict[FileKind, Callable[[Any], bytes]] = {
    "arrow": arrow,
    "arrow_file": arrow_file,
    "parquet": parquet,
}
COMPRESSIONS = ("snappy", "gzip", "zstd", "lz4", "brotli", "none")


def tables(seed: int) -> list[Sample]:
    """Files with numbers that are drawn with this seed."""
    found = []
    for written in [*numbers(seed), *stamps(seed)]:
        table = pa.table(written.arrow())
        found += samples("pyarrow", "parquet", of_parquet(table), written)
        found += samples("pyarrow", "arrow", of_arrow(table, pa.ipc.new_stream), written)
        found += samples("pyarrow", "arrow_file", of_arrow(table, pa.ipc.new_file), written)
        found += of_frames(frame(written), polars_frame(written), written)
        for kind, write in WRITERS.items():
            found += samples("pyarrow", kind, of_columns(table, write), written)
    for written in numbers(seed):
        array = np.array(
            [
                [np.nan if each is None else each for each in column]
                for column in (written.t, written.y)
            ]
        ).T
        found += samples(
            "numpy",
            "npy",
            {"C": (npy(array), FIRST_TWO), "F": (npy(np.asfortranarray(array)), FIRST_TWO)},
            as_floats(written),
        )
    for written, table in typed(seed):
        for kind, write in WRITERS.items():
            found += samples("pyarrow", kind, {"types": (write(table), FIRST_TWO)}, written)
    return found


def as_floats(written: Written) -> Written:
    """The points with t in float64."""
    t = [None if each is None else float(each) for each in written.t]
    return Written(written.name, t, written.y)


def of_parquet(table: pa.Table) -> dict[str, tuple[bytes, Columns]]:
    """The options of `pyarrow.parquet.write_table`."""
    files = {each: parquet(table, compression=each) for each in COMPRESSIONS}
    files |= {
        "plain": parquet(table, use_dictionary=False),
        "row groups": parquet(table, row_group_size=3),
        "small pages": parquet(table, data_page_size=16, use_dictionary=False),
        "second pages": parquet(table, data_page_version="2.0"),
        "version 1": parquet(table, version="2.4"),
        "no statistics": parquet(table, write_statistics=False),
        "no schema": parquet(table, store_schema=False),
        "split bytes": parquet(
            table, use_dictionary=False, column_encoding={"y": "BYTE_STREAM_SPLIT"}
        ),
        "checksums": parquet(table, write_page_checksum=True),
        "metadata": parquet(table.replace_schema_metadata({"note": "x" * 100_000})),
    }
    return {name: (content, FIRST_TWO) for name, content in files.items()}


def of_arrow(table: pa.Table, new: Callable[..., Any]) -> dict[str, tuple[bytes, Columns]]:
    """The options of Arrow's stream and file."""
    (batch,) = table.to_batches()
    files = {
        "batches": as_ipc(new, table.schema, table.to_batches(max_chunksize=3)),
        "an empty batch": as_ipc(
            new, table.schema, [batch.slice(0, 0), batch, batch.slice(0, 0), batch.slice(0, 0)]
        ),
        "lz4": as_ipc(new, table.schema, table.to_batches(), compression="lz4"),
        "zstd": as_ipc(new, table.schema, table.to_batches(), compression="zstd"),
        "a slice": as_ipc(
            new, table.schema, pa.concat_tables([table, table]).slice(0, len(table)).to_batches()
        ),
        "version 4": as_ipc(
            new, table.schema, table.to_batches(), metadata_version=pa.ipc.MetadataVersion.V4
        ),
        "metadata": as_ipc(
            new,
            table.schema.with_metadata({"note": "x" * 100_000}),
            table.replace_schema_metadata({"note": "x" * 100_000}).to_batches(),
        ),
    }
    return {name: (content, FIRST_TWO) for name, content in files.items()}


def as_ipc(
    new: Callable[..., Any], schema: pa.Schema, batches: Sequence[pa.RecordBatch], **options: Any
) -> bytes:
    """Batches as a stream or a file of Arrow."""
    file = io.BytesIO()
    with new(file, schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return file.getvalue()


def of_frames(pandas: pd.DataFrame, polars: pl.DataFrame, written: Written) -> list[Sample]:
    """The files that frames write of themselves."""
    grouped = pandas.assign(
        kind=pd.Categorical(["a", "b"] * (len(pandas) // 2) + ["a"] * (len(pandas) % 2))
    )
    indexed = pandas.set_index(pd.Index([f"row {row}" for row in range(len(pandas))]))
    texts = polars.with_columns(text=pl.lit("a"), kind=pl.lit("b").cast(pl.Categorical))
    nested = polars.with_columns(list=pl.lit([1, 2]), struct=pl.struct("y", "t"))
    files: dict[tuple[str, FileKind], tuple[bytes, Columns]] = {
        ("pandas", "parquet"): (pandas.to_parquet(), FIRST_TWO),
        ("pandas, nullable", "parquet"): (pandas.convert_dtypes().to_parquet(), FIRST_TWO),
        ("pandas, categories", "parquet"): (grouped.to_parquet(), FIRST_TWO),
        ("pandas, index", "parquet"): (indexed.to_parquet(), FIRST_TWO),
        ("pandas, other order", "parquet"): (grouped[["kind", "y", "t"]].to_parquet(), NAMED),
        ("pandas", "arrow_file"): (with_file(pandas.to_feather), FIRST_TWO),
        ("polars", "parquet"): (with_file(polars.write_parquet), FIRST_TWO),
        ("polars, texts", "parquet"): (with_file(texts.write_parquet), FIRST_TWO),
        ("polars, nested", "parquet"): (with_file(nested.write_parquet), FIRST_TWO),
        ("polars, row groups", "parquet"): (
            with_file(partial(polars.write_parquet, row_group_size=4)),
            FIRST_TWO,
        ),
        ("polars", "arrow_file"): (with_file(polars.write_ipc), FIRST_TWO),
        ("polars, texts", "arrow_file"): (with_file(texts.write_ipc), FIRST_TWO),
        ("polars, zstd", "arrow_file"): (
            with_file(partial(nested.write_ipc, compression="zstd")),
            FIRST_TWO,
        ),
        ("polars", "arrow"): (with_file(polars.write_ipc_stream), FIRST_TWO),
        ("polars, nested", "arrow"): (with_file(nested.write_ipc_stream), FIRST_TWO),
    }
    return [
        Sample(f"{program}, {kind}, {written.name}", kind, content, written, columns)
        for (program, kind), (content, columns) in files.items()
    ]


def with_file(write: Callable[[Any], object]) -> bytes:
    """What a function writes to a file."""
    file = io.BytesIO()
    file.close = lambda: None  # type: ignore[method-assign]  # polars and pandas close it
    write(file)
    return file.getvalue()


def of_columns(table: pa.Table, write: Callable[[Any], bytes]) -> dict[str, tuple[bytes, Columns]]:
    """Tables that have other columns next to t and y, or these columns as dictionaries."""
    n, y = len(table), table["y"]
    # Parquet reads columns by names, of which these begin alike
    alike = {"y.error": y, "t.0": y, "t": table["t"], "y": y, "z": y}
    struct = pa.array([{"y": 1.0, "t": 2}] * n)
    nested = {
        "struct": struct,
        "list": pa.array([[1.0, 2.0]] * n),
        "map": pa.array([[("t", 1)]] * n, pa.map_(pa.string(), pa.int64())),
        "t": table["t"],
        "none": pa.nulls(n),
        "y": y,
    }
    files = {
        "alike": alike,
        "nested": nested,
        "dictionary": {"t": table["t"], "y": y.dictionary_encode()},
        "dictionaries": {
            "y": y.dictionary_encode(),
            "t": table["t"].dictionary_encode()
            if not pa.types.is_timestamp(table["t"].type)
            else table["t"],
        },
        "large texts": {"a": pa.array(["x" * 1000] * n), "y": y, "t": table["t"]},
        "chunks": {
            "t": pa.chunked_array([table["t"].chunk(0).slice(0, 2), table["t"].chunk(0).slice(2)]),
            "y": y,
        },
    }
    return {name: (write(columns), NAMED) for name, columns in files.items()}


def typed(seed: int) -> list[tuple[Written, pa.Table]]:
    """Tables of each type of numbers, with the points that they have."""
    chance = np.random.default_rng(seed)
    n = 20
    t, y = [*range(n)], chance.integers(0, 100, n).tolist()
    found = []
    for kind in (
        pa.int8(),
        pa.int16(),
        pa.int32(),
        pa.int64(),
        pa.uint8(),
        pa.uint16(),
        pa.uint32(),
        pa.uint64(),
        pa.float32(),
        pa.float64(),
    ):
        table = pa.table({"t": pa.array(t, kind), "y": pa.array(y, kind)})
        found.append((Written(f"{kind}", t, y), table))
    single = chance.normal(size=n).astype(np.float32)
    found.append((Written("float32 parts", t, single.tolist()), pa.table({"t": t, "y": single})))
    for digits, scale in ((9, 2), (18, 6), (38, 10), (76, 30)):
        cells = [Decimal(int(each)).scaleb(-scale) for each in chance.integers(-(10**8), 10**8, n)]
        make = pa.decimal256 if digits > 38 else pa.decimal128
        column = pa.array(cells, make(digits, scale))
        found.append(
            (
                Written(f"decimals of {digits}", t, [*map(float, cells)]),
                pa.table({"t": t, "y": column}),
            )
        )
        found.append(
            (
                Written(f"decimals of {digits} in t", [*map(float, cells)], y),
                pa.table({"t": column, "y": y}),
            )
        )
    big = [2**53 + 1 + 2 * each for each in t]
    wide = (pa.decimal128(20, 0), pa.decimal256(60, 0), pa.uint64())
    return found + [
        (Written(f"large {kind}", big, y), pa.table({"t": pa.array(big, kind), "y": y}))
        for kind in wide
    ]


def refused_tables(seed: int) -> list[tuple[str, FileKind, bytes]]:
    """Tables that must be refused: of other types, of too many points, cut or changed."""
    (written, *_) = numbers(seed)
    table = pa.table(written.arrow())
    found = []
    for kind, write in WRITERS.items():
        for name, column in wrong_types(len(table)).items():
            if kind != "parquet" or name not in NOT_IN_PARQUET:
                wrong = {"t": table["t"], "y": column}
                found.append((f"y is {name}", kind, write(wrong)))
        whole = write(table)
        cuts = [0, 4, len(whole) // 3, len(whole) // 2, len(whole) - 100, len(whole) - 9]
        found += [(f"cut at {cut}", kind, whole[:cut]) for cut in cuts]
        found += [
            (f"{other} in its place", kind, content)
            for other, content in others(table).items()
            if other != kind
        ]
        found.append(("one column", kind, write({"y": table["y"]})))
        found.append(("no points", kind, write(table.slice(0, 0))))
        found.append(("infinity", kind, write({"t": table["t"], "y": [np.inf] * len(table)})))
    twice = pa.Table.from_arrays([table["t"], table["y"], table["y"]], names=["t", "y", "y"])
    found.append(("y twice", "parquet", parquet(twice)))
    found += [(f"shape {shape}", "npy", npy(np.ones(shape))) for shape in ((4,), (2, 2, 2), (3, 1))]
    found += [(f"{kind} in npy", "npy", npy(np.ones((3, 2), kind))) for kind in ("i8", "f4", "U3")]
    return found


NOT_IN_PARQUET = {"months"}
"""The types that pyarrow does not write to Parquet."""


def wrong_types(n: int) -> dict[str, pa.Array]:
    """Columns of types that are no numbers."""
    return {
        "text": pa.array(["1.5"] * n),
        "large text": pa.array(["1.5"] * n, pa.large_string()),
        "text view": pa.array(["1.5"] * n, pa.string_view()),
        "bytes": pa.array([b"1"] * n),
        "truth values": pa.array([True] * n),
        "nothing": pa.nulls(n),
        "lists": pa.array([[1.0]] * n),
        "objects": pa.array([{"y": 1.0}] * n),
        "maps": pa.array([[("y", 1)]] * n, pa.map_(pa.string(), pa.int64())),
        "dates": pa.array([0] * n, pa.date32()),
        "times of day": pa.array([0] * n, pa.time64("us")),
        "time stamps": pa.array([0] * n, pa.timestamp("us", "UTC")),
        "durations": pa.array([0] * n, pa.duration("us")),
        "months": pa.array([(1, 2, 3)] * n, pa.month_day_nano_interval()),
        "a dictionary of text": pa.array(["1"] * n).dictionary_encode(),
    }


def others(table: pa.Table) -> dict[str, bytes]:
    """Files of other formats."""
    return {kind: write(table) for kind, write in WRITERS.items()} | {
        "csv": b"t,y\n1,2\n",
        "npy": npy(np.ones((3, 2))),
        "zip": b"PK\x03\x04" + bytes(range(256)),
        "zeros": bytes(1000),
    }
