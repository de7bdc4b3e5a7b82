"""Labels next to what they name, where there is space."""

from collections.abc import Iterable
from itertools import product
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D, Bbox

from service.descent.frozen import readonly
from service.plots.collisions import Marks, marks

POINTS = 11.0
"""The font size of a label, in points."""

REACH_BELOW = 3.0
"""The distance in points by which a label may reach below the axes."""

PAPER = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.5}
"""The background of a label that lies over lines."""

Weight = Literal["normal", "bold"]
Side = Literal[
    "right",
    "left",
    "above",
    "below",
    "above right",
    "above left",
    "below right",
    "below left",
    "a line above right",
    "a line below right",
]
WAYS: dict[Side, tuple[float, float]] = {
    "right": (1, 0),
    "left": (-1, 0),
    "above": (0, 1),
    "below": (0, -1),
    "above right": (0.9, 0.7),
    "above left": (-0.9, 0.7),
    "below right": (0.9, -0.7),
    "below left": (-0.9, -0.7),
    "a line above right": (1, 1.1),
    "a line below right": (1, -1.1),
}


@readonly
class Label:
    """A text at a point, on a free side. A label with `must` covers others if no side is free; any
    other label is then left out.
    """

    text: str
    at: tuple[float, float]
    colour: str
    sides: tuple[Side, ...] = ("right",)
    also: tuple[tuple[float, float], ...] = ()
    """Other points at which the label may be."""
    weight: Weight = "normal"
    must: bool = False
    gap: float = 6.0
    """The distance between the label and its point, in points."""


def size(text: str, points: float, *, weight: Weight = "normal") -> tuple[float, float]:
    """Return the width and the height of a line of text, in points."""
    font = FontProperties(family="DejaVu Sans", size=points, weight=weight)
    width, height, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return width, height


def place_labels(axes: Axes, labels: Iterable[Label], *, outside: float = 14) -> list[str]:
    """Draw the labels, the most important first, and return the texts of those that found space.

    Each label takes the position at which it covers the fewest points, then the fewest lines, of
    what is already drawn; if several are equal, the first. The limits of the axes must be final. On
    the right, a label may reach `outside` points beyond them.
    """
    there, panel = marks(axes), _panel(axes, outside)
    taken: list[Bbox] = []
    drawn = []
    for label in labels:
        if (box := _box(axes, label, panel, taken, there)) is not None:
            taken.append(box)
            drawn.append(label.text)
            _write(axes, label, box)
    return drawn


def _panel(axes: Axes, outside: float) -> Bbox:
    """Return the area in which labels may be, in points. It reaches above the axes, where the title
    is far enough away.
    """
    panel = axes.bbox.transformed(Affine2D().scale(72 / axes.figure.dpi))
    return Bbox.from_extents(
        panel.x0, panel.y0 - REACH_BELOW, panel.x1 + outside, panel.y1 + POINTS
    )


def _box(axes: Axes, label: Label, panel: Bbox, taken: list[Bbox], there: Marks) -> Bbox | None:
    """Return the best box of a label, or None if the label has to be left out."""
    boxes = _boxes(axes, label)
    free = [
        box
        for box in boxes
        if _within(box, panel) and not any(box.overlaps(other) for other in taken)
    ]
    if free:
        return min(free, key=there.covered)
    if label.must:
        return min(boxes, key=there.covered)
    return None


def _within(box: Bbox, panel: Bbox) -> bool:
    return bool(np.all(box.min >= panel.min) and np.all(box.max <= panel.max))


def _boxes(axes: Axes, label: Label) -> list[Bbox]:
    """Return the boxes that a label can take, in points."""
    width, height = size(label.text, POINTS, weight=label.weight)[0], 1.3 * POINTS
    spots = axes.transData.transform([label.at, *label.also]) * 72 / axes.figure.dpi
    boxes = []
    for (across, up), (x, y) in product([WAYS[side] for side in label.sides], spots.tolist()):
        left, bottom = (
            x + across * (label.gap + width / 2) - width / 2,
            y + up * (label.gap + height / 2) - height / 2,
        )
        boxes.append(Bbox.from_bounds(left, bottom, width, height))
    return boxes


def _write(axes: Axes, label: Label, box: Bbox) -> None:
    middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    axes.annotate(
        label.text,
        middle,
        xycoords="figure points",
        ha="center",
        va="center_baseline",
        fontsize=POINTS,
        fontweight=label.weight,
        color=label.colour,
        annotation_clip=False,
        bbox=PAPER,
        zorder=5,
    )
