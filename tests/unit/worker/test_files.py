"""What the worker reads of files, which clients can write by hand."""

from contextlib import suppress
from pickle import PickleBuffer
from struct import pack
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.descent.methods.bounds import MAX_ID
from service.descent.methods.option import RuleError
from service.descent.points.groups import Columns, columns, times
from service.descent.questions.points import packed
from service.descent.questions.series import SeriesChoices, SeriesQuestion
from service.descent.questions.table import File, FileKind, Table
from service.worker.files import table_of
from tests.support.tables import T, Y, arrow, npy

NO_LISTS = pa.array([], pa.list_(pa.float64()))
CHOICES = SeriesChoices(seed=42, steps=10)


def read(file: bytes, kind: FileKind, t: list[float] | None = None) -> Table:
    """Return the series of a file that arrived in pieces of seven bytes."""
    pieces = [PickleBuffer(file[i : i + 7]) for i in range(0, len(file), 7)]
    shared = None if t is None else packed(t)
    question = SeriesQuestion(choices=CHOICES, points=File(kind, pieces, shared), max_seconds=10.0)
    return table_of(question)


def lists(table: Table) -> list[tuple[list[float], list[float]]]:
    return [*zip(listed(times(table)), listed(columns(table.y)), strict=True)]


def listed(lists: Columns) -> list[list[float]]:
    return [
        lists.values[start : start + length].tolist()
        for start, length in zip(lists.starts.tolist(), lists.lengths.tolist(), strict=True)
    ]


def refusal(file: bytes, kind: FileKind, t: list[float] | None = None) -> str:
    return error(file, kind, t).code


def error(file: bytes, kind: FileKind, t: list[float] | None = None) -> RuleError:
    with pytest.raises(RuleError) as refused:
        read(file, kind, t)
    return refused.value


