"""What the worker reads of CSV, as spreadsheets and programs write it."""

from collections.abc import Callable
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.methods.bounds import MAX_FILE_POINTS
from service.descent.methods.option import RuleError
from service.descent.methods.stamps import FARTHEST, SECOND, StampError, read_stamp, write_stamp
from service.descent.points.file import FilePoints, file_points
from service.descent.questions.file import Columns
from service.descent.questions.points import Stamps, Whole, integers, values
from service.worker.delimited import BLOCK_BYTES, points
from service.worker.form import MOST_LINES, SAMPLE_BYTES

READ: dict[str, tuple[bytes, list[float], list[float]]] = {
    "header": (b"t,y\n1,2\n3,4\n", [1, 3], [2, 4]),
    "no header": (b"1,2\n3,4\n", [1, 3], [2, 4]),
    "no line end": (b"t,y\n1,2\n3,4", [1, 3], [2, 4]),
    "crlf": (b"t,y\r\n1,2\r\n3,4\r\n", [1, 3], [2, 4]),
    "cr": (b"t,y\r1,2\r3,4\r", [1, 3], [2, 4]),
    "bom": (b"\xef\xbb\xbft,y\n1,2\n3,4\n", [1, 3], [2, 4]),
    "bom and no header": (b"\xef\xbb\xbf1,2\n3,4\n", [1, 3], [2, 4]),
    "tabs": (b"t\ty\n1\t2\n3\t4\n", [1, 3], [2, 4]),
    "semicolons": (b"t;y\n1.5;2\n3;4\n", [1.5, 3], [2, 4]),
    "decimal commas": (b"t;y\n1,5;-2\n3;4,25e1\n", [1.5, 3], [-2, 42.5]),
    "decimal commas and tabs": (b"1,5\t2\n3\t,25\n", [1.5, 3], [2, 0.25]),
    "late decimal commas": (
        b"t;y\n" + b"1;2\n" * 500 + b"3;0,5\n",
        [1.0] * 500 + [3.0],
        [2.0] * 500 + [0.5],
    ),
    "quotes": (b'"t","y"\n"1","2"\n"3","4"\n', [1, 3], [2, 4]),
    "quoted decimal commas": (b't;y\n"1,5";"2"\n"3";"4"\n', [1.5, 3], [2, 4]),
    "spaces": (b"t, y\n1, 2\n 3 ,4 \n", [1, 3], [2, 4]),
    "empty lines": (b"\n\nt,y\n\n1,2\n\n\n3,4\n\n", [1, 3], [2, 4]),
    "signs and powers": (b"+1,-2e-3\n.5,5.\n", [1, 0.5], [-0.002, 5]),
    "missing values": (b"t,y\n1,\n2,NA\n3,4\n,5\n6,null\n7,NaN\n8, \n9,#N/A\n", [3], [4]),
    "missing in the first row": (b"1,NA\n2,3\n", [2], [3]),
    "missing values of pandas": (b"t,y\n1,<NA>\n2,-nan\n3,1.#IND\n4,5\n", [4], [5]),
    "a separator for Excel": (b"sep=;\r\nt;y\r\n1,5;2\r\n", [1.5], [2]),
    "bars": (b"sep=|\nt|y\n1|2\n", [1], [2]),
    "empty first rows": (b",\n,\nt,y\n1,2\n", [1], [2]),
    "an empty row and no header": (b",\n1,2\n", [1], [2]),
    "row numbers of R": (b'"","t","y"\n"1",5,6\n"2",7,8\n', [5, 7], [6, 8]),
    "row numbers of pandas": (b",0,1\n0,5,6\n1,7,8\n", [5, 7], [6, 8]),
    "a first column without a name": (b",y\n1,2\n", [1], [2]),
    "three decimals": (b"t;y\n1;1.234\n2;2.345\n", [1, 2], [1.234, 2.345]),
    "three decimals below one": (b"t;y\n1;7\n2;0.125\n", [1, 2], [7, 0.125]),
    "three decimals and thousands": (b"t;y\n1;7\n2;1.234\n3;1234\n", [1, 2, 3], [7, 1.234, 1234]),
    "three decimals and two": (b"t;y\n0,25;7\n0,5;1,234\n", [0.25, 0.5], [7, 1.234]),
    "three decimals between commas": (b"t,y\n1,7\n2,1.234\n", [1, 2], [7, 1.234]),
    "text in another column": (b"t,y,note\n1,2,a\n3,4,\n", [1, 3], [2, 4]),
    "a semicolon in a text": (b't,y,note\n1,2,"a;b"\n3,4,c;d\n', [1, 3], [2, 4]),
    "a line end in a text": (b't,y,note\n1,2,"a\nb"\n3,4,c\n', [1, 3], [2, 4]),
    "names in another encoding": ("Höhe,y\n1,2\n3,4\n".encode("cp1252"), [1, 3], [2, 4]),
}
"""Files, with the t and the y that they have."""


