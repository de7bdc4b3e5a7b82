import numpy as np

from service.plots.curve import visible, window
from service.plots.shapes import shapes
from tests.plots.cases import case


def heights(name: str) -> tuple[float, float]:
    data = case(name).data
    assert data is not None
    return window(np.array(data.y), shapes(case(name)))


def test_all_points_are_shown() -> None:
    data = case("lecture").data
    assert data is not None
    low, high = heights("lecture")

    assert low < min(data.y) < max(data.y) < high


def test_a_diverged_curve_does_not_press_the_points_flat() -> None:
    low, high = heights("diverged")

    assert high - low < 250


def test_points_at_one_height_are_shown_with_the_start() -> None:
    low, high = heights("constant y")

    assert 10 < high - low < 50


def test_a_curve_that_only_crosses_the_picture_is_not_drawn() -> None:
    found = shapes(case("diverged"))

    assert visible(found.curves[0], *heights("diverged"))
    assert not visible(found.curves[-1], *heights("diverged"))
