"""What the worker reads of tables of points in Arrow, Parquet and NPY."""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import partial
from pickle import PickleBuffer
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from service.descent.methods.bounds import MAX_FILE_POINTS
from service.descent.methods.option import RuleError
from service.descent.points.file import FileColumns, FilePoints, file_points
from service.descent.questions.file import Columns
from service.descent.questions.points import Stamps, Whole, values
from service.descent.questions.table import File, FileKind
from service.worker.files import blocks_of
from tests.support.tables import arrow, arrow_file, npy, parquet

WRITERS: dict[FileKind, Callable[[Any], bytes]] = {
    "arrow": arrow,
    "arrow_file": arrow_file,
    "parquet": parquet,
}
BIG = 2**53
PLAIN = {"compression": "zstd", "use_dictionary": False}


def read(file: bytes, kind: FileKind, **wanted: Any) -> FilePoints:
    (whole,) = blocks(file, kind, **wanted)
    return file_points(whole, "relative")


def blocks(file: bytes, kind: FileKind, **wanted: Any) -> Iterator[FileColumns]:
    pieces = [PickleBuffer(file[i : i + 1000]) for i in range(0, len(file), 1000)]
    return blocks_of(File(kind, pieces), Columns(**wanted))


def columns(found: FilePoints) -> dict[str, list[float]]:
    """Return the columns of points that count."""
    return {name: [*memoryview(content).cast("d")] for name, content in found.sent.items()}  # type: ignore[arg-type]  # no column has integers


def refusal(file: bytes, kind: FileKind, **wanted: Any) -> str:
    with pytest.raises(RuleError) as refused:
        read(file, kind, **wanted)
    return f"{refused.value.code}: {refused.value}"


@contextmanager
def allocated_at_most(size: int) -> Iterator[None]:
    """Check that Arrow allocates at most this many bytes at once in the block."""
    default = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(default)
    pa.set_memory_pool(pool)
    try:
        yield
        assert pool.max_memory() <= size
    finally:
        pa.set_memory_pool(default)


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(
    "t",
    [
        pa.array([1, 2, 3], pa.int8()),
        pa.array([1, 2, 3], pa.uint64()),
        pa.array([1, 2, 3], pa.int64()),
        pa.array([1, 2, 3], pa.float32()),
        pa.array(np.array([1, 2, 3], np.float16)),
        pa.array([Decimal("1.0"), Decimal(2), Decimal(3)]),
        pa.array([Decimal("1.0"), Decimal(2), Decimal(3)], pa.decimal256(60, 3)),
        pa.array([1, 2, 3]).dictionary_encode(),
        pa.array([1.0, 2.0, 3.0]).dictionary_encode(),
    ],
    ids=str,
)
def test_all_types_of_numbers_are_read(kind: FileKind, t: Any) -> None:
    if kind == "parquet" and t.type == pa.float16():
        t = t.cast(pa.float32())

    file = WRITERS[kind](pa.table({"t": t, "y": [4.0, 5.0, 6.0]}))

    assert columns(read(file, kind)) == {"t": [1, 2, 3], "y": [4, 5, 6]}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("make", [partial(pa.decimal128, 38), partial(pa.decimal256, 76)])
@pytest.mark.parametrize("scale", [0, 1, 7, 30])
def test_decimals_are_rounded_once(
    kind: FileKind, make: Callable[[int], pa.DataType], scale: int
) -> None:
    chance = np.random.default_rng(scale)
    y = [Decimal(int(each)).scaleb(-scale) for each in chance.integers(-(2**62), 2**62, 500)]

    found = read(WRITERS[kind]({"t": [*range(500)], "y": pa.array(y, make(scale))}), kind)

    assert columns(found)["y"] == [float(str(each)) for each in y]


@pytest.mark.parametrize("kind", WRITERS)
def test_large_decimals_without_decimals_keep_all_digits(kind: FileKind) -> None:
    t = pa.array([Decimal(BIG + 1), None, Decimal(BIG + 3)], pa.decimal128(20, 0))

    found = read(WRITERS[kind]({"t": t, "y": [1.0, 2.0, 3.0]}), kind)

    assert isinstance(found.t, Whole)
    assert [*memoryview(found.t.content).cast("q")] == [BIG + 1, BIG + 3]


