import numpy as np
import pytest
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox

from service.plots.curve import visible, window
from service.plots.picture import drawn
from service.plots.room import marks
from service.plots.shapes import shapes
from tests.plots.cases import case


def heights(name: str) -> tuple[float, float]:
    data = case(name).data
    assert data is not None
    return window(np.array(data.y), shapes(case(name)))


def bounds(label: Text) -> Bbox:
    """The room of a text, in points of the figure."""
    assert label.figure is not None
    return label.get_window_extent().transformed(Affine2D().scale(72 / label.figure.dpi))


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


@pytest.mark.parametrize(
    "name",
    [
        "lecture",
        "standardized",
        "noise",
        "validation",
        "50,000 points",
        "a point a day",
        "too small for long",
    ],
)
def test_no_label_covers_a_point(name: str) -> None:
    axes = drawn(case(name)).axes[0]

    labels = [
        text
        for text in axes.texts
        if text.get_text() == "optimum" or text.get_text().startswith(("step", "start"))
    ]

    assert "optimum" in [label.get_text() for label in labels]
    assert [marks(axes).covered(bounds(label))[0] for label in labels] == [0] * len(labels)


@pytest.mark.parametrize("name", ["Unix seconds", "a point a day", "huge t"])
def test_t_is_written_in_full(name: str) -> None:
    axes = drawn(case(name)).axes[0]

    assert axes.xaxis.get_major_formatter().get_offset() == ""
    assert axes.get_xticklabels()[1].get_text() in {"1,700,050,000", "1,701,000,000", "1e150"}


def test_a_curve_that_only_crosses_the_picture_is_not_drawn() -> None:
    found = shapes(case("diverged"))

    assert visible(found.curves[0], *heights("diverged"))
    assert not visible(found.curves[-1], *heights("diverged"))