DATES = "write dates as 2024-02-29, and times with their offset from UTC"
"""The advice about dates."""


def read(file: bytes, **wanted: Any) -> FilePoints:
    (whole,) = points(file, Columns(**wanted))
    return file_points(whole, "relative")


def columns(found: FilePoints) -> dict[str, list[float]]:
    """Return the columns of points that count."""
    return {name: [*memoryview(content).cast("d")] for name, content in found.sent.items()}  # type: ignore[arg-type]  # no column has integers


def refusal(file: bytes, **wanted: Any) -> str:
    with pytest.raises(RuleError) as refused:
        read(file, **wanted)
    return f"{refused.value.code}: {refused.value}"


@pytest.mark.parametrize("habit", READ)
def test_the_habits_of_files_are_understood(habit: str) -> None:
    file, t, y = READ[habit]

    assert columns(read(file)) == {"t": t, "y": y}


@pytest.mark.parametrize("name", ["b", "time [s]", "größe", 'a"b', "a,b"])
def test_a_column_is_chosen_by_its_name(name: str) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "x": ["u", "v"], name: [3.0, 4.0]})

    file = frame.to_csv(index=False).encode()

    assert columns(read(file, y=name)) == {"t": [1, 2], "y": [3, 4]}


def test_columns_are_chosen_by_their_numbers() -> None:
    assert columns(read(b"1,2,3\n4,5,6\n", t=3, y=1)) == {"t": [3, 6], "y": [1, 4]}


def test_weights_and_sigma_are_columns() -> None:
    file = b"t,y,w\n1,2,3\n4,5,0\n7,8,\n"

    weighted, uncertain = read(file, weights="w"), read(file.replace(b",0", b",6"), sigma="w")

    assert columns(weighted) == {"t": [1], "y": [2], "weights": [3]}
    assert (len(weighted), weighted.sent_points, weighted.missing) == (1, 3, 1)
    assert columns(uncertain) == {"t": [1, 4], "y": [2, 5], "sigma": [3, 6]}


def test_pandas_and_polars_write_the_same_floats() -> None:
    generator = np.random.default_rng(1)
    t = np.cumsum(generator.exponential(size=500))
    y = generator.normal(size=500) * 10.0 ** generator.integers(-20, 20, 500)

    for file in (
        pd.DataFrame({"t": t, "y": y}).to_csv(index=False),
        pd.DataFrame({"t": t, "y": y}).to_csv(index=False, sep=";", decimal=","),
        pl.DataFrame({"t": t, "y": y}).write_csv(),
        pl.DataFrame({"t": t, "y": y}).write_csv(include_header=False, separator="\t"),
    ):
        assert columns(read(file.encode())) == {"t": t.tolist(), "y": y.tolist()}


def test_large_integers_keep_all_digits() -> None:
    found = read(b"t,y\n9007199254740993,1\n,2\n9007199254740995,3\n")

    assert isinstance(found.t, Whole)
    assert [*memoryview(found.t.content).cast("q")] == [2**53 + 1, 2**53 + 3]


