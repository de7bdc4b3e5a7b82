from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from service.plots.collisions import Marks, marks


def drawn() -> tuple[Axes, Marks]:
    """Two points and two lines, on axes of 100 x 100 points."""
    axes = Figure(figsize=(100 / 72, 100 / 72), dpi=100).add_axes((0, 0, 1, 1))
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
