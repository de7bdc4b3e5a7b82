from array import array
from dataclasses import replace
from typing import Any

import pytest

from service.descent.methods.bounds import MAX_SERIES, MAX_SERIES_POINTS
from service.descent.methods.optimizers.sgd import Sgd
from service.descent.methods.option import RuleError
from service.descent.questions.budget import affordable
from service.descent.questions.series import SeriesChoices, SeriesQuestion, SeriesStream
from service.descent.questions.table import File, Lists, Table
from service.pool.scheduling import SMALL_SECONDS

CHOICES = SeriesChoices(seed=1, steps=1000)
ONCE, ALONE, SERIES, NUMBER = 8e-4, 3e-4, 8e-6 + 8e-7 * 9, 1.2e-7
POINT, SWINGING = 6e-8 + 2.5e-9 * 9, 0.012
NUMBERS = 10
"""The numbers of a series: three parameters and seven other columns."""


def table(series: int, points: int = 0) -> Table:
    """Return a table of series, of which the first has all points."""
    lengths = array("q", [points] + [0] * (series - 1))
    return Table(b"", Lists(bytes(8 * points), lengths.tobytes()))


def question(series: int, points: int = 0, **choices: Any) -> SeriesQuestion:
    return SeriesQuestion(
        choices=replace(CHOICES, **choices), points=table(series, points), max_seconds=10.0
    )


def refusal(question: SeriesQuestion, max_seconds: float = 1e9) -> tuple[str, float | None]:
    with pytest.raises(RuleError) as refused:
        affordable(question, max_seconds)
    return refused.value.code, refused.value.given


def test_a_table_has_at_most_250000_series() -> None:
    table(MAX_SERIES - 1).check()
    table(MAX_SERIES).check()

    with pytest.raises(RuleError) as refused:
        table(MAX_SERIES + 1).check()

    assert MAX_SERIES == 250_000
    assert (refused.value.code, refused.value.limit, refused.value.given) == (
        *("too_many_items", 250_000, 250_001),
    )


def test_a_table_has_at_most_ten_million_points() -> None:
    table(1, MAX_SERIES_POINTS - 1).check()
    table(1, MAX_SERIES_POINTS).check()

    with pytest.raises(RuleError) as refused:
        table(1, MAX_SERIES_POINTS + 1).check()

    assert MAX_SERIES_POINTS == 10_000_000
    assert (refused.value.code, refused.value.limit, refused.value.given) == (
        *("too_many_points", 10_000_000, 10_000_001),
    )


def test_an_answer_has_at_most_two_million_numbers() -> None:
    affordable(question(199_999), 1e9)
    affordable(question(200_000), 1e9)

    assert refusal(question(200_001)) == ("answer_too_large", 2_000_010)


def test_losses_and_predictions_count_as_numbers() -> None:
    many: dict[str, Any] = {"include": ("losses",), "record_every": 100, "at": (1.0, 2.0)}

    assert question(3, **many).numbers_in_answer == 3 * (NUMBERS + 11 + 2)


def test_a_stream_may_have_any_number_of_numbers() -> None:
    stream = SeriesStream(choices=CHOICES, points=table(200_001), max_seconds=1e9)

    assert affordable(stream, 1e9) == stream.seconds


def test_the_events_of_a_stream_hold_the_numbers_of_all_rows() -> None:
    stream = SeriesStream(choices=CHOICES, points=table(3), max_seconds=1e9)

    assert stream.numbers_in_events == question(3).numbers_in_answer > 0


@pytest.mark.parametrize(
    ("choices", "each"),
    [
        ({}, SERIES + NUMBERS * NUMBER),
        ({"steps": 10_000_000}, SERIES + NUMBERS * NUMBER),
        ({"at": (1.0,)}, SERIES + (NUMBERS + 1) * NUMBER),
        ({"include": ("messages",)}, SERIES + NUMBERS * NUMBER + ALONE),
        ({"optimizer": Sgd(momentum=0.5)}, SERIES + NUMBERS * NUMBER + SWINGING + ALONE),
    ],
)
def test_the_cost_grows_with_the_series_and_their_points(
    choices: dict[str, Any], each: float
) -> None:
    cost = question(1000, 50_000, **choices).seconds

    assert cost == pytest.approx(ONCE + 1000 * each + 50_000 * POINT)


def test_the_number_of_series_that_fits_is_advised() -> None:
    with pytest.raises(RuleError) as refused:
        affordable(question(1000), question(400).seconds)

    assert str(refused.value) == "Send at most 400 series in one request"


def test_a_file_is_sent_alone() -> None:
    file = replace(question(1), points=File("npy", []))

    assert affordable(file, file.max_seconds) > SMALL_SECONDS
