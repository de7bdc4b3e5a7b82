import json
from typing import Any

import pytest

from coaster_client.command.files import read_points, read_series

POINTS = {"t": [0.0, 1.0], "y": [9.1, 4.2]}
FILES = {
    "commas and a header": "t,y\n0,9.1\n1,4.2\n",
    "a header in another order": "y,t\n9.1,0\n4.2,1\n",
    "other names": "hour,load,note\n0,9.1,low\n1,4.2,high\n",
    "no header": "0,9.1\n1,4.2\n",
    "semicolons": "hour; load\n0; 9.1\n1; 4.2\n",
    "tabs": "hour\tload\n0\t9.1\n1\t4.2\n",
    "lines of Windows, a mark and an empty line": "\ufefft,y\r\n0,9.1\r\n\r\n1,4.2\r\n",
    "columns of JSON": json.dumps(POINTS),
    "a request": json.dumps({"lr": 0.1, "data": POINTS}),
    "pairs of JSON": "[[0, 9.1], [1, 4.2]]",
    "rows of JSON": '[{"t": 0, "y": 9.1}, {"t": 1, "y": 4.2}]',
}
BROKEN = {
    "": "empty",
    "t\n1\n2\n": "needs two columns",
    "t,y\n0,9.1\n1,tall\n": "Column 'y', row 2: 'tall'",
    "t,y\n0,9.1\n1\n": "Row 2 has 1 columns instead of 2",
    "[1, 2]": "list of rows",
    "{": "not valid JSON",
    "[]": "no points",
    ",\n,\n": "no points",
    "t,y\n": "a header, but no points",
}


def read(text: str, t: str | None = None, y: str | None = None) -> dict[str, Any]:
    return read_points(text.encode(), t, y)


@pytest.mark.parametrize("form", FILES)
def test_points_are_read_from_every_form(form: str) -> None:
    assert read(FILES[form]) == POINTS


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_without_points_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(ValueError, match=BROKEN[text]):
        read(text)


def test_a_file_that_is_not_text_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match="neither text in UTF-8 nor Parquet"):
        read_points(b"PK\x03\x04\xff")


def test_columns_are_chosen_by_name() -> None:
    assert read("id,load,hour\nx,9.1,0\nz,4.2,1\n", t="hour", y="load") == POINTS


def test_columns_without_a_header_are_chosen_by_number() -> None:
    assert read("7,9.1,0\n7,4.2,1\n", t="3", y="2") == POINTS


def test_a_column_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match=r"no column 'speed' for y. The columns are \['t', 'y'\]"):
        read(FILES["commas and a header"], y="speed")


def test_time_stamps_are_sent_in_utc_with_all_their_digits() -> None:
    rows = "2026-01-01T09:00:00.123456789+09:00,9.1\n2026-01-01 00:00:01,4.2\n2026-01-02,4.5\n"

    assert read(f"time,load\n{rows}")["t"] == [
        "2026-01-01T00:00:00.123456789+00:00",
        "2026-01-01T00:00:01+00:00",
        "2026-01-02T00:00:00+00:00",
    ]


def test_integers_keep_all_their_digits() -> None:
    assert read("9007199254740993,1\n9007199254740994,2\n")["t"] == [
        9007199254740993,
        9007199254740994,
    ]


SERIES = {"series": ["cpu", "disk"], "t": [0.0, 1.0], "y": [9.1, None]}


@pytest.mark.parametrize(
    "text",
    [
        "series,t,y\ncpu,0,9.1\ndisk,1,\n",
        "y;series;t\n9.1;cpu;0\n;disk;1\n",
        "host,hour,load,note\ncpu,0,9.1,x\ndisk,1,,y\n",
        json.dumps(SERIES),
    ],
)
def test_series_are_read_from_every_form(text: str) -> None:
    assert read_series(text.encode(), None, None, None) == SERIES


def test_the_columns_of_series_are_chosen_by_name() -> None:
    text = "hour,load,host\n0,9.1,cpu\n1,,disk\n"

    assert read_series(text.encode(), "host", "hour", "load") == SERIES


def test_an_empty_cell_is_a_missing_value() -> None:
    assert read("0,9.1\n, 4\n2,\n") == {"t": [0.0, None, 2.0], "y": [9.1, 4.0, None]}


def test_weights_are_the_column_that_is_named() -> None:
    content = b"t,y,errors\n0,9.1,0.5\n1,4,2\n"

    assert read_points(content, sigma="errors")["sigma"] == [0.5, 2.0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("t,y\n0,9.1\n", "needs the columns series, t and y"),
        ("series,t,y\ncpu,0,high\n", "Column 'y', row 1: 'high'"),
    ],
)
def test_a_file_without_series_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_series(text.encode(), None, None, None)
