"""Round numbers along an axis, written in full: numbers far from 0 keep all their digits."""

from math import floor, log10

from matplotlib.ticker import MaxNLocator

from service.plots.labels import POINTS, size

MAX_TICKS = 6
GAP = 12.0
"""The minimum distance between two texts, in points."""
PLAIN = (1e-4, 1e15)
"""The range of numbers written without an exponent; both ends are excluded."""
GROUPED = 10_000
"""The number from which thousands are separated by commas; years are smaller."""

Tick = tuple[float, str]


def ticks(low: float, high: float, width: float) -> list[Tick]:
    """Return as many ticks as fit next to each other between two numbers that are `width` points
    apart.
    """
    for most in range(MAX_TICKS, 0, -1):
        found, step = _round(low, high, most)
        widest = max((size(text, POINTS)[0] for _, text in found), default=0.0)
        if widest + GAP <= step / (high - low) * width:
            break
    return found


def _round(low: float, high: float, most: int) -> tuple[list[Tick], float]:
    """Return at most about `most` round numbers, and the step between them."""
    marks = [
        float(mark)
        for mark in MaxNLocator(most, steps=[1, 2, 5, 10], min_n_ticks=1).tick_values(low, high)
    ]
    step = marks[1] - marks[0]
    largest = max(abs(low), abs(high))
    return [
        (mark, tick_text(mark, step=step, largest=largest)) for mark in marks if low <= mark <= high
    ], step


def tick_text(value: float, *, step: float, largest: float) -> str:
    """Write a multiple of a step that begins with 1, 2 or 5, up to the last digit of the step. The
    format is the same for all numbers up to the largest.
    """
    if abs(value) < step / 2:
        value = 0.0
    last, separator = floor(round(log10(step), 2)), ""
    if largest >= GROUPED:
        separator = ","
    if PLAIN[0] < largest < PLAIN[1]:
        return f"{value:{separator}.{max(0, -last)}f}".replace("-", "\N{MINUS SIGN}")
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{value:.{max(0, floor(log10(abs(value))) - last)}e}".partition("e")
    return f"{mantissa}e{int(exponent)}".replace("-", "\N{MINUS SIGN}")
