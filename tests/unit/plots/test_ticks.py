from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.plots.labels import POINTS, size
from service.plots.ticks import ticks


def texts(low: float, high: float) -> list[str]:
    return [text for _, text in ticks(low, high, 320)]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.8, 23.6, ["0", "5", "10", "15", "20"]),
        (-1, 1, ["\N{MINUS SIGN}1.0", "\N{MINUS SIGN}0.5", "0.0", "0.5", "1.0"]),
        (1988.8, 2027.2, ["1990", "2000", "2010", "2020"]),
        (0, 25_000, ["0", "5,000", "10,000", "15,000", "20,000", "25,000"]),
        (1.7e9 - 94, 1.7e9 + 2902, ["1,700,000,000", "1,700,001,000", "1,700,002,000"]),
        (
            1.7e9 - 1e5,
            1.7e9 + 3.1e6,
            ["1,700,000,000", "1,701,000,000", "1,702,000,000", "1,703,000,000"],
        ),
        (1.0, 1.0000024, ["1.000000", "1.000001", "1.000002"]),
        (
            -1e-10,
            2.3e-8,
            [
                "0",
                "5e\N{MINUS SIGN}9",
                "1.0e\N{MINUS SIGN}8",
                "1.5e\N{MINUS SIGN}8",
                "2.0e\N{MINUS SIGN}8",
            ],
        ),
        (-1e149, 4.9e150, ["0", "1e150", "2e150", "3e150", "4e150"]),
    ],
)
def test_ticks_are_numbers_in_full(low: float, high: float, expected: list[str]) -> None:
    assert texts(low, high) == expected


@given(st.floats(-1e12, 1e12), st.floats(1, 1e12))
def test_texts_tell_their_ticks_apart_and_do_not_touch(low: float, span: float) -> None:
    found = ticks(low, low + span, 320)

    ends = [((mark - low) / span * 320, size(text, POINTS)[0] / 2) for mark, text in found]
    shown = [float(text.replace("\N{MINUS SIGN}", "-").replace(",", "")) for _, text in found]
    assert all(x + half < after - other for (x, half), (after, other) in pairwise(ends))
    assert shown == pytest.approx([mark for mark, _ in found], abs=1e-3 * span)


def test_texts_have_twelve_points_between_them_or_are_fewer() -> None:
    widest = size("10", POINTS)[0]
    enough = (widest + 12) * 10 / 2

    assert [mark for mark, _ in ticks(0, 10, enough + 0.01)] == [0, 2, 4, 6, 8, 10]
    assert [mark for mark, _ in ticks(0, 10, enough - 0.01)] == [0, 5, 10]
