from matplotlib.axes import Axes
from matplotlib.figure import Figure

from service.plots.labels import Label, place


def axes() -> Axes:
    made = Figure().add_subplot()
    made.set(xlim=(0, 1), ylim=(0, 1))
    return made


def test_a_label_without_room_is_left_out() -> None:
    assert place(axes(), [Label("one", (0.5, 0.5), "k"), Label("two", (0.5, 0.51), "k")]) == ["one"]


def test_a_label_takes_another_side() -> None:
    assert place(axes(), [Label("one", (0.5, 0.5), "k"), Label("two", (0.5, 0.5), "k", ("right", "left"))]) == ["one", "two"]


def test_a_label_stays_near_its_panel() -> None:
    assert place(axes(), [Label("far too long to fit", (0.95, 0.5), "k")]) == []


def test_a_label_that_must_be_there_is() -> None:
    assert place(axes(), [Label("one", (0.5, 0.5), "k"), Label("two", (0.5, 0.5), "k", must=True)]) == ["one", "two"]