@pytest.mark.parametrize("number", ["9007199254740993.0", "4611686018427387904", "1e18"])
def test_other_large_numbers_are_floats(number: str) -> None:
    assert columns(read(f"{number},1\n".encode()))["t"] == [float(number)]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (b"", "The file is empty"),
        (b" \n\n", "The file is empty"),
        (b"t,y\n", "The file has no points"),
        (b"t,y\n\n\n", "The file has no points"),
        (
            b"t y\n1 2\n",
            ("The first line has one column: separate columns by commas, semicolons or tabs"),
        ),
        (b"t,y\n1,2\n3,abc\n", "`abc` in line 3, column `y` is not a number"),
        (b"1,2\n\n3,4,5\n", "Line 3 has 3 columns, and the first has 2"),
        (b"1,2\n3\n", "Line 2 has 1 column, and the first has 2"),
        (
            b't,y\n1,"1,234.5"\n',
            (
                "`1,234.5` in line 2, column `y` is not a number: write numbers without "
                "thousands separators"
            ),
        ),
        (
            b"t;y\n1;1.234,5\n",
            (
                "`1.234,5` in line 2, column `y` is not a number: write numbers without "
                "thousands separators"
            ),
        ),
        (
            "t\ty\n1\t1\u202f234\n".encode(),
            (
                "`1\u202f234` in line 2, column `y` is not a number: write numbers "
                "without thousands separators"
            ),
        ),
        (
            b't,y\n1,"2,5"\n',
            (
                "`2,5` in line 2, column `y` is not a number: a decimal comma needs "
                "semicolons or tabs between the columns"
            ),
        ),
        (
            b"t;y\n1;2,5\n2;3.5\n",
            (
                "`3.5` in line 3, column `y` is not a number: write all numbers with "
                "the same decimal point"
            ),
        ),
        (
            b'note,y\n"a\nb",1\n',
            "`a\nb` in line 2, column `note` is not a number",
        ),
        (
            b't,y,note\n1,2,"a\nb"\n3,?,\n',
            "`?` in line 4, column `y` is not a number",
        ),
        (b"t,y\n1,2\x00\n", "`2\x00` in line 2, column `y` is not a number"),
        (b"t,y\n1,2\n2,NAN\n", "`NAN` in line 3, column `y` is not a number"),
        (b"1,2\n-NAN,2\n", "`-NAN` in line 2, column `1` is not a number"),
        (b"sep=;\nt;y\n\n1;x\n", "`x` in line 4, column `y` is not a number"),
        (
            b"t;y\n1;7\n2;1.234\n",
            (
                "`1.234` in line 3, column `y` can be 1234: write numbers without thousands "
                "separators, and decimals with a fourth digit"
            ),
        ),
        (
            b't\ty\n"1,000"\t5\n999\t6\n',
            (
                "`1,000` in line 2, column `t` can be 1000: write numbers without thousands "
                "separators, and decimals with a fourth digit"
            ),
        ),
        (
            b"t,y\n29.02.2024,1\n",
            (
                "`29.02.2024` in line 2, column `t` is not a number: write dates as 2024-02-29, "
                "and times with their offset from UTC"
            ),
        ),
        (b"1,0x10\n", "`0x10` in line 1, column `2` is not a number"),
        (b"1,2\n3,1_000\n", "`1_000` in line 2, column `2` is not a number"),
        (
            "t,y\n1,2\n".encode("utf-16"),
            "The file is in UTF-16: save it as CSV in UTF-8",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(file: bytes, message: str) -> None:
    assert refusal(file) == f"malformed_file: {message}"


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (
            b"t,y\n\n1,2\n\n3,1e400\n",
            "The column `y` has inf in line 5: it must be between -1e+150 and 1e+150",
        ),
        (
            b"1,2\n-inf,3\n",
            ("The column `1` has -inf in line 2: it must be between -1e+150 and 1e+150"),
        ),
        (b"t,y\n1,\n2,\n", "No point is left: each has a missing value or the weight 0"),
        (
            b"t,y\n1,\n,2\n",
            "No point is left: each has a missing value or the weight 0",
        ),
    ],
)
def test_a_number_out_of_range_is_named_with_its_place(file: bytes, message: str) -> None:
    assert refusal(file) == f"out_of_range: {message}"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            {"t": "x"},
            "unknown_value: There is no column `x` for t: the file has `t`, `y`, `w`, `y`",
        ),
        ({"y": 5}, "unknown_value: There is no column 5 for y: the file has 4 columns"),
        ({"y": "y"}, "malformed_file: The file has several columns `y`: choose one by its number"),
        ({"y": 1}, "conflicting_fields: `columns` chooses the same column for t and y: choose two"),
        (
            {"weights": 3},
            "out_of_range: The column `w` has -1 in line 3: it must be between 0 and 1e+150",
        ),
        (
            {"sigma": 4},
            "out_of_range: The column `y` has 0 in line 2: it must be above 0 and at most 1e+150",
        ),
        (
            {"weights": 1, "sigma": 2},
            "conflicting_fields: Choose a column of `weights` or `sigma`, not both",
        ),
    ],
)
def test_a_wrong_choice_of_columns_is_named(wanted: dict[str, Any], message: str) -> None:
    assert refusal(b"t,y,w,y\n1,2,3,0\n4,5,-1,2\n", **wanted) == message


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"t": "x"}, "/columns/t"),
        ({"y": 5}, "/columns/y"),
        ({"y": "y"}, "/columns/y"),
        ({"y": 1}, "/columns"),
        ({"weights": 3}, "/columns/weights"),
        ({"sigma": 4}, "/columns/sigma"),
        ({"weights": 1, "sigma": 2}, "/columns"),
        ({"weights": "note"}, "/columns/weights"),
    ],
)
def test_a_fault_points_to_the_option_of_its_column(wanted: dict[str, Any], pointer: str) -> None:
    with pytest.raises(RuleError) as refused:
        read(b"t,y,w,y,note\n1,2,3,0,a\n4,5,-1,2,b\n", **wanted)

    assert refused.value.pointer == pointer


