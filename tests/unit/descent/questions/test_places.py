import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from service.descent.methods.option import RuleError
from service.descent.questions.places import AnyPlaces, Every, read_duration
from tests.support.specs import points_of

ADAPTER: TypeAdapter[Any] = TypeAdapter(AnyPlaces)
POINTS = points_of(
    t=["2024-02-28T12:00:00+09:00", None, "2024-02-28T01:00:00Z", "2024-02-29"], y=[1, 2, 3, None]
)
"""Points of which the first is the latest that counts."""


def every(**fields: str) -> Every:
    """Return places as a request has them."""
    found = ADAPTER.validate_json(json.dumps(fields))
    assert isinstance(found, Every)
    return found


def test_numbers_stay_numbers() -> None:
    assert ADAPTER.validate_json("[1, 2.5]") == (1.0, 2.5)


def test_large_integers_keep_their_digits() -> None:
    assert ADAPTER.validate_json(f"[{2**53 + 1}]") == (2**53 + 1,)


def test_stamps_are_kept_in_utc() -> None:
    assert ADAPTER.validate_json('["2024-02-29T09:00:00+09:00"]') == ("2024-02-29T00:00:00Z",)


def test_a_place_cannot_be_missing() -> None:
    with pytest.raises(ValidationError) as refused:
        ADAPTER.validate_json('["2024-02-29", null]')

    assert refused.value.errors()[0]["loc"][-1] == 1


def test_places_begin_one_step_after_the_last_point() -> None:
    found = every(every="12h", until="2024-02-29T12:00:00Z").places(POINTS)

    assert found == ("2024-02-28T15:00:00Z", "2024-02-29T03:00:00Z")


def test_a_last_point_without_weight_does_not_count() -> None:
    points = points_of(t=["2024-01-05", "2024-01-01", "2024-01-02"], y=[1, 2, 3], weights=[0, 1, 1])

    assert every(every="1d", until="2024-01-03").places(points) == ("2024-01-03T00:00:00Z",)


def test_places_begin_with_from_and_include_until() -> None:
    found = every(every="1d", until="2024-03-01", **{"from": "2024-02-28"}).places(POINTS)

    assert found == ("2024-02-28T00:00:00Z", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z")


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1ns", 1),
        ("20us", 20_000),
        ("3ms", 3_000_000),
        ("30s", 30_000_000_000),
        ("15m", 900_000_000_000),
        ("1h", 3_600_000_000_000),
        ("7d", 604_800_000_000_000),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, nanoseconds: int) -> None:
    assert read_duration(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "h", "0h", "-1h", "1.5h", "1 h", "1H", "1w", "9" * 10 + "s"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="a whole number and one of ns, us, ms, s, m, h"):
        every(every=text, until="2024-03-01")


@pytest.mark.parametrize(
    ("fields", "pointer", "message"),
    [
        (
            {"every": "1d", "until": "2024-02-28T23:00:00Z"},
            "/at/until",
            "`until` must not be earlier than one `every` after the last point",
        ),
        (
            {"every": "1d", "until": "2024-02-27", "from": "2024-02-28"},
            "/at/until",
            "`until` must not be earlier than `from`",
        ),
        (
            {"every": "1s", "until": "2024-02-28T05:46:41Z", "from": "2024-02-28T03:00:00Z"},
            "/at",
            "`at` has 10002 values of t: at most 10000 are possible",
        ),
        (
            {"every": "1ns", "until": "2262-04-10", "from": "1677-09-22"},
            "/at",
            "`at` has 18446486400000000001 values of t: at most 10000 are possible",
        ),
    ],
)
def test_places_that_are_none_or_too_many_are_refused(
    fields: dict[str, str], pointer: str, message: str
) -> None:
    with pytest.raises(RuleError) as refused:
        every(**fields).check(POINTS)

    assert (refused.value.pointer, str(refused.value)) == (pointer, message)
