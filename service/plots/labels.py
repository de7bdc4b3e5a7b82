"""Labels beside what they name, where there is room."""

from collections.abc import Iterable
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Bbox

from service.descent.frozen import frozen

POINTS = 11.0
"""The size of a label."""

Side = Literal["right", "left", "below", "above right", "above left", "below right", "below left"]
WAYS: dict[Side, tuple[float, float]] = {
    "right": (1, 0),
    "left": (-1, 0),
    "below": (0, -1),
    "above right": (0.9, 0.7),
    "above left": (-0.9, 0.7),
    "below right": (0.9, -0.7),
    "below left": (-0.9, -0.7),
}


@frozen
class Label:
    """A text at a point, on the first of its sides that is free; one that `must` be there covers others rather than be missing."""

    text: str
    at: tuple[float, float]
    colour: str
    sides: tuple[Side, ...] = ("right",)
    bold: bool = False
    must: bool = False
    gap: float = 6.0
    """Points between the label and what it names."""


def size(text: str, points: float, *, bold: bool = False) -> tuple[float, float]:
    """Width and height of a line of text, in points."""
    font = FontProperties(family="DejaVu Sans", size=points, weight="bold" if bold else "normal")
    width, height, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return width, height


def place(axes: Axes, labels: Iterable[Label], *, outside: float = 14) -> list[str]:
    """Draws the labels, the most important first, and gives back those that found room.

    The limits of the axes are final; on the right a label may reach so many points beyond them.
    """
    edge = axes.bbox.x1 * 72 / axes.figure.dpi + outside
    taken: list[Bbox] = []
    drawn = []
    for label in labels:
        boxes = [_box(axes, label, side) for side in label.sides]
        free = [box for box in boxes if box.x1 <= edge and not any(box.overlaps(other) for other in taken)]
        if free or label.must:
            taken.append((free or boxes)[0])
            drawn.append(label.text)
            _write(axes, label, taken[-1])
    return drawn


def _box(axes: Axes, label: Label, side: Side) -> Bbox:
    """The room a label takes, in points."""
    width, height = size(label.text, POINTS, bold=label.bold)[0], 1.3 * POINTS
    x, y = (pixel * 72 / axes.figure.dpi for pixel in axes.transData.transform(label.at))
    across, up = WAYS[side]
    left, bottom = x + across * (label.gap + width / 2) - width / 2, y + up * (label.gap + height / 2) - height / 2
    return Bbox.from_bounds(left, bottom, width, height)


def _write(axes: Axes, label: Label, box: Bbox) -> None:
    middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    axes.annotate(
        label.text,
        middle,
        xycoords="figure points",
        ha="center",
        va="center_baseline",
        fontsize=POINTS,
        fontweight="bold" if label.bold else "normal",
        color=label.colour,
        annotation_clip=False,
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.5},
        zorder=5,
    )