def test_a_file_without_header_has_no_names() -> None:
    message = (
        "unknown_value: The file has no names of columns: choose the column of t by its number"
    )

    assert refusal(b"1,2\n", t="t") == message


@pytest.mark.parametrize("row", [b"1,2\n", b",\n"])
def test_a_million_points_are_read_as_a_whole_and_more_in_parts(row: bytes) -> None:
    (whole,) = points(row * MAX_FILE_POINTS, Columns())
    parts = [*points(row * (MAX_FILE_POINTS + 1), Columns())]

    lengths = [len(part.columns["t"].values) for part in parts]
    assert len(whole.columns["t"].values) == MAX_FILE_POINTS
    assert sum(lengths) == MAX_FILE_POINTS + 1
    assert max(lengths) <= MAX_FILE_POINTS


def test_the_points_before_the_millionth_are_freed_before_the_parts_are_read() -> None:
    before = pa.total_allocated_bytes()

    parts = points(b"1,2\n" * (MAX_FILE_POINTS + 1), Columns())

    assert len(next(parts).columns["t"].values) < MAX_FILE_POINTS
    assert pa.total_allocated_bytes() - before < 8 * MAX_FILE_POINTS


def test_a_line_is_at_most_as_long_as_a_block() -> None:
    cell = b"1" * (BLOCK_BYTES + 1)

    assert refusal(b"t,y\n1,2\n3," + cell + b",\n" * 2).startswith(
        "malformed_file: The file is not valid CSV"
    )
    assert refusal(cell[:SAMPLE_BYTES] + b",2\n") == (
        f"malformed_file: The first line has more than {SAMPLE_BYTES} bytes"
    )


