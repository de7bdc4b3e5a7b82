from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.descent.methods.stamps import (
    FARTHEST,
    SECOND,
    StampError,
    read_stamp,
    read_stamps,
    write_stamp,
)

LARGEST = FARTHEST * SECOND


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00z", 0),
        ("1970-01-01 00:00:00Z", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("1970-01-01T09:00:00+09:00", 0),
        ("1969-12-31T12:15:00-11:45", 0),
        ("1970-01-01T00:00:00-00:00", 0),
        ("1970-01-02", 86_400 * SECOND),
        ("2024-02-29T12:00:00.5Z", 1_709_208_000_500_000_000),
        ("1677-09-22T00:00:00Z", -LARGEST),
        ("2262-04-10T23:59:59.999999999Z", LARGEST - 1),
    ],
)
def test_a_stamp_is_its_nanoseconds_since_1970(text: str, nanoseconds: int) -> None:
    assert read_stamp(text) == nanoseconds


@given(
    st.datetimes(datetime(1678, 1, 1), datetime(2261, 12, 31), timezones=st.timezones()),  # noqa: DTZ001
    st.integers(0, 999),
)
def test_a_stamp_of_any_time_zone_is_exact(moment: datetime, nanoseconds: int) -> None:
    offset = moment.utcoffset()
    assert offset is not None
    if offset.total_seconds() % 60:  # RFC 3339 has no such offsets
        moment = moment.astimezone(UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    exact = ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000
    whole, zone = moment.isoformat(timespec="microseconds")[:26], moment.isoformat()[-6:]

    assert read_stamp(f"{whole}{nanoseconds:03}{zone}") == exact + nanoseconds


@given(st.integers(-LARGEST, LARGEST - 1))
def test_a_stamp_that_is_written_is_read_as_it_was(nanoseconds: int) -> None:
    assert read_stamp(write_stamp(nanoseconds)) == nanoseconds


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (500_000_000, "1970-01-01T00:00:00.500Z"),
        (1_000, "1970-01-01T00:00:00.000001Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
    ],
)
def test_a_stamp_is_written_in_utc_with_groups_of_three_digits(nanoseconds: int, text: str) -> None:
    assert write_stamp(nanoseconds) == text


@given(
    st.lists(st.integers(-LARGEST, LARGEST - 1), min_size=1),
    st.integers(0, 9),
    st.sampled_from(["Z", "z", "+09:00", "-11:45"]),
)
def test_stamps_of_one_form_are_read_as_each_is_alone(
    nanoseconds: list[int], digits: int, zone: str
) -> None:
    wholes = [write_stamp(each // SECOND * SECOND)[:19] for each in nanoseconds]
    parts = [f".{each % SECOND:09}"[: digits + 1] if digits else "" for each in nanoseconds]
    stamps = [f"{whole}{part}{zone}" for whole, part in zip(wholes, parts, strict=True)]

    assert outcome(lambda: read_stamps(stamps)) == outcome(lambda: [*map(read_stamp, stamps)])


@pytest.mark.parametrize(
    "other",
    [
        "2024-02-29T12:00:00.5Z",
        "2024-02-29T12:00:00+01:00",
        "2024-02-29t12:00:00Z",
        "2024-02-30T12:00:00Z",
        "2024-02-29T24:00:00Z",
        "2024-02-29T12:00:60Z",
        "2024-02-29T12:00:0xZ",
        "2300-02-29T12:00:00Z",
        "2024-02-29",
        None,
        7,
    ],
)
def test_one_stamp_of_another_form_is_read_as_if_it_was_alone(other: object) -> None:
    usual = "2024-02-29T12:00:00Z"

    alone = outcome(lambda: [None if other is None else read_stamp(other)])

    among = outcome(lambda: read_stamps([usual, other, usual])[1:2])
    assert among == alone


def outcome(read: Callable[[], list[int | None]]) -> list[int | None] | None:
    """Return what a function reads, or None if it finds a text that is no stamp."""
    try:
        return read()
    except (StampError, ValidationError):
        return None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2024-02-29T12:00:00", "end with the offset from UTC, such as Z or +09:00"),
        ("2016-12-31T23:59:60Z", "have at most 59 seconds, because Unix time has no leap seconds"),
        ("2023-02-29", "be a day and a time that exist"),
        ("2024-13-01T00:00:00Z", "be a day and a time that exist"),
        ("2024-02-29T12:00:61Z", "be a day and a time that exist"),
        ("2024-02-29T12:00:00.1234567890Z", "have at most 9 digits after the decimal point"),
        ("1677-09-21T23:59:59.999999999Z", "lie between 1677-09-22 and 2262-04-10 in UTC"),
        ("2262-04-11", "lie between 1677-09-22 and 2262-04-10 in UTC"),
        ("0001-01-01T00:00:00+09:00", "lie between 1677-09-22 and 2262-04-10 in UTC"),
    ],
)
def test_a_text_that_is_no_stamp_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(StampError, match="^" + reason.replace("+", r"\+") + "$"):
        read_stamp(text)


@pytest.mark.parametrize(
    "text",
    [
        "2024-02",
        "20240229T120000Z",
        "2024-W09-4",
        "2024-02-29T12Z",
        "2024-02-29T12:00Z",
        "2024-02-29T24:00:00Z",
        "2024-02-29T12:00:00,5Z",
        "2024-02-29T12:00:00.Z",
        "2024-02-29T12:00:00+0900",
        "2024-02-29T12:00:00+24:00",
        "2024-02-29T12:00:00Z\n",
        " 2024-02-29",
        "\uff12024-02-29",
        "2024-02-29T12:00:00" + "Z" * 1_000_000,
    ],
    ids=lambda text: text[:32],
)
def test_other_forms_than_those_of_rfc_3339_are_refused(text: str) -> None:
    with pytest.raises(StampError, match="be a time stamp of RFC 3339"):
        read_stamp(text)
