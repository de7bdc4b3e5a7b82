import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from service.plots.labels import Label, place_labels


def axes() -> Axes:
    made = Figure().add_subplot()
    made.set(xlim=(0, 1), ylim=(0, 1))
    return made


def at(made: Axes) -> float:
    """The middle of its only label, in parts of its width."""
    (label,) = made.texts
    box = label.get_window_extent().transformed(made.transAxes.inverted())
    return float(box.x0 + box.x1) / 2


def test_a_label_without_room_is_left_out() -> None:
    assert place_labels(
        axes(), [Label("one", (0.5, 0.5), "k"), Label("two", (0.5, 0.51), "k")]
    ) == ["one"]


def test_a_label_takes_another_side() -> None:
    assert place_labels(
        axes(), [Label("one", (0.5, 0.5), "k"), Label("two", (0.5, 0.5), "k", ("right", "left"))]
    ) == ["one", "two"]


def test_a_label_takes_the_side_that_covers_no_points() -> None:
    made = axes()
    made.plot([0.55], [0.5], marker="o", linestyle="")

    place_labels(made, [Label("one", (0.5, 0.5), "k", ("right", "left"))])

    assert at(made) < 0.5


def test_a_label_takes_another_point_of_what_it_names() -> None:
    made = axes()
    made.plot([0.55], [0.5], marker="o", linestyle="")

    place_labels(made, [Label("one", (0.5, 0.5), "k", also=((0.2, 0.2),))])

    assert 0.2 < at(made) < 0.5


def test_a_label_covers_a_line_rather_than_a_point() -> None:
    made = axes()
    made.plot([0.55], [0.5], marker="o", linestyle="")
    made.axvline(0.45)

    place_labels(made, [Label("one", (0.5, 0.5), "k", ("right", "left"))])

    assert at(made) < 0.5


@pytest.mark.parametrize(("x", "y"), [(0.95, 0.5), (0.02, 0.5), (0.5, 0.01)])
def test_a_label_stays_near_its_panel(x: float, y: float) -> None:
    assert (
        place_labels(
            axes(),
            [Label("far too long to fit", (x, y), "k", ("right",) if x > 0.5 else ("left",))],
        )
        == []
    )


def test_a_label_that_must_be_there_is() -> None:
    assert place_labels(
        axes(), [Label("one", (0.5, 0.5), "k"), Label("two", (0.5, 0.5), "k", must=True)]
    ) == ["one", "two"]
