"""An axis brings values to pixels and back, with ticks at round values."""

import itertools
import math
import random
from typing import Any

import pytest

from tests.support.modules import Modules

AXIS = "({ kind, low, high, from, to }) => module[kind](low, high, from, to)"
THERE_AND_BACK = f"""(given) => {{
  const axis = ({AXIS})(given);
  return [axis(given.low), axis(given.high), axis(given.value), axis.invert(axis(given.value))];
}}"""
TICKS = f"(given) => ({AXIS})(given).ticks(given.count)"
ROUND = {1.0, 2.0, 2.5, 5.0}
DIGITS = 1e-12
"""The part of an axis that rounding may cost.

A pixel, of 900 at most, keeps 16 digits, and the axis has 56 pixels or more: 4e-15 of it. On a
logarithmic axis that is a part of five decades, 4e-14 of the value, which is at most eleven times
the length of the axis: 5e-13. Ticks are at most 70 steps from 0, and so 70 times 1e-16 off.
"""


def drawn(kind: str) -> list[dict[str, Any]]:
    """Axes of all sizes."""
    random_ = random.Random(6)
    axes: list[dict[str, Any]] = []
    for _ in range(300):
        low = 10 ** random_.uniform(-20, 20) * (random_.choice([-1, 1]) if kind == "linear" else 1)
        high = low + abs(low) * 10 ** random_.uniform(-1, 5)
        axes.append(
            {
                "kind": kind,
                "low": low,
                "high": high,
                "from": 44,
                "to": random_.uniform(100, 900),
                "value": random_.uniform(low, high),
            }
        )
    return axes


@pytest.mark.parametrize("kind", ["linear", "logarithmic"])
def test_a_value_is_brought_to_a_pixel_and_back(modules: Modules, kind: str) -> None:
    axes = drawn(kind)

    for axis, (low, high, pixel, back) in zip(
        axes, modules.each("axis.js", THERE_AND_BACK, axes), strict=True
    ):
        assert (low, high) == pytest.approx((axis["from"], axis["to"]), rel=DIGITS)
        assert axis["from"] <= pixel <= axis["to"]
        assert abs(back - axis["value"]) <= DIGITS * (axis["high"] - axis["low"])


@pytest.mark.parametrize("count", [3, 4, 7])
def test_the_ticks_of_a_linear_axis_are_round_and_evenly_apart(
    modules: Modules, count: int
) -> None:
    axes = [axis | {"count": count} for axis in drawn("linear")]

    for axis, ticks in zip(axes, modules.each("axis.js", TICKS, axes), strict=True):
        apart = [after - before for before, after in itertools.pairwise(ticks)]
        assert 1 <= len(ticks) <= count + 1
        assert all(axis["low"] <= tick <= axis["high"] for tick in ticks)
        assert apart == pytest.approx([apart[0]] * len(apart) if apart else [], rel=DIGITS)
        assert all(
            round(each / 10 ** math.floor(math.log10(each * 1.0001)), 3) in ROUND for each in apart
        )


def test_the_ticks_of_a_logarithmic_axis_are_powers_of_ten(modules: Modules) -> None:
    given = [
        {"kind": "logarithmic", "low": 7.3, "high": 25_824, "from": 0, "to": 1, "count": 4},
        {"kind": "logarithmic", "low": 1, "high": 1000, "from": 0, "to": 1, "count": 7},
        {"kind": "logarithmic", "low": 1, "high": 1e12, "from": 0, "to": 1, "count": 4},
        {"kind": "logarithmic", "low": 2, "high": 9, "from": 0, "to": 1, "count": 4},
    ]

    assert modules.each("axis.js", TICKS, given) == [
        [10, 100, 1000, 10_000],
        [1, 10, 100, 1000],
        [1, 1e4, 1e8, 1e12],
        [],
    ]


def test_an_axis_of_one_value_has_one_tick_there(modules: Modules) -> None:
    given = [{"kind": "linear", "low": 5, "high": 5, "from": 0, "to": 100, "count": 4}]

    assert modules.each("axis.js", TICKS, given) == [[5]]


def test_what_is_not_above_0_lies_far_below_a_logarithmic_axis(modules: Modules) -> None:
    given = [{"kind": "logarithmic", "low": 1, "high": 10, "from": 0, "to": 100, "value": 1}]

    assert modules.each("axis.js", f"(given) => ({AXIS})(given)(0)", given)[0] < -1000
