"""Series in the forms that callers have become one file."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from coaster_client import calls
from coaster_client.calls import Response
from coaster_client.series import as_series, npy
from tests.support.tables import from_npy

T, Y = [0.0, 1.0], [9.1, 4.2]
LONG: dict[str, list[Any]] = {"series": ["b", "a", "b"], "t": [0.0, 5.0, 1.0], "y": [9.1, 7.0, 4.2]}
NAMED = ["b", "a"]
POINTS = [(T, Y), ([5.0], [7.0])]


@pytest.mark.parametrize("frame", [dict, pd.DataFrame, pl.DataFrame])
def test_a_frame_of_points_has_series_in_the_order_of_their_first_points(frame: Any) -> None:
    assert as_series(frame(LONG)) == (NAMED, POINTS)


def test_names_become_strings() -> None:
    assert as_series(LONG | {"series": [7, 8, 7]})[0] == ["7", "8"]


@pytest.mark.parametrize("rows", [[Y, Y], np.array([Y, Y])])
def test_the_series_of_a_pair_share_t(rows: Any) -> None:
    assert as_series((T, rows)) == (["0", "1"], [(T, Y), (T, Y)])


def test_a_frame_without_a_column_is_refused() -> None:
    with pytest.raises(ValueError, match="no column 'series'"):
        as_series(pd.DataFrame({"t": T, "y": Y}))


def test_a_list_of_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="data must be a frame or a mapping"):
        calls.series({"data": Y})


def test_a_file_has_the_t_and_the_y_of_each_series() -> None:
    np.testing.assert_array_equal(from_npy(npy([(T, Y), (Y, T)])), [[T, Y], [Y, T]])


def test_shorter_series_end_with_missing_values() -> None:
    array = from_npy(npy(POINTS))

    np.testing.assert_array_equal(array[1], [[5.0, np.nan], [7.0, np.nan]])


def test_a_missing_value_is_nan() -> None:
    np.testing.assert_array_equal(from_npy(npy([([1.0], [None])])), [[[1.0], [np.nan]]])


def test_the_numbers_begin_at_a_multiple_of_64_bytes() -> None:
    assert (len(npy([(T, Y)])) - 4 * 8) % 64 == 0


def test_no_series_are_refused() -> None:
    with pytest.raises(ValueError, match="no series"):
        npy([])


@pytest.mark.parametrize("value", ["high", 10**400])
def test_a_value_that_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="numbers"):
        npy([(T, [value, value])])


def test_the_settings_are_in_a_header() -> None:
    at = [datetime(2026, 1, 1, tzinfo=UTC)]

    call = calls.series({"data": (T, [Y]), "steps": 10, "at": at})

    assert call.headers["Content-Type"] == "application/x-npy"
    assert json.loads(call.headers["Coaster-Options"]) == {"steps": 10, "at": [1767225600.0]}


def test_the_answer_has_the_names_of_the_caller() -> None:
    call = calls.series({"data": LONG})
    problem = {"row": 1, "id": "1", "code": "too_few_points", "detail": "No points."}

    body = json.dumps({"ids": ["0", "1"], "problems": [problem]}).encode()
    answer = call.result(Response(200, {}, body))

    assert (answer.ids, answer.problems[0].id) == (["b", "a"], "a")


def test_fields_that_are_not_chosen_stay_away() -> None:
    call = calls.series({"data": LONG}, ("loss",))

    assert call.path == "/series?fields=loss"
    assert call.result(Response(200, {}, b'{"loss": [1, 2]}')).raw == {"loss": [1, 2]}
