"""Labels next to what they name, where they cover as little as possible.

Positions are in points of the figure, which has 72 pixels per inch.
"""

from collections.abc import Iterable
from enum import Enum
from itertools import product
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from service.descent.arrays import Array
from service.descent.readonly import readonly
from service.plots.style import PAPER

POINTS = 11.0
"""The font size of a label, in points."""
DOT = 4.0
"""The space kept free around each dot, in points: its radius and a margin."""

Weight = Literal["normal", "bold"]


class Side(Enum):
    """The direction from a point to its label, to the right and up, in units of the distance at
    which the two do not overlap. The best come first.
    """

    RIGHT = (1.0, 0.0)
    ABOVE_RIGHT = (0.9, 0.7)
    ABOVE_LEFT = (-0.9, 0.7)
    BELOW_RIGHT = (0.9, -0.7)
    BELOW_LEFT = (-0.9, -0.7)
    ABOVE = (0.0, 1.0)
    BELOW = (0.0, -1.0)
    LINE_ABOVE_RIGHT = (1.0, 1.1)
    LINE_BELOW_RIGHT = (1.0, -1.1)
    LEFT = (-1.0, 0.0)


@readonly
class Label:
    """A text next to one of the points `spots` (n, 2), on one of the `sides`; the best come first.

    A label with `must` covers other labels if it has no free position; any other label is then left
    out. `gap` is the distance to the point, in points of the figure.
    """

    text: str
    spots: ArrayLike
    colour: str
    sides: Iterable[Side] = Side
    weight: Weight = "normal"
    must: bool = False
    gap: float = 6.0


@readonly
class Marks:
    """The dots (n, 2) of a panel, sorted from left to right, and its lines."""

    dots: Array
    lines: list[Path]

    def covered(self, box: Bbox) -> tuple[int, int]:
        """Return how many dots and how many lines a box covers."""
        wide = box.padded(DOT)
        near = slice(*np.searchsorted(self.dots[:, 0], [wide.x0, wide.x1]))
        dots = wide.count_contains(self.dots[near])
        return dots, sum(line.intersects_bbox(box, filled=False) for line in self.lines)


def marks(axes: Axes) -> Marks:
    """Return what is drawn in a panel by `plot` and as collections of lines."""
    dots, lines = [np.empty((0, 2))], []
    for line in axes.lines:
        path = line.get_transform().transform_path(line.get_path())
        if line.get_linestyle() == "None":
            dots.append(np.asarray(path.vertices))
        else:
            lines.append(path)
    for chords in axes.collections:
        if isinstance(chords, LineCollection):
            lines += [axes.transData.transform_path(path) for path in chords.get_paths()]
    found = np.concatenate(dots)
    return Marks(found[np.argsort(found[:, 0])], lines)


def text_width(text: str, points: float, *, weight: Weight = "normal") -> float:
    """Return the width of a line of text, in points."""
    font = FontProperties(family="DejaVu Sans", size=points, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return width


def place_labels(axes: Axes, labels: Iterable[Label], *, outside: float = 14) -> None:
    """Draw the labels that find space, the most important first.

    Each label takes the position at which it covers the fewest dots, then the fewest lines, of what
    is already drawn; if several are equal, the first. The limits of the axes must be final. A label
    may reach `outside` points beyond them on the right, 11 points above and 3 points below.
    """
    there, panel, taken = marks(axes), axes.bbox, list[Bbox]()
    allowed = Bbox.from_extents(panel.x0, panel.y0 - 3, panel.x1 + outside, panel.y1 + 11)
    for label in labels:
        boxes = _boxes(axes, label)
        free = [
            box
            for box in boxes
            if allowed.count_contains(box.corners()) == 4 and not box.count_overlaps(taken)
        ]
        if not free and not label.must:
            continue
        box = min(free or boxes, key=there.covered)
        taken.append(box)
        axes.annotate(
            label.text,
            ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2),
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


def _boxes(axes: Axes, label: Label) -> list[Bbox]:
    """Return the boxes that a label can take."""
    width, height = text_width(label.text, POINTS, weight=label.weight), 1.3 * POINTS
    spots = axes.transData.transform(label.spots).tolist()
    ways = [side.value for side in label.sides]
    return [
        Bbox.from_bounds(
            x + across * (label.gap + width / 2) - width / 2,
            y + up * (label.gap + height / 2) - height / 2,
            width,
            height,
        )
        for (across, up), (x, y) in product(ways, spots)
    ]
