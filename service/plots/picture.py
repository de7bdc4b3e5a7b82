"""The picture of a finished fit: the curve, the loss and the walk."""

from io import BytesIO

from matplotlib import rc_context
from matplotlib.figure import Figure

from service.descent.answers.results import Fit
from service.descent.questions.options import Form
from service.plots.curve import draw_curve
from service.plots.headline import draw_headline
from service.plots.losses import draw_losses
from service.plots.markup import accessible
from service.plots.steepest import can_be_walked
from service.plots.style import STYLE
from service.plots.valley import draw_valley
from service.plots.words import description

WIDTH, HEIGHT, DPI = 15, 6, 100
"""The size in inches, and the pixels per inch."""


def picture(fit: Fit, form: Form) -> bytes:
    """Return an SVG, or a PNG of 1500 x 600 pixels. The same fit gives the same bytes.

    Both contain the verdict and a description as text. The fit must include "predictions" and
    "data"; raises AssertionError if they are missing.
    """
    with rc_context(STYLE):
        figure = draw_figure(fit)
        if form == "svg":
            return _svg(figure, fit)
        return _png(figure, fit)


def draw_figure(fit: Fit) -> Figure:
    """Draw the panels below the verdict: three, or two if the walk cannot be drawn."""
    panels = [(draw_curve, 1.25), (draw_losses, 1.0)]
    if can_be_walked(fit):
        panels.append((draw_valley, 1.05))
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor="white")
    figure.subplots_adjust(left=0.05, right=0.985, top=0.72, bottom=0.16, wspace=0.24)
    draw_headline(figure, fit.verdict, left=30, top=HEIGHT * 72 - 34, width=WIDTH * 72 - 60)
    subplots = figure.subplots(1, len(panels), width_ratios=[width for _, width in panels])
    for axes, (draw, _) in zip(subplots, panels, strict=True):
        draw(axes, fit)
    return figure


def _svg(figure: Figure, fit: Fit) -> bytes:
    buffer = BytesIO()
    figure.savefig(
        buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    return accessible(
        buffer.getvalue().decode(), title=fit.verdict.message.en, description=description(fit)
    )


def _png(figure: Figure, fit: Fit) -> bytes:
    buffer = BytesIO()
    text = {"Software": None, "Title": fit.verdict.message.en, "Description": description(fit)}
    figure.savefig(buffer, format="png", metadata=text)
    return buffer.getvalue()
