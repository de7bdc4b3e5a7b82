"""Fits whose t are time stamps."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from orjson import dumps

from service.api.requests import parse
from service.descent.arrays import difference
from service.descent.fit import collect, events
from service.descent.forecast import forecast
from service.descent.methods.stamps import FARTHEST, SECOND, read_stamp, write_stamp
from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.fit import FitSpec
from service.descent.questions.sweep import SweepSpec
from service.descent.sweep import sweep

LARGEST = FARTHEST * SECOND
NANOSECONDS = st.integers(-LARGEST, LARGEST - 1)
BEGIN = read_stamp("2024-02-29T23:59:59.999999999+09:00")
DISTANCES = [0, 1, 7, 40, 41, 1_000, 86_400 * SECOND, 90_000 * SECOND + 1]
"""Distances of points in nanoseconds, over a leap day."""
TIMES = [BEGIN + distance for distance in DISTANCES]
WAVY = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]


def asked(t: Sequence[object], y: Sequence[float], **fields: object) -> Any:
    """Return the fit of a request with these points."""
    body = {"data": {"t": t, "y": y}, "seed": 1} | fields
    question = parse(dumps(body), FitSpec)
    return collect(events(question))


def stamped(times: list[int], y: Sequence[float], **fields: object) -> Any:
    """Return the fit of points at these nanoseconds, sent as stamps."""
    return asked([*map(write_stamp, times)], y, **fields)


@given(st.lists(NANOSECONDS, min_size=1, max_size=5), NANOSECONDS)
def test_the_difference_of_stamps_is_rounded_once(times: list[int], origin: int) -> None:
    found = difference(np.array(times), origin)

    assert found.tolist() == [float(Fraction(each - origin)) for each in times]


@given(st.lists(NANOSECONDS, min_size=3, max_size=9, unique=True))
def test_a_line_over_nanoseconds_stays_exact(times: list[int]) -> None:
    first, span = times[0], max(times) - min(times)
    y = [float(Fraction(each - first, span)) for each in times]

    found = stamped(times, y, model={"kind": "polynomial", "degree": 1}, at=[write_stamp(first)])

    assert found.optimum.loss < 1e-30
    assert found.predictions_at == pytest.approx([0], abs=1e-14)


@pytest.mark.parametrize("scale", ["standardize", "orthonormal"])
def test_stamps_and_their_integers_give_the_same_curve_to_the_bit(scale: str) -> None:
    of_integers = asked(TIMES, WAVY, scale=scale)
    of_stamps = stamped(TIMES, WAVY, scale=scale)

    assert of_stamps.scaled.params == of_integers.scaled.params
    assert of_stamps.losses == of_integers.losses


def test_coefficients_are_per_second_since_1970() -> None:
    seconds = [0, 1, 2, 4]

    found = stamped([each * SECOND for each in seconds], [float(t * t - t) for t in seconds])

    exact = {"a": 1, "b": -1, "c": 0}
    assert found.optimum.params == pytest.approx(exact, abs=1e-12)


def test_a_number_as_the_rate_applies_to_seconds() -> None:
    seconds, y = [0, 1, 2, 4], [1, 3, 2, 5]

    found = stamped([each * SECOND for each in seconds], y, lr=0.01)

    assert found.losses == asked(seconds, y, lr=0.01).losses


def test_the_center_is_a_stamp_and_the_scale_is_in_seconds() -> None:
    day = 86_400 * SECOND

    found = stamped([BEGIN - day, BEGIN + day], [1, 2]).scaled

    assert read_stamp(found.center) == pytest.approx(BEGIN, abs=256)  # of float64
    assert found.scale == pytest.approx(86_400)


def test_the_scaled_of_a_result_is_a_warm_start() -> None:
    first = stamped(TIMES, WAVY, scale="standardize", steps=5)

    second = stamped(TIMES, WAVY, scale="standardize", init=vars(first.scaled), steps=5)

    assert second.losses[0] == pytest.approx(first.loss, rel=1e-12)


def test_a_sweep_of_stamps_is_that_of_their_integers() -> None:
    fields = {"scale": "standardize", "lrs": [0.1, 0.5], "seed": 1}
    losses = []
    for t in (TIMES, [*map(write_stamp, TIMES)]):
        question = parse(dumps(fields | {"data": {"t": t, "y": WAVY}}), SweepSpec)
        losses.append([run.loss for run in sweep(question).runs])

    assert losses[0] == losses[1]


def test_an_analysis_of_stamps_is_that_of_their_integers() -> None:
    limits = []
    for t in (TIMES, [*map(write_stamp, TIMES)]):
        body = dumps({"scale": "standardize", "data": {"t": t, "y": WAVY}})
        limits.append(forecast(parse(body, AnalysisSpec)).analysis.lr_limit)

    assert limits[0] == limits[1]


def test_the_tail_of_stamps_is_the_latest() -> None:
    shuffled = [TIMES[i] for i in (3, 7, 0, 5, 6, 1, 2, 4)]
    validation = {"fraction": 0.25, "split": "tail"}

    found = stamped(shuffled, WAVY, validation=validation, include=["data"])

    assert found.data.held_out == [1, 4]


def test_a_network_sees_exact_stamps() -> None:
    options: dict[str, object] = {"model": {"kind": "mlp"}, "steps": 3}

    of_integers = asked(TIMES, WAVY, **options)

    assert stamped(TIMES, WAVY, **options).losses == of_integers.losses


def test_points_come_back_as_stamps_in_utc() -> None:
    sent = ["2024-02-29T09:00:00.5+09:00", "2024-03-01", None]

    found = asked(sent, [1, 2, 3], include=["data"])

    assert found.data.t == ["2024-02-29T00:00:00.500Z", "2024-03-01T00:00:00Z"]


def test_places_come_back_as_stamps_in_utc() -> None:
    found = stamped([0, 1], [1, 2], at={"every": "12h", "until": "1970-01-02T09:00:00+09:00"})

    assert found.resolved.at == ("1970-01-01T12:00:00.000000001Z",)


def test_curves_are_evaluated_at_the_nanosecond() -> None:
    at = [BEGIN + distance for distance in (3, 20, 100)]

    of_integers = asked(TIMES, WAVY, at=at)
    of_stamps = stamped(TIMES, WAVY, at=[*map(write_stamp, at)])

    assert of_stamps.predictions_at == of_integers.predictions_at