@pytest.mark.parametrize("kind", WRITERS)
def test_columns_whose_names_begin_alike_are_not_mixed_up(kind: FileKind) -> None:
    table = {"y.error": [7.0, 8.0], "t.0": [9.0, 9.0], "t": [1.0, 2.0], "y": [3.0, 4.0]}

    found = read(WRITERS[kind](table), kind, t="t", y="y")

    assert columns(found) == {"t": [1, 2], "y": [3, 4]}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("missing", [None, float("nan")])
def test_null_and_nan_are_missing_values(kind: FileKind, missing: float | None) -> None:
    file = WRITERS[kind]({"t": pa.array([1, None, 3, 4]), "y": pa.array([missing, 1.0, 2.0, 3.0])})

    found = read(file, kind)

    assert columns(found) == {"t": [3, 4], "y": [2, 3]}
    assert (len(found), found.missing, found.sent_points) == (2, 2, 4)


@pytest.mark.parametrize("kind", WRITERS)
def test_large_integers_keep_all_digits(kind: FileKind) -> None:
    t = pa.array([BIG + 1, None, BIG + 3])

    found = read(WRITERS[kind]({"t": t, "y": [1.0, 2.0, 3.0]}), kind)

    assert isinstance(found.t, Whole)
    assert [*memoryview(found.t.content).cast("q")] == [BIG + 1, BIG + 3]


@pytest.mark.parametrize("kind", WRITERS)
def test_columns_are_chosen_by_name_and_number(kind: FileKind) -> None:
    table = {"x": ["a", "b"], "y": [1.0, 2.0], "a.b": [3, 4], "w": [1, 2], "l": [[1], [2]]}

    found = read(WRITERS[kind](table), kind, t="a.b", y=2, weights="w")

    assert columns(found) == {"t": [3, 4], "y": [1, 2], "weights": [1, 2]}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(
    ("y", "name"),
    [
        (["1", "2"], "string"),
        ([True, False], "bool"),
        ([[1.0], [2.0]], "list<"),
        ([{"a": 1.0}, {"a": 2.0}], "struct<a: double>"),
        (pd.to_datetime(["2026-01-01", "2026-01-02"]), "timestamp["),
        (pa.array(["1", "2"]).dictionary_encode(), "string"),
    ],
    ids=["text", "truth values", "lists", "objects", "time stamps", "dictionary of text"],
)
def test_other_types_are_refused_by_name(kind: FileKind, y: Any, name: str) -> None:
    refused = refusal(WRITERS[kind]({"t": [1, 2], "y": y}), kind)

    assert refused.startswith(f"malformed_file: The column `y` has the type {name}")
    assert refused.endswith(": it must have numbers")


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            {"t": [1.0], "y": [float("inf")]},
            "out_of_range: The column `y` has inf in row 1: it must be between -1e+150 and 1e+150",
        ),
        ({"t": [1.0]}, "malformed_file: The file must have at least two columns, for t and y"),
        ({"t": [], "y": []}, "malformed_file: The column `t` has the type null: it must have"),
        (
            {"t": pa.array([], pa.int8()), "y": pa.array([], pa.int8())},
            "malformed_file: The file has no points",
        ),
    ],
)
def test_a_fault_is_named(kind: FileKind, table: Any, message: str) -> None:
    assert refusal(WRITERS[kind](table), kind).startswith(message)


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_that_ends_early_is_refused(kind: FileKind) -> None:
    file = WRITERS[kind]({"t": [*range(1000)], "y": [*range(1000)]})

    assert refusal(file[:-500], kind).startswith("malformed_file: The file ")
    assert refusal(b"", kind).startswith("malformed_file: The file does not ")


def test_a_stream_that_ends_early_is_refused_with_its_row() -> None:
    file = arrow(pa.table({"t": [*range(30)], "y": [*range(30)]}), max_chunksize=10)

    assert refusal(file[:-300], "arrow") == (
        "malformed_file: The file is damaged or incomplete: it cannot be read from row 21 on"
    )


