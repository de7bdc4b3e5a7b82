"""The style of all panels: colours, type and lines."""

from matplotlib.axes import Axes
from matplotlib.typing import RcKeyType

from service.descent.answers.explanation import Suits
from service.descent.frozen import readonly

INK, SOFT, EDGE, FAINT = "#1a1c21", "#5c616b", "#8b8f98", "#eeece6"
VERDICT: dict[Suits, str] = {
    "too_small": "#1d4ed8",
    "good": "#007a66",
    "bouncing": "#9a6200",
    "edge": "#9a6200",
    "diverging": "#a3123a",
}
"""The colour of each verdict. It marks everything that the learning rate caused, and nothing else
is coloured.
"""

STYLE: dict[RcKeyType, object] = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "text.color": INK,
    "text.parse_math": False,
    "text.usetex": False,
    "axes.edgecolor": EDGE,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.labelcolor": SOFT,
    "axes.labelsize": 11,
    "axes.unicode_minus": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
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

People who cannot see the picture read its title and its description.
"""


@readonly
class Pen:
    """A style of line; the width is in points."""

    colour: str
    width: float
    style: str = "-"


def faded(colour: str, strength: float) -> str:
    """Return the colour on white at a strength from 0 to 1. It is opaque, so that crossing lines do
    not add up.
    """
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - strength * (255 - part)):02x}" for part in parts)


def title(axes: Axes, name: str, rest: str) -> None:
    """Write the name of a panel, and below it what the panel shows."""
    axes.annotate(
        name,
        (0, 1),
        xytext=(0, 26),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=13,
        fontweight="bold",
    )
    axes.annotate(
        rest,
        (0, 1),
        xytext=(0, 10),
        xycoords="axes fraction",
        textcoords="offset points",
        color=SOFT,
    )
