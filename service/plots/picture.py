"""The picture of a finished fit: the verdict above the curve, the loss and the walk."""

import re
from io import BytesIO
from xml.sax.saxutils import escape
from zlib import crc32

from matplotlib import rc_context
from matplotlib.figure import Figure

from service.descent.answers.explanation import Verdict
from service.descent.answers.results import Fit
from service.descent.questions.options import Form
from service.plots.curve import draw_curve
from service.plots.labels import text_width
from service.plots.losses import draw_losses
from service.plots.steepest import can_be_walked
from service.plots.style import INK, STYLE, VERDICT
from service.plots.valley import draw_valley
from service.plots.words import description

WIDTH, HEIGHT = 1080, 432
"""The size in points."""
DPI = 100
"""The pixels per inch of a PNG. Everything is placed at 72, where a pixel is a point."""
MARGIN = 30
"""The space on both sides of the headline, in points."""
SIZES = (19.0, 17.0, 15.0, 13.0)
"""The possible type sizes of the headline, in points."""
LINES = 2
"""The maximum number of lines of the headline."""


def picture(fit: Fit, form: Form) -> bytes:
    """Return an SVG, or a PNG of 1500 x 600 pixels. The same fit gives the same bytes.

    Both contain the verdict and a description as text. The fit must include "predictions" and
    "data"; raises AssertionError if they are missing.
    """
    verdict, words, buffer = fit.verdict.message.en, description(fit), BytesIO()
    with rc_context(STYLE):
        figure = draw_figure(fit)
        if form == "png":
            text = {"Software": None, "Title": verdict, "Description": words}
            figure.savefig(buffer, format="png", dpi=DPI, metadata=text)
            return buffer.getvalue()
        nothing = dict.fromkeys(["Date", "Creator", "Format", "Type"])
        figure.savefig(buffer, format="svg", metadata=nothing)
    return accessible(buffer.getvalue().decode(), title=verdict, description=words)


def draw_figure(fit: Fit) -> Figure:
    """Draw the panels below the verdict: three, or two if the walk cannot be drawn."""
    panels = [(draw_curve, 1.25), (draw_losses, 1.0)]
    if can_be_walked(fit):
        panels.append((draw_valley, 1.05))
    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72, facecolor="white")
    figure.subplots_adjust(left=0.05, right=0.985, top=0.72, bottom=0.16, wspace=0.24)
    _headline(figure, fit.verdict)
    subplots = figure.subplots(1, len(panels), width_ratios=[width for _, width in panels])
    for axes, (draw, _) in zip(subplots, panels, strict=True):
        draw(axes, fit)
    return figure


def _headline(figure: Figure, verdict: Verdict) -> None:
    """Draw the verdict, with its first words in its colour."""
    lead, rest = lead_and_rest(verdict.message.en)
    type_size, lines = fitted(lead, rest, WIDTH - 2 * MARGIN)
    x, y = MARGIN / WIDTH, (HEIGHT - 34) / HEIGHT
    figure.text(x, y, lead, size=type_size, weight="bold", color=VERDICT[verdict.rate])
    indents = [_indent(lead, type_size), 0.0]
    for row, (line, indent) in enumerate(zip(lines, indents, strict=False)):
        below = row * 1.35 * type_size / HEIGHT
        figure.text(x + indent / WIDTH, y - below, line, size=type_size, color=INK)


def lead_and_rest(message: str) -> tuple[str, str]:
    """Split a message after its first full stop or comma."""
    *lead, rest = re.split(r"(?<=[.,])\s*", message, maxsplit=1)
    return "".join(lead), rest


def fitted(lead: str, rest: str, width: float) -> tuple[float, list[str]]:
    """Return the largest type size at which the text fits in the allowed lines, and these lines."""
    for type_size in SIZES:
        lines = wrapped(rest, type_size, width, indent=_indent(lead, type_size))
        if len(lines) <= LINES:
            break
    return type_size, lines


def _indent(lead: str, type_size: float) -> float:
    """Return the width of the first words and a space, in points."""
    return text_width(lead, type_size, weight="bold") + 0.35 * type_size


def wrapped(text: str, type_size: float, width: float, *, indent: float) -> list[str]:
    """Return lines that are at most `width` points wide. The first is shorter by the indent."""
    lines, available = [""], width - indent
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, type_size) <= available:
            lines[-1] = longer
        else:
            lines.append(word)
            available = width
    return lines


def accessible(svg: str, *, title: str, description: str) -> bytes:
    """Return the drawing as an image with a title and a description that screen readers can read
    aloud, without a document type, so that nothing in it refers to other documents.

    In a narrower window the image shrinks. The ids of the title and the description are derived
    from the text, because a page may contain several pictures.
    """
    attributes, _, drawing = svg.partition("<svg ")[2].partition(">")
    mark = f"{crc32(f'{title} {description}'.encode()):08x}"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<svg role="img" aria-labelledby="title-{mark} desc-{mark}" '
        f'style="max-width: 100%; height: auto" {attributes}>\n'
        f' <title id="title-{mark}">{escape(title)}</title>\n'
        f' <desc id="desc-{mark}">{escape(description)}</desc>{drawing}'
    ).encode()
