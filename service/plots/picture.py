"""The picture of a finished fit: the verdict above the curve, the loss and the walk."""

import re
from io import BytesIO
from xml.sax.saxutils import escape
from zlib import crc32

from matplotlib import rc_context
from matplotlib.figure import Figure

from service.descent.answers.explanation import Verdict
from service.descent.answers.results import Fit
from service.descent.judging.writing import number, steps_en
from service.descent.questions.options import Form
from service.plots.curve import draw_curve
from service.plots.labels import text_width
from service.plots.losses import aim_name, aimed, draw_losses
from service.plots.shapes import optimum_name
from service.plots.steepest import can_be_walked, elsewhere, rate_words, walk
from service.plots.style import INK, STYLE, VERDICT
from service.plots.times import positions
from service.plots.valley import draw_valley

WIDTH, HEIGHT = 1080, 432
"""The size in points."""
DPI = 100
"""The pixels per inch of a PNG. Everything is placed at 72, where a pixel is a point."""
MARGIN = 30
"""The space on both sides of the headline, in points."""
SIZES = (19.0, 17.0, 15.0, 13.0, 11.0)
"""The possible type sizes of the headline, in points."""


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
    type_size, indent, lines = fitted(lead, rest, WIDTH - 2 * MARGIN)
    x, y = MARGIN / WIDTH, (HEIGHT - 34) / HEIGHT
    figure.text(x, y, lead, size=type_size, weight="bold", color=VERDICT[verdict.rate])
    for row, (line, left) in enumerate(zip(lines, [indent, 0.0], strict=False)):
        below = row * 1.35 * type_size / HEIGHT
        figure.text(x + left / WIDTH, y - below, line, size=type_size, color=INK)


def lead_and_rest(message: str) -> tuple[str, str]:
    """Split a message after the first word that ends in a full stop, a comma or a colon."""
    lead, rest = re.split(r"(?<=[.,:])\s+", message, maxsplit=1)
    return lead, rest


def fitted(lead: str, rest: str, width: float) -> tuple[float, float, list[str]]:
    """Return the largest type size that fits in two lines, the indent of the first, and both."""
    for type_size in SIZES:
        indent = text_width(lead, type_size, weight="bold") + 0.35 * type_size
        lines = wrapped(rest, type_size, width, indent=indent)
        if len(lines) <= 2:
            break
    return type_size, indent, lines


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


def description(fit: Fit) -> str:
    """Describe the panels for people who cannot see them."""
    words = f"{_curve_words(fit)} {_loss_words(fit)}"
    if can_be_walked(fit):
        step = walk(fit, view=1).words()
        words += f" The walk, along the steepest direction: {rate_words(fit)}; {step}."
        if flatter := elsewhere(fit):
            words += f" {' '.join(flatter.words())}."
    return words


def _curve_words(fit: Fit) -> str:
    assert fit.data is not None
    shown, y, held, optimum = positions(fit.data), fit.data.y, "", ""
    if fit.data.held_out:
        held = f", {len(fit.data.held_out):,} of them held out"
    if fit.optimum:
        optimum = f", and the {optimum_name(fit)}, dotted"
    return (
        f"The curve: {len(y):,} points{held}, "
        f"{shown.label} from {number(min(shown.t.tolist()))} to {number(max(shown.t.tolist()))}, "
        f"y from {number(min(y))} to {number(max(y))}; "
        f"{fit.resolved.model.title} from the start to step {fit.steps:,}{optimum}."
    )


def _loss_words(fit: Fit) -> str:
    aim = aimed(fit)
    words = f"The loss: from {number(fit.losses[0])} to {number(fit.loss)} "
    words += f"after {steps_en(fit.steps)}"
    if fit.diverged_at is not None:
        words += f"; at step {fit.diverged_at:,} it is no longer a number"
    if aim is not None:
        words += f"; that of the {aim_name(fit)} is {number(aim)}"
    if fit.validation_losses is not None:
        words += f". Validation loss: {number(fit.validation_losses[-1])} at the end, "
        words += f"at its best {number(fit.best.loss)} at step {fit.best.step:,}"
    return f"{words}."


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