@pytest.mark.parametrize("kind", WRITERS)
def test_a_million_points_are_read_as_a_whole_and_more_in_blocks(kind: FileKind) -> None:
    t = np.zeros(MAX_FILE_POINTS + 1, np.int8)
    whole = WRITERS[kind]({"t": t[1:], "y": t[1:]})
    more = WRITERS[kind]({"t": t, "y": t})

    lengths = [len(block.columns["t"].values) for block in blocks(more, kind)]

    assert len(read(whole, kind)) == MAX_FILE_POINTS
    assert sum(lengths) == MAX_FILE_POINTS + 1
    assert max(lengths) <= MAX_FILE_POINTS


@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd", "lz4", "brotli", "none"])
def test_every_compression_of_parquet_is_read(compression: str) -> None:
    table = {"t": [1.5, 2.5], "y": [3, None]}

    assert columns(read(parquet(table, compression=compression), "parquet")) == {
        "t": [1.5],
        "y": [3],
    }


def test_frames_write_files_that_are_read() -> None:
    generator = np.random.default_rng(1)
    t, y = generator.normal(size=(2, 500))
    expected = {"t": t.tolist(), "y": y.tolist()}
    pandas, polars = pd.DataFrame({"t": t, "y": y}), pl.DataFrame({"t": t, "y": y})

    for kind, file in (
        ("parquet", pandas.to_parquet()),
        ("parquet", written(polars.write_parquet)),
        ("arrow_file", written(polars.write_ipc)),
        ("arrow_file", written(partial(polars.write_ipc, compression="zstd"))),
        ("arrow", written(polars.write_ipc_stream)),
        ("arrow_file", written(pandas.to_feather)),
        ("parquet", pandas.convert_dtypes().to_parquet()),
    ):
        assert columns(read(file, kind)) == expected  # type: ignore[arg-type]  # a kind


def written(write: Callable[[Any], object]) -> bytes:
    """Return what a function writes to a file."""
    sink = pa.BufferOutputStream()
    write(pa.PythonFile(sink, mode="w"))
    content: bytes = sink.getvalue().to_pybytes()
    return content


def test_other_columns_are_not_decompressed() -> None:
    text = pa.array([b"0" * 4000] * 20_000)
    file = parquet({"t": np.zeros(20_000), "y": np.zeros(20_000), "text": text}, **PLAIN)

    with allocated_at_most(10_000_000):
        assert len(read(file, "parquet")) == 20_000


def test_a_bomb_is_decompressed_block_by_block() -> None:
    bomb = parquet({"t": np.zeros(20_000_000), "y": np.zeros(20_000_000)}, **PLAIN)
    assert len(bomb) < 1_000_000

    with allocated_at_most(64_000_000):
        points = sum(len(block.columns["t"].values) for block in blocks(bomb, "parquet"))

    assert points == 20_000_000


def test_metadata_that_promises_too_much_is_refused() -> None:
    file = parquet({"t": np.zeros(1000), "y": np.zeros(1000)}, compression="zstd")

    refused = refusal(with_rows(file, 2**40), "parquet")

    assert refused.startswith("malformed_file: The file is damaged or incomplete")


def with_rows(file: bytes, rows: int) -> bytes:
    """Return a file of Parquet whose metadata has another number of rows."""
    (length,) = struct.unpack("<I", file[-8:-4])
    start = len(file) - 8 - length
    footer = file[start:-8].replace(varint(2 * 1000), varint(2 * rows))
    return file[:start] + footer + struct.pack("<I", len(footer)) + file[-4:]


def varint(number: int) -> bytes:
    """Return an integer as Thrift writes it, after its zigzag encoding."""
    content = bytearray()
    while number > 127:
        content.append(number % 128 + 128)
        number //= 128
    return bytes([*content, number])


def test_huge_metadata_is_no_burden() -> None:
    table = pa.table({"t": [1.0], "y": [2.0]}, metadata={"note": "x" * 1_000_000})

    for kind, write in WRITERS.items():
        assert len(read(write(table), kind)) == 1


