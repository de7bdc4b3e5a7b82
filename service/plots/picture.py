"""The picture of a finished fit: the curve, the loss and the walk."""

from io import BytesIO

from matplotlib import rc_context
from matplotlib.figure import Figure

from service.descent.answers.results import Fit
from service.descent.questions.options import Form
from service.plots import curve, headline, losses, valley
from service.plots.markup import accessible
from service.plots.steepest import can_be_walked
from service.plots.style import STYLE
from service.plots.words import description

WIDTH, HEIGHT, DPI = 15, 6, 100
"""The size in inches, and the pixels per inch."""


def picture(fit: Fit, form: Form) -> bytes:
    """Return an SVG, or a PNG of 1500 x 600 pixels. The same fit gives the same bytes.

    Both contain the verdict and a description as text. The fit must include "predictions" and
    "data"; raises AssertionError if they are missing.
    """
    with rc_context(STYLE):
        figure = drawn(fit)
        return _svg(figure, fit) if form == "svg" else _png(figure, fit)


def drawn(fit: Fit) -> Figure:
    """Draw the panels below the verdict: three, or two if the walk cannot be drawn."""
    panels = [
        (curve.draw, 1.25),
        (losses.draw, 1.0),
        *([(valley.draw, 1.05)] if can_be_walked(fit) else []),
    ]
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor="white")
    figure.subplots_adjust(left=0.05, right=0.985, top=0.72, bottom=0.16, wspace=0.24)
    headline.draw(figure, fit.verdict, left=30, top=HEIGHT * 72 - 34, width=WIDTH * 72 - 60)
    for axes, (draw, _) in zip(
        figure.subplots(1, len(panels), width_ratios=[width for _, width in panels]),
        panels,
        strict=True,
    ):
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
