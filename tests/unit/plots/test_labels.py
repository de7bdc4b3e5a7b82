import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from service.plots.labels import Label, Marks, Side, marks, place_labels


def axes() -> Axes:
    made = Figure(dpi=72).add_subplot()
    made.set(xlim=(0, 1), ylim=(0, 1))
    return made


def at(made: Axes) -> float:
    """The middle of its only label, in parts of its width."""
    (label,) = made.texts
    box = label.get_window_extent().transformed(made.transAxes.inverted())
    return float(box.x0 + box.x1) / 2


def placed(made: Axes, *labels: Label) -> list[str]:
    """Place labels, and return the texts of those that are drawn."""
    place_labels(made, labels)
    return [text.get_text() for text in made.texts]


SIDES = (Side.RIGHT, Side.LEFT)
MIDDLE = [(0.5, 0.5)]
WORDS = ("one", "two")


def test_a_label_without_room_is_left_out() -> None:
    one, two = (
        Label(text, [(0.5, y)], "k", [Side.RIGHT]) for text, y in (("one", 0.5), ("two", 0.51))
    )

    assert placed(axes(), one, two) == ["one"]


def test_a_label_takes_another_side() -> None:
    one, two = Label("one", MIDDLE, "k", [Side.RIGHT]), Label("two", MIDDLE, "k", SIDES)

    assert placed(axes(), one, two) == ["one", "two"]


def test_a_label_takes_the_side_that_covers_no_points() -> None:
    made = axes()
    made.plot([0.55], [0.5], marker="o", linestyle="")

    place_labels(made, [Label("one", MIDDLE, "k", SIDES)])

    assert at(made) < 0.5


def test_a_label_takes_another_point_of_what_it_names() -> None:
    made = axes()
    made.plot([0.55], [0.5], marker="o", linestyle="")

    place_labels(made, [Label("one", [*MIDDLE, (0.2, 0.2)], "k", [Side.RIGHT])])

    assert 0.2 < at(made) < 0.5


def test_a_label_covers_a_line_rather_than_a_point() -> None:
    made = axes()
    made.plot([0.55], [0.5], marker="o", linestyle="")
    made.axvline(0.45)

    place_labels(made, [Label("one", MIDDLE, "k", SIDES)])

    assert at(made) < 0.5


@pytest.mark.parametrize(
    ("x", "y", "side"),
    [(0.95, 0.5, Side.RIGHT), (0.02, 0.5, Side.LEFT), (0.5, 0.01, Side.LEFT)],
)
def test_a_label_stays_near_its_panel(x: float, y: float, side: Side) -> None:
    assert placed(axes(), Label("far too long to fit", [(x, y)], "k", [side])) == []


def test_a_label_that_must_be_there_is() -> None:
    one, two = (Label(text, MIDDLE, "k", [Side.RIGHT], must=text == "two") for text in WORDS)

    assert placed(axes(), one, two) == ["one", "two"]


def drawn() -> tuple[Axes, Marks]:
    """Two points and two lines, on axes of 100 x 100 points."""
    axes = Figure(figsize=(100 / 72, 100 / 72), dpi=72).add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 100), ylim=(0, 100))
    axes.plot([70, 30], [30, 30], marker="o", linestyle="")
    axes.plot([0, 100], [0, 100])
    axes.add_collection(LineCollection([[(0, 100), (100, 0)]]), autolim=False)
    return axes, marks(axes)


def test_points_and_lines_below_a_box_are_counted() -> None:
    _, there = drawn()

    assert there.covered(Bbox.from_extents(20, 20, 80, 60)) == (2, 2)
    assert there.covered(Bbox.from_extents(60, 20, 80, 40)) == (1, 1)


def test_a_box_between_points_and_lines_covers_nothing() -> None:
    _, there = drawn()

    assert there.covered(Bbox.from_extents(40, 10, 60, 30)) == (0, 0)


def test_a_point_takes_more_room_than_its_middle() -> None:
    _, there = drawn()

    assert there.covered(Bbox.from_extents(33, 20, 60, 30)) == (1, 0)


def test_a_line_across_the_axes_counts() -> None:
    axes, _ = drawn()
    axes.axhline(20)

    assert marks(axes).covered(Bbox.from_extents(40, 10, 60, 30)) == (0, 1)