def test_an_array_has_two_columns_or_three_with_weights() -> None:
    assert columns(read(npy([[1.0, 2.0], [3.0, np.nan]]), "npy")) == {"t": [1], "y": [2]}
    assert columns(read(npy([[1.0, 2.0, 3.0], [4.0, 5.0, 0.0]]), "npy")) == {
        "t": [1],
        "y": [2],
        "weights": [3],
    }
    assert columns(read(npy(np.asfortranarray([[1.0, 2.0, 3.0]])), "npy", y=3, sigma=2)) == {
        "t": [1],
        "y": [3],
        "sigma": [2],
    }


@pytest.mark.parametrize(
    "array", [np.zeros(4), np.zeros((2, 2, 2)), np.zeros((0, 2)), np.zeros((3, 1))], ids=np.shape
)
def test_arrays_of_other_shapes_are_refused(array: Any) -> None:
    assert refusal(npy(array), "npy").startswith("malformed_file: The ")


SECONDS = [1_709_175_600, None, 1_709_175_601]
"""Seconds since 1970, of which one is missing."""


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(("unit", "part"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
def test_time_stamps_of_each_unit_are_read(kind: FileKind, unit: str, part: int) -> None:
    t = pa.array([None if each is None else each * part for each in SECONDS], pa.int64())
    stamps = t.cast(pa.timestamp(unit, "Asia/Seoul"))

    found = read(WRITERS[kind]({"t": stamps, "y": [1.0, 2.0, 3.0]}), kind)

    assert isinstance(found.t, Stamps)
    assert values(found.t) == ["2024-02-29T03:00:00Z", "2024-02-29T03:00:01Z"]
    assert found.missing == 1


@pytest.mark.parametrize("kind", WRITERS)
def test_time_stamps_keep_their_nanoseconds(kind: FileKind) -> None:
    stamps = pa.array([1, 1_709_175_600_000_000_001], pa.timestamp("ns", "UTC"))

    found = read(WRITERS[kind]({"t": stamps, "y": [1.0, 2.0]}), kind)

    assert values(found.t) == [
        "1970-01-01T00:00:00.000000001Z",
        "2024-02-29T03:00:00.000000001Z",
    ]


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("dates", [pa.date32(), pa.date64()], ids=str)
def test_dates_are_midnight_in_utc(kind: FileKind, dates: pa.DataType) -> None:
    t = pa.array([date(1969, 12, 31), date(2024, 2, 29)], dates)

    found = read(WRITERS[kind]({"t": t, "y": [1.0, 2.0]}), kind)

    assert values(found.t) == ["1969-12-31T00:00:00Z", "2024-02-29T00:00:00Z"]


@pytest.mark.parametrize("kind", WRITERS)
def test_time_stamps_without_a_time_zone_are_refused(kind: FileKind) -> None:
    t = pa.array([0, 1], pa.timestamp("us"))

    found = refusal(WRITERS[kind]({"when": t, "y": [1.0, 2.0]}), kind)

    assert found == (
        "malformed_file: The column `when` has time stamps without a time zone: give it one, such "
        "as UTC, because local time skips and repeats hours"
    )


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(
    "t",
    [
        pa.array([0, 10**11], pa.timestamp("s", "UTC")),
        pa.array([0, -(2**63)], pa.timestamp("ns", "UTC")),
        pa.array([0, 10**6], pa.date32()),
    ],
    ids=["seconds", "nanoseconds", "date"],
)
def test_a_time_stamp_out_of_range_is_named_with_its_row(kind: FileKind, t: pa.Array) -> None:
    if kind == "parquet" and pa.types.is_timestamp(t.type) and t.type.unit == "s":
        t = pa.array([0, 10**14], pa.timestamp("ms", "UTC"))  # Parquet has no seconds

    found = refusal(WRITERS[kind]({"when": t, "y": [1.0, 2.0]}), kind)

    assert found == (
        "out_of_range: The column `when` has a time stamp in row 2 that does not lie between "
        "1677-09-22 and 2262-04-10 in UTC"
    )
