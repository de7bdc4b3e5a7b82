"""Factors of points with time stamps, against the fit of all points."""

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from orjson import dumps

from service.api.requests import parse
from service.descent.answers.results import Fit
from service.descent.errors import NotComputableError
from service.descent.fit import collect, events
from service.descent.methods.stamps import FARTHEST, SECOND, read_stamp, write_stamp
from service.descent.points.merging import merged
from service.descent.questions.factors import PortableFactor
from service.descent.questions.fit import FitSpec

HOUR = 3_600 * SECOND
BEGIN = read_stamp("2024-02-25T00:00:00.000000001+09:00")
DAYS, HOURS = 30, 24
T = [BEGIN + hour * HOUR for hour in range(DAYS * HOURS)]
Y = (1e6 + np.random.default_rng(3).normal(size=len(T)) + np.arange(len(T)) * 0.01).tolist()
AT = ["2024-02-25T00:00:00Z", "2024-03-10T12:00:00Z", "2024-04-30T00:00:00Z"]


def asked(data: dict[str, Any], *, degree: int = 2, **fields: Any) -> Fit:
    """Return the fit of a request with this data."""
    body = {
        "data": data,
        "model": {"kind": "polynomial", "degree": degree},
        "scale": "standardize",
        "init": "zeros",
        "steps": 20,
        "include": ["factor"],
    }
    return collect(events(parse(dumps(body | fields), FitSpec)))


def points(times: list[int], y: list[float]) -> dict[str, Any]:
    return {"t": [*map(write_stamp, times)], "y": y}


def factor_of(times: list[int], y: list[float], degree: int = 2) -> PortableFactor:
    found = asked(points(times, y), degree=degree).factor
    assert found is not None
    return found


def of_factors(*factors: PortableFactor, **more: Any) -> dict[str, Any]:
    return {"factors": [json.loads(dumps(factor)) for factor in factors]} | more


def days(count: int = DAYS) -> list[PortableFactor]:
    return [factor_of(T[i : i + HOURS], Y[i : i + HOURS]) for i in range(0, count * HOURS, HOURS)]


def assert_same(found: Fit, expected: Fit) -> None:
    assert found.optimum
    assert expected.optimum
    assert found.scaled.center == expected.scaled.center
    assert found.scaled.scale == pytest.approx(expected.scaled.scale, rel=1e-12)
    assert found.losses == pytest.approx(expected.losses, rel=1e-12)
    assert found.optimum.loss == pytest.approx(expected.optimum.loss, rel=1e-12)
    assert found.predictions_at == pytest.approx(expected.predictions_at, rel=1e-12)


def test_the_positions_of_a_factor_are_stamps_and_seconds() -> None:
    minutes = [BEGIN + minute * 60 * SECOND for minute in (0, 1, 5)]

    found = factor_of(minutes, [1.0, 2.0, 4.0])

    ends = ("2024-02-24T15:00:00.000000001Z", "2024-02-24T15:05:00.000000001Z")
    assert found.extent == ends
    assert found.nodes == ("2024-02-24T15:02:00.000000001Z",) * 2
    assert found.mean == 0
    assert found.scale == pytest.approx(np.std([0, 60, 300]), rel=1e-15)


def test_the_mean_of_a_factor_has_the_part_of_a_nanosecond() -> None:
    found = factor_of([BEGIN, BEGIN + 1, BEGIN + 1], [1.0, 2.0, 4.0], degree=1)

    assert found.nodes == (write_stamp(BEGIN + 1),)
    assert found.mean == pytest.approx(-1e-9 / 3, rel=1e-15)


def test_days_appended_one_by_one_are_one_fit() -> None:
    first, *others = [(T[i : i + HOURS], Y[i : i + HOURS]) for i in range(0, len(T), HOURS)]

    found = asked(points(*first), at=AT)
    for day in others:
        assert found.factor
        found = asked(of_factors(found.factor, **points(*day)), at=AT)

    assert_same(found, asked(points(T, Y), at=AT))


def test_the_order_of_factors_does_not_matter() -> None:
    factors = days(20)
    order = np.random.default_rng(1).permutation(20).tolist()

    found = asked(of_factors(*[factors[i] for i in order]), at=AT)

    assert_same(found, asked(of_factors(*factors), at=AT))


def test_days_that_were_appended_can_be_removed() -> None:
    first, second = T[: 10 * HOURS], T[10 * HOURS :]
    removed = factor_of(first, Y[: len(first)])

    whole = factor_of(T, Y)
    left = asked(of_factors(whole, remove=[json.loads(dumps(removed))]), at=AT)

    assert_same(left, asked(points(second, Y[len(first) :]), at=AT))


@pytest.mark.parametrize("begin", [BEGIN, -FARTHEST * SECOND, FARTHEST * SECOND - 1_000])
def test_a_line_over_nanoseconds_stays_exact(begin: int) -> None:
    times = [begin + distance for distance in (0, 1, 7, 40, 41, 200, 611, 999)]
    y = [float(Fraction(each - begin, 1_000)) for each in times]
    halves = [factor_of(times[part], y[part], degree=1) for part in (slice(3), slice(3, None))]

    found = asked(of_factors(*halves), degree=1, at=[write_stamp(each) for each in times])

    assert found.optimum
    assert found.optimum.loss < 1e-30
    assert found.predictions_at == pytest.approx(y, abs=1e-14)


def test_points_of_six_centuries_are_one_fit() -> None:
    times = [*range(-FARTHEST * SECOND, FARTHEST * SECOND, FARTHEST * SECOND // 20)]
    y = np.random.default_rng(7).normal(size=len(times)).tolist()

    found = asked(of_factors(factor_of(times[:20], y[:20]), factor_of(times[20:], y[20:])), at=AT)

    assert_same(found, asked(points(times, y), at=AT))


def test_removing_points_without_which_the_mean_is_no_stamp_is_refused() -> None:
    late = [FARTHEST * SECOND - hour * HOUR for hour in range(1, 201)]
    whole, other = factor_of(late, Y[:200]), factor_of(late[150:], Y[150:200])
    light = [tuple(number * 1e-9 for number in row) for row in other.triangle]
    hostile = replace(other, points=199, triangle=tuple(light))

    with pytest.raises(NotComputableError, match="not among the others"):
        merged([whole], [hostile], 2)


def test_days_at_one_time_have_a_second_as_their_scale() -> None:
    same = factor_of([BEGIN], [1.0])

    assert merged([same, same], [], 2).scale == 1


def test_a_fit_of_factors_alone_answers_stamps() -> None:
    found = asked(of_factors(*days(2)), at={"every": "1h", "until": "2024-02-26T16:00:00Z"})

    assert found.scaled.center == write_stamp(BEGIN + 23 * HOUR + HOUR // 2)
    assert found.resolved.at == ("2024-02-26T15:00:00.000000001Z",)
