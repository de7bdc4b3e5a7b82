"""The verdict as a headline, with its first words in the colour of the verdict."""

import re

from matplotlib.figure import Figure

from service.descent.answers.explanation import Verdict
from service.plots.labels import size
from service.plots.style import INK, VERDICT

SIZES = (19.0, 17.0, 15.0, 13.0)
LINES = 2


def draw_headline(
    figure: Figure, verdict: Verdict, *, left: float, top: float, width: float
) -> None:
    """Draw the headline in the largest type that fits in two lines. `left`, `top` and `width` are
    in points.
    """
    lead, rest = lead_and_rest(verdict.message.en)
    type_size, lines = fitted(lead, rest, width)
    wide, high = figure.get_size_inches() * 72
    figure.text(
        left / wide,
        top / high,
        lead,
        fontsize=type_size,
        fontweight="bold",
        color=VERDICT[verdict.rate],
        va="baseline",
    )
    x = left + _indent(lead, type_size)
    for row, line in enumerate(lines):
        y = top - row * 1.35 * type_size
        figure.text(x / wide, y / high, line, fontsize=type_size, color=INK, va="baseline")
        x = left


def lead_and_rest(message: str) -> tuple[str, str]:
    """Split a message after its first full stop or comma."""
    found = re.match(r"[^.,]*[.,]", message)
    if found is None:
        return "", message.strip()
    return found.group(), message[found.end() :].strip()


def fitted(lead: str, rest: str, width: float) -> tuple[float, list[str]]:
    """Return the largest type size at which the text fits in the allowed lines, and these lines."""
    for type_size in SIZES:
        lines = wrapped(rest, type_size, width, indent=_indent(lead, type_size))
        if len(lines) <= LINES:
            break
    return type_size, lines


def _indent(lead: str, type_size: float) -> float:
    """Return the width of the first words and a space, in points."""
    return size(lead, type_size, weight="bold")[0] + 0.35 * type_size


def wrapped(text: str, type_size: float, width: float, *, indent: float) -> list[str]:
    """Return lines that are at most `width` points wide. The first is shorter by the indent."""
    lines, available = [""], width - indent
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if size(longer, type_size)[0] <= available:
            lines[-1] = longer
        else:
            lines.append(word)
            available = width
    return lines
