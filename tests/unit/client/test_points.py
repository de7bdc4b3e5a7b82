import datetime as dt
from array import array
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from coaster_client.points import as_points, numbers, times

T, Y = [0.0, 1.0, 2.0], [5.0, 4.0, 4.5]
POINTS = {"t": T, "y": Y}
NEW_YEAR = 1767225600
"""2026-01-01T00:00:00Z in Unix seconds."""
COLUMNS = {"hour": T, "load": Y}
FORMS: dict[str, Any] = {
    "a mapping": POINTS,
    "a pair of lists": (T, Y),
    "a list of two lists": [T, Y],
    "a pair of arrays of Python": (array("d", T), array("d", Y)),
    "a pair of ranges and tuples": (range(3), tuple(Y)),
    "a pair of arrays": (np.array(T), np.array(Y, dtype=np.float32)),
    "an array with two columns": np.column_stack([T, Y]),
    "an array with two rows": np.array([T, Y]),
    "a series of pandas": pd.Series(Y, index=T),
    "a pair of series of pandas": (pd.Series(T), pd.Series(Y)),
    "a frame of pandas": pd.DataFrame(POINTS),
    "a frame of polars": pl.DataFrame(POINTS),
    "a pair of series of polars": (pl.Series(T), pl.Series(Y)),
}
FRAMES: dict[str, Any] = {
    "a mapping": COLUMNS,
    "a frame of pandas": pd.DataFrame(COLUMNS),
    "a frame of polars": pl.DataFrame(COLUMNS),
}
STAMPS: dict[str, Any] = {
    "datetimes without a zone": [dt.datetime(2026, 1, 1)],  # noqa: DTZ001 - it counts as UTC
    "datetimes with a zone": [dt.datetime.fromisoformat("2026-01-01T09:00:00+09:00")],
    "dates": [dt.date(2026, 1, 1)],
    "an array of numpy": np.array(["2026-01-01"], dtype="datetime64[ns]"),
    "a list of nanoseconds of numpy": [np.datetime64("2026-01-01", "ns")],
    "a list of days of numpy": [np.datetime64("2026-01-01", "D")],
    "an index of pandas": pd.date_range("2026-01-01", periods=1, tz="UTC"),
    "a series of pandas": pd.Series(pd.to_datetime(["2026-01-01T09:00:00+09:00"])),
    "a series of polars": pl.Series([dt.datetime(2026, 1, 1)]),  # noqa: DTZ001
}


@pytest.mark.parametrize("form", FORMS)
def test_points_are_read_from_every_form(form: str) -> None:
    assert as_points(FORMS[form]) == POINTS


@pytest.mark.parametrize("form", FRAMES)
def test_columns_have_the_names_of_the_caller(form: str) -> None:
    assert as_points(FRAMES[form], t="hour", y="load") == POINTS


@pytest.mark.parametrize("form", STAMPS)
def test_dates_and_times_become_stamps_in_utc(form: str) -> None:
    (text,) = times(STAMPS[form])

    assert dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp() == NEW_YEAR


NANOSECONDS: dict[str, Any] = {
    "an array of numpy": np.array(["2026-01-01T00:00:00.123456789"], dtype="datetime64[ns]"),
    "an index of pandas": pd.DatetimeIndex(["2026-01-01T09:00:00.123456789+09:00"]),
    "a list of numpy": [np.datetime64("2026-01-01T00:00:00.123456789")],
    "a list of pandas": [pd.Timestamp("2026-01-01T09:00:00.123456789+09:00")],
    "a series of polars": pl.Series([1767225600123456789]).cast(pl.Datetime("ns", "Asia/Seoul")),
}


@pytest.mark.parametrize("form", NANOSECONDS)
def test_stamps_keep_their_nanoseconds(form: str) -> None:
    (text,) = times(NANOSECONDS[form])

    assert text.replace("+00:00", "Z") == "2026-01-01T00:00:00.123456789Z"


def test_days_long_ago_do_not_overflow() -> None:
    assert times(np.array(["1500-01-01"], dtype="datetime64[D]")) == ["1500-01-01T00:00:00Z"]


def test_texts_and_numbers_are_sent_as_they_are() -> None:
    assert times(["2026-01-01", 5, np.float64(2)]) == ["2026-01-01", 5, 2.0]


@pytest.mark.parametrize("form", STAMPS)
def test_time_stamps_of_series_become_unix_seconds(form: str) -> None:
    assert numbers(STAMPS[form]) == [NEW_YEAR]


def test_whole_numbers_of_numpy_become_those_of_python() -> None:
    assert [type(each) for each in numbers([np.int64(1), np.float32(2)])] == [int, float]


def test_further_members_of_a_mapping_are_sent_too() -> None:
    assert as_points(POINTS | {"weights": np.ones(3)})["weights"] == [1.0, 1.0, 1.0]


def test_a_word_among_the_members_of_a_mapping_is_kept() -> None:
    assert as_points(POINTS | {"sigma_is": "absolute"})["sigma_is"] == "absolute"


GAPS: dict[str, Any] = {
    "a mapping": {"t": [0, None], "y": [float("nan"), 1]},
    "an array": np.array([[0, np.nan], [np.nan, 1]]),
    "a frame of pandas": pd.DataFrame({"t": [0, None], "y": [None, 1]}),
    "a frame of nullable columns": pd.DataFrame({"t": [0, pd.NA], "y": [pd.NA, 1]}, dtype="Int64"),
    "a frame of polars": pl.DataFrame({"t": [0, None], "y": [None, 1]}),
}


@pytest.mark.parametrize("form", GAPS)
def test_missing_values_become_none(form: str) -> None:
    assert as_points(GAPS[form]) == {"t": [0, None], "y": [None, 1]}


def test_missing_stamps_become_none() -> None:
    frame = pd.DataFrame({"t": pd.to_datetime(["1970-01-01", None]), "y": [None, 1]})

    assert as_points(frame) == {"t": ["1970-01-01T00:00:00.000000Z", None], "y": [None, 1]}


def test_a_missing_stamp_of_a_list_becomes_none() -> None:
    days = [np.datetime64("1970-01-01"), np.datetime64("NaT")]

    assert as_points((days, [None, 1]))["t"] == ["1970-01-01T00:00:00Z", None]


def test_weights_are_the_column_that_is_named() -> None:
    frame = pd.DataFrame(POINTS | {"errors": [1.0, 2.0, 3.0]})

    assert as_points(frame, sigma="errors") == POINTS | {"sigma": [1.0, 2.0, 3.0]}


def test_a_missing_column_is_named_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match=r"no column 't'.*t=\.\.\..*\['hour', 'load'\]"):
        as_points(pd.DataFrame(COLUMNS))


def test_names_of_columns_need_columns() -> None:
    with pytest.raises(ValueError, match="mapping or a frame"):
        as_points((T, Y), t="hour")


def test_three_lists_are_not_points() -> None:
    with pytest.raises(ValueError, match="It has 3 items"):
        as_points([T, Y, Y])


def test_a_number_is_not_points() -> None:
    with pytest.raises(ValueError, match="data must be a pair"):
        as_points(5)


@pytest.mark.parametrize("data", [(1, 2), (np.array(1), np.array(2)), {"t": 1, "y": 2}])
def test_a_number_is_not_a_column(data: Any) -> None:
    with pytest.raises(ValueError, match="must be a list or an array"):
        as_points(data)