def head(shape: str, *, descr: str = "'<f8'", version: bytes = b"\x01\x00") -> bytes:
    """Return the head of a file of NPY."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY" + version + pack("<H", len(text)) + text


def test_rows_share_their_times() -> None:
    assert lists(read(npy([Y, Y[::-1]]), "npy", T)) == [(T, Y), (T, Y[::-1])]


def test_pairs_have_their_own_times() -> None:
    file = npy([[T, Y], [Y, T]])

    assert lists(read(file, "npy")) == [(T, Y), (Y, T)]


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"PK\x03\x04",
        npy([Y])[:-1],
        npy([Y]) + b"1",
        npy([Y])[:20],
        npy(np.array([Y], dtype=np.float32)),
        npy(np.array([Y], dtype=">f8")),
        npy(np.array([[1, 2, 3, 4, 5]])),
        npy(np.array([{}], dtype=object), allow_pickle=True),
        npy(np.zeros(2, dtype=[("t", float)])),
        npy(T),
        npy(1.0),
        npy(np.zeros((0, 5))),
        npy(np.zeros((2, 3, 5))),
        head("(1000000000000, 5)"),
        head("(-1, -5)") + bytes(40),
        head("(1, 5.0)") + bytes(40),
        head("(1e400,)"),
        head("(1, 5)", descr="'|O'") + bytes(40),
        head("(1, 5)", version=b"\x04\x00") + bytes(40),
        head("(" * 3000),
        head("(" + "9" * 9000 + ",)"),
        head("(1 2, 3)") + bytes(96),
        head("(1,, 5)") + bytes(40),
        head("(0, 99999999999999999999999)"),
        head("(99999999, 2, 0)"),
    ],
    ids=range(26),
)
def test_what_is_no_array_of_numbers_is_refused(file: bytes) -> None:
    assert refusal(file, "npy", T) == "malformed_file"


@given(st.binary(max_size=200), st.integers(0, 200))
@example(b"\x00", 8)
def test_a_damaged_array_is_read_or_refused(damage: bytes, place: int) -> None:
    file = bytearray(npy([Y]))
    file[place : place + len(damage)] = damage

    with suppress(RuleError):
        assert read(bytes(file), "npy", T).points == 5


def test_rows_of_points_are_series_in_the_order_of_their_first_points() -> None:
    file = arrow({"series": ["b", "a", "b"], "t": [2, 0, 1], "y": [3.0, 4.0, None]})

    table = read(file, "arrow")

    assert table.ids == ("b", "a")
    (t, y), other = lists(table)
    assert (t, other) == ([2.0, 1.0], ([0.0], [4.0]))
    np.testing.assert_array_equal(y, [3.0, np.nan])


def test_rows_of_series_have_lists() -> None:
    file = arrow({"id": ["x", "y"], "t": [[1, 2], [3]], "y": [[1.5, 2.5], [3.5]]})

    table = read(file, "arrow")

    assert table.ids == ("x", "y")
    assert lists(table) == [([1.0, 2.0], [1.5, 2.5]), ([3.0], [3.5])]


@pytest.mark.parametrize("kind", [pa.int64(), pa.large_string(), pa.string_view()])
def test_names_can_be_integers_or_any_strings(kind: Any) -> None:
    names = pa.array([7, 8]).cast(pa.string()).cast(kind)

    table = read(arrow({"series": names, "t": [0.0, 1.0], "y": [0.0, 1.0]}), "arrow")

    assert table.ids == ("7", "8")


@pytest.mark.parametrize("kind", [pa.list_, pa.large_list, lambda each: pa.list_(each, 2)])
def test_lists_can_be_of_any_kind(kind: Any) -> None:
    values = pa.array([[1, 2], [3, 4]], kind(pa.int32()))

    assert lists(read(arrow({"t": values, "y": values}), "arrow"))[1] == ([3.0, 4.0], [3.0, 4.0])


def test_a_list_that_is_missing_is_empty() -> None:
    file = arrow({"t": [[1.0], None], "y": [[1.0], [2.0]]})

    assert lists(read(file, "arrow"))[1] == ([], [2.0])


def test_many_batches_are_one_table() -> None:
    batches = pa.concat_tables([pa.table({"series": ["a"], "t": [x], "y": [x]}) for x in T])

    assert lists(read(arrow(batches), "arrow")) == [(T, T)]


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"ARROW1",
        arrow({"t": [T], "y": [Y]})[:-50],
        arrow({"t": T, "y": Y}),
        arrow({"t": [T], "y": [Y], "xyz": [1]}).replace(b"xyz", b"\xff\xff\xff"),
        arrow({"t": [T]}),
        arrow({"series": ["a"], "t": ["0"], "y": [0.0]}),
        arrow({"series": [[1]], "t": [0.0], "y": [0.0]}),
        arrow({"t": [["0"]], "y": [[0.0]]}),
        arrow({"t": NO_LISTS, "y": NO_LISTS}),
        arrow({"t": [T], "y": [Y]}).replace(pack("<q", 5), pack("<q", 1 << 40)),
    ],
    ids=range(11),
)
def test_what_is_no_table_of_series_is_refused(file: bytes) -> None:
    assert refusal(file, "arrow") == "malformed_file"


@pytest.mark.parametrize("name", ["series", "id", "t", "y"])
def test_a_column_that_is_there_twice_is_refused_by_its_name(name: str) -> None:
    table = pa.table({"series": ["a"], "id": ["a"], "t": [0.0], "y": [0.0]})

    refused = error(arrow(table.append_column(name, table[name])), "arrow")

    assert refused.code == "malformed_file"
    assert str(refused) == f"The table has several columns `{name}`: send one"


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("series", {"series": [{"a": 1}], "t": [0.0], "y": [0.0]}),
        ("id", {"id": [{"a": 1}], "t": [[0.0]], "y": [[0.0]]}),
    ],
)
def test_names_that_are_no_strings_are_refused_by_their_column(
    name: str, columns: dict[str, Any]
) -> None:
    refused = error(arrow(columns), "arrow")

    assert refused.code == "malformed_file"
    assert str(refused) == f"The column `{name}` must have strings or numbers"


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64()])
def test_a_large_integer_is_rounded(kind: Any) -> None:
    t = pa.array([2**60 + 1], kind)

    table = read(arrow({"series": ["a"], "t": t, "y": [0.0]}), "arrow")

    assert lists(table) == [([2.0**60], [0.0])]


@given(st.binary(min_size=1, max_size=8), st.integers(0, 2000))
def test_a_damaged_table_is_read_or_refused(damage: bytes, place: int) -> None:
    file = bytearray(arrow({"id": ["x", "y"], "t": [T, Y], "y": [Y, T]}))
    place %= len(file)
    file[place : place + len(damage)] = damage

    with suppress(RuleError, MemoryError):
        assert read(bytes(file), "arrow").points <= len(file)


def test_a_name_is_limited_in_length() -> None:
    def named(length: int) -> bytes:
        return arrow({"id": ["x" * length], "t": [T], "y": [Y]})

    assert read(named(MAX_ID), "arrow").ids == ("x" * 255,)
    assert refusal(named(MAX_ID + 1), "arrow") == "out_of_range"
