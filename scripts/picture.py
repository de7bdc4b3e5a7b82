"""Draws docs/lecture.png from the service's answer to the lecture's fit."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from matplotlib.typing import RcKeyType
from pydantic import TypeAdapter

from scripts.running import running
from service.api.answers import FitResult
from service.settings import Settings

PICTURE = Path(__file__).parent.parent / "docs" / "lecture.png"
LECTURE = {"synthetic": {}, "seed": 42, "init": "random", "lr": 1e-5, "steps": 10, "include": ["params", "data"]}

INK, QUIET, FAINT = "#24292f", "#6e7781", "#d0d7de"
PALE_TO_STRONG = LinearSegmentedColormap.from_list("steps", ["#f7dcc6", "#f0a477", "#d9583b", "#a81c2b"])
STYLE: dict[RcKeyType, object] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.labelcolor": QUIET,
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "axes.titlepad": 14,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
    "lines.solid_capstyle": "round",
    "lines.dashed_pattern": (4, 3),
    "lines.dotted_pattern": (1, 2.5),
}
LAST_T = 19
FLOOR = -132
"""Where the start leaves the picture: shown whole, it would press all other curves flat."""


async def answered() -> FitResult:
    """The lecture's fit, as the service answers it now."""
    async with running(Settings(workers=1)) as client:
        response = await client.post("/fit", json=LECTURE)
    return TypeAdapter(FitResult).validate_json(response.raise_for_status().content)


def draw(fit: FitResult, path: Path) -> None:
    """The curves on the left, their losses on the right."""
    with rc_context(STYLE):
        figure = Figure(figsize=(10, 560 / 150), dpi=150, facecolor="white")
        left, right = figure.subplots(1, 2, width_ratios=[1.28, 1])
        figure.subplots_adjust(left=0.05, right=0.955, top=0.86, bottom=0.125, wspace=0.31)
        _draw_curves(left, fit)
        _draw_losses(right, fit)
        figure.savefig(path, metadata={"Software": None})


def _draw_curves(axes: Axes, fit: FitResult) -> None:
    assert fit.history is not None
    assert fit.history.params is not None
    assert fit.data is not None
    labels = {0: "start", 1: "step 1", 2: "step 2", 3: "step 3", fit.steps: f"step {fit.steps}"}
    for step, params in enumerate(zip(*fit.history.params.values(), strict=True)):
        _draw_curve(axes, params, labels.get(step, ""), color=_color(step, fit.steps), linewidth=2.4 if step == fit.steps else 1.3)
    _draw_curve(axes, list(fit.optimum.params.values()), "optimum", color=INK, linewidth=1.1, linestyle="--")
    axes.scatter(fit.data.t, fit.data.y, s=14, color=INK, linewidths=0.6, edgecolors="white", zorder=3)
    axes.set(xlim=(-0.6, 19.3), ylim=(FLOOR, 92), xticks=range(0, 20, 5), yticks=range(-100, 100, 50), xlabel="t")
    axes.set_title("The curve after each step")


def _draw_curve(axes: Axes, params: Sequence[float], label: str, *, color: str, linewidth: float, linestyle: str = "-") -> None:
    t = np.linspace(0, LAST_T, 400)
    y = np.polyval(params, t)
    axes.plot(t, y, color=color, linewidth=linewidth, linestyle=linestyle)
    end = np.flatnonzero(y > FLOOR)[-1]
    _label(axes, label, t[end], max(y[end], FLOOR + 8))


def _draw_losses(axes: Axes, fit: FitResult) -> None:
    steps = range(fit.steps + 1)
    axes.semilogy(steps, fit.losses, color=FAINT, linewidth=1.2)
    axes.scatter(steps, fit.losses, s=28, c=[_color(step, fit.steps) for step in steps], linewidths=0, zorder=3)
    axes.axhline(fit.optimum.loss, color=INK, linewidth=1.1, linestyle=":")
    _label(axes, f"{fit.losses[0]:,.0f}", 0, fit.losses[0])
    _label(axes, f"{fit.loss:,.0f}", fit.steps, fit.loss)
    _label(axes, f"optimum {fit.optimum.loss:.1f}", -0.45, 1.3 * fit.optimum.loss)
    axes.set(xlim=(-0.5, fit.steps + 0.4), ylim=(4, 5e4), xticks=range(0, fit.steps + 1, 2), xlabel="step")
    axes.set_yticks([10, 100, 1_000, 10_000], ["10", "100", "1,000", "10,000"])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_title("Its loss, the mean squared error")


def _label(axes: Axes, text: str, x: float, y: float) -> None:
    axes.annotate(text, (x, y), xytext=(7, 0), textcoords="offset points", va="center")


def _color(step: int, steps: int) -> str:
    red, green, blue, _ = PALE_TO_STRONG(step / steps, bytes=True)
    return f"#{red:02x}{green:02x}{blue:02x}"


if __name__ == "__main__":
    draw(asyncio.run(answered()), PICTURE)
