"""Collisions: the points and lines that a label would cover."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox

from service.descent.arrays import Array
from service.descent.frozen import readonly

DOT = 4.0
"""The space kept free around each point of the data, in points: its radius and a margin."""


@readonly
class Marks:
    """The marks of a panel: points (n, 2), sorted from left to right, and lines, in points of the
    figure.
    """

    points: Array
    lines: list[Path]

    def covered(self, box: Bbox) -> tuple[int, int]:
        """Return how many points and how many lines a box covers."""
        wide = box.padded(DOT)
        y = self.points[slice(*np.searchsorted(self.points[:, 0], [wide.x0, wide.x1])), 1]
        return int(((y > wide.y0) & (y < wide.y1)).sum()), sum(
            line.intersects_bbox(box, filled=False) for line in self.lines
        )


def marks(axes: Axes) -> Marks:
    """Return the marks of `plot`, and collections of lines."""
    unit = Affine2D().scale(72 / axes.figure.dpi)
    points, lines = [np.empty((0, 2))], []
    for line in axes.lines:
        path = (line.get_transform() + unit).transform_path(line.get_path())
        if line.get_linestyle() == "None":
            points.append(np.asarray(path.vertices))
        else:
            lines.append(path)
    for chords in axes.collections:
        if isinstance(chords, LineCollection):
            lines += [(axes.transData + unit).transform_path(path) for path in chords.get_paths()]
    found = np.concatenate(points)
    return Marks(found[np.argsort(found[:, 0])], lines)