def test_a_number_of_a_megabyte_is_refused_with_its_row() -> None:
    cell = b"1" * (BLOCK_BYTES // 2)

    assert refusal(b"t,y\n1,2\n1," + cell) == (
        "out_of_range: The column `y` has inf in row 2: it must be between -1e+150 and 1e+150"
    )


def test_a_fault_after_millions_of_empty_lines_is_refused_without_its_place() -> None:
    empty = b"\n" * (MOST_LINES + 1)

    assert refusal(b"t,y\n" + empty + b"x,y\n").startswith("malformed_file: The file is not valid")
    assert "in row 1: " in refusal(b"t,y\n" + empty + b"1,1e200\n")


def test_the_fault_of_a_long_cell_is_short() -> None:
    assert len(refusal(b"t,y\n1," + b"x" * 10_000 + b"\n")) < 120


def test_many_columns_are_no_burden() -> None:
    row = b",".join(repeat(b"1", 10_000)) + b"\n"

    assert len(read(row * 3)) == 3


@pytest.mark.parametrize(
    ("cell", "stamp"),
    [
        ("2024-02-29T12:00:00.5+09:00", "2024-02-29T03:00:00.500Z"),
        ("2024-03-01", "2024-03-01T00:00:00Z"),
        ("1677-09-22", "1677-09-22T00:00:00Z"),
        ("2262-04-09T23:59:59.999999999Z", "2262-04-09T23:59:59.999999999Z"),
        (" 2024-02-29 12:00:00Z ", "2024-02-29T12:00:00Z"),
        ('"2024-03-01"', "2024-03-01T00:00:00Z"),
    ],
)
def test_time_stamps_keep_their_nanoseconds(cell: str, stamp: str) -> None:
    found = read(f"t,y\n{cell},1\n".encode())

    assert isinstance(found.t, Stamps)
    assert values(found.t) == [stamp]


@given(
    st.lists(st.integers(-FARTHEST * SECOND, FARTHEST * SECOND - 1), min_size=1),
    st.sampled_from(["T", " ", "t"]),
    st.sampled_from(["Z", "+09:00", "-11:45", "z"]),
)
def test_time_stamps_are_those_of_json(nanoseconds: list[int], letter: str, zone: str) -> None:
    texts = [write_stamp(each)[:-1].replace("T", letter) + zone for each in nanoseconds]
    file = "".join(f"{text},1\n" for text in texts).encode()

    assert outcome(lambda: stamps_of(read(file))) == outcome(lambda: [*map(read_stamp, texts)])


def stamps_of(found: FilePoints) -> list[int]:
    assert isinstance(found.t, Stamps)
    return [*integers(found.t)]


def outcome(read: Callable[[], list[int]]) -> list[int] | None:
    """Return what a function reads, or None if it refuses a stamp."""
    try:
        return read()
    except (RuleError, StampError):
        return None


@pytest.mark.parametrize(
    "cell",
    [
        "2024-02-29T12Z",
        "2024-02-29T12:00Z",
        "2024-02-29T12:00:00+09",
        "2024-02-29T12:00:00+0900",
        "2024-02-29T24:00:00Z",
        "2024-02-29T12:00:60Z",
        "2024-02-29T12:00:00+24:00",
        "2024-02-29T12:00:00.1234567890Z",
        "2300-01-01",
        "20240229",
    ],
)
def test_stamps_in_other_forms_than_in_json_are_refused(cell: str) -> None:
    assert f"`{cell}` in line 2, column `1` should " in refusal(
        f"2024-01-01,1\n{cell},2\n".encode()
    )


def test_a_stamp_can_be_missing() -> None:
    found = read(b"t,y\n,1\n2024-01-01,2\nNA,3\n")

    assert values(found.t) == ["2024-01-01T00:00:00Z"]
    assert found.missing == 2


@pytest.mark.parametrize("y", ["1", "NA"])
def test_a_file_of_stamps_needs_no_header(y: str) -> None:
    assert read(f"2024-01-01,{y}\n2024-01-02,2\n".encode()).sent_points == 2


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            "2024-01-02T00:00:00",
            (
                "malformed_file: `2024-01-02T00:00:00` in line 3, column `when` "
                "should end with the offset from UTC, such as Z or +09:00"
            ),
        ),
        (
            "2024-02-30",
            (
                "malformed_file: `2024-02-30` in line 3, column `when` should be a day and "
                "a time that exist"
            ),
        ),
        (
            "7",
            (
                "malformed_file: `7` in line 3, column `when` should be a time stamp of RFC 3339, "
                "such as 2024-02-29T12:00:00Z"
            ),
        ),
        (
            "1600-01-01",
            (
                "out_of_range: `1600-01-01` in line 3, column `when` should lie between "
                "1677-09-22 and 2262-04-10 in UTC"
            ),
        ),
    ],
)
def test_a_stamp_that_cannot_be_used_is_named_with_its_place(cell: str, message: str) -> None:
    assert refusal(f"when,y\n2024-01-01,1\n{cell},2\n".encode()) == message


def test_a_fault_next_to_stamps_is_named_with_its_place() -> None:
    found = refusal(b"when,y\n2024-01-01,1\n2024-01-02,x\n")

    assert found == "malformed_file: `x` in line 3, column `y` is not a number"


def test_stamps_after_numbers_are_no_numbers() -> None:
    found = refusal(b"when,y\n1,1\n2024-01-02,2\n")

    assert (
        found == "malformed_file: `2024-01-02` in line 3, column `when` is not a number: " + DATES
    )


def test_stamps_are_no_weights() -> None:
    found = refusal(b"when,y\n2024-01-02,2\n", weights="when")

    assert (
        found == "malformed_file: `2024-01-02` in line 2, column `when` is not a number: " + DATES
    )
