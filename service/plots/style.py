"""The style of all panels: colours and type, dots and notes."""

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.typing import RcKeyType
from numpy.typing import ArrayLike

from service.descent.answers.explanation import Suits

INK, SOFT, EDGE, FAINT = "#1a1c21", "#5c616b", "#8b8f98", "#eeece6"
VERDICT: dict[Suits | None, str] = {
    "too_small": "#1d4ed8",
    "good": "#007a66",
    "bouncing": "#9a6200",
    "edge": "#a3123a",
    "diverging": "#a3123a",
    None: INK,
}
"""The colour of each verdict. It marks what the learning rate caused; nothing else is coloured."""

STYLE: dict[RcKeyType, object] = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": EDGE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.labelcolor": SOFT,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "xtick.color": EDGE,
    "ytick.color": EDGE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "lines.solid_capstyle": "round",
    "lines.dash_capstyle": "round",
    "lines.dotted_pattern": (0.2, 2.2),
    "lines.dashed_pattern": (3.5, 2.5),
    "svg.fonttype": "path",
    "svg.hashsalt": "coaster",
}
"""The settings of matplotlib. Letters are drawn as paths, so that an SVG looks the same without
DejaVu Sans and labels keep the size that was measured for them.
"""

PAPER = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.5}
"""The background of a text that lies over lines."""


def faded(colour: str, strength: float) -> str:
    """Return the colour on white at a strength from 0 to 1, opaque so that lines do not add up."""
    red, green, blue = (1 - strength * (1 - part) for part in to_rgb(colour))
    return to_hex((red, green, blue))


def dots(
    axes: Axes,
    at: tuple[ArrayLike, ArrayLike],
    *,
    size: float,
    face: str,
    edge: str = "white",
    width: float = 0.0,
) -> Line2D:
    """Draw dots of a size and with an edge in points, over the lines and the edge of the panel."""
    (drawn,) = axes.plot(*at, "o", markersize=size, markerfacecolor=face, markeredgecolor=edge)
    drawn.set(markeredgewidth=width, clip_on=False, zorder=4)
    return drawn


def note(axes: Axes, text: str, at: tuple[float, float], offset: tuple[float, float]) -> Annotation:
    """Write a text at an offset in points from a place in fractions of the panel."""
    return axes.annotate(text, at, offset, xycoords="axes fraction", textcoords="offset points")


def title(axes: Axes, name: str, rest: str) -> None:
    """Write the name of a panel, and below it what the panel shows."""
    note(axes, name, (0, 1), (0, 26)).set(fontsize=13, fontweight="bold")
    note(axes, rest, (0, 1), (0, 10)).set(color=SOFT)
