import pytest

from service.descent.answers.results import DataPoints
from service.plots.times import positions


def test_numbers_are_their_own_positions() -> None:
    found = positions(DataPoints([3.0, 1.0], [0.0, 0.0]))

    assert (found.t.tolist(), found.label) == ([3, 1], "t")


@pytest.mark.parametrize(
    ("last", "position", "unit"),
    [
        ("2024-03-02T12:00:00Z", 2.5, "days"),
        ("2024-03-01T00:00:00Z", 24, "hours"),
        ("2024-02-29T00:02:00Z", 2, "minutes"),
        ("2024-02-29T00:00:02.500Z", 2.5, "seconds"),
        ("2024-02-29T00:00:00.000000001Z", 1, "nanoseconds"),
        ("2024-02-29T00:00:00Z", 0, "nanoseconds"),
    ],
)
def test_stamps_are_at_their_distance_from_the_first(last: str, position: float, unit: str) -> None:
    found = positions(DataPoints([last, "2024-02-29T00:00:00Z"], [0.0, 0.0]))

    assert found.t.tolist() == [position, 0]
    assert found.label == f"{unit} since 2024-02-29T00:00:00Z"
