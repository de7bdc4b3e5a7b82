"""A line that shows how far a job is, and its loss so far."""

import sys
from collections.abc import Sequence
from math import log10
from typing import Self, TextIO

BLOCKS = "▁▂▃▄▅▆▇█"
BAR, SPARK = 30, 24
"""The widths of the bar and of the sparkline, in characters."""


class Progress:
    """A line of a terminal that changes. If the stream is not a terminal, nothing is shown."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._stream.write("\n")

    def show(self, text: str) -> None:
        """Show a text in place of the last one."""
        if self._stream.isatty():
            self._shown = True
            self._stream.write(f"\r{text}\033[K")
            self._stream.flush()


def steps_line(step: int, steps: int, losses: Sequence[float]) -> str:
    """Return the line for a step: a bar, the number of the step and a sparkline of the loss."""
    full = BAR * step // steps
    bar = "#" * full + "." * (BAR - full)
    return f"[{bar}] {step:,} of {steps:,}  {sparkline(losses)}  loss {losses[-1]:.3g}"


def sparkline(losses: Sequence[float], width: int = SPARK) -> str:
    """Return losses as blocks whose height is the logarithm of the loss."""
    count = min(width, len(losses))
    shown = [losses[(index + 1) * len(losses) // count - 1] for index in range(count)]
    heights = [log10(max(loss, 1e-300)) for loss in shown]
    low, high = min(heights), max(heights)
    unit = (high - low) / (len(BLOCKS) - 1) or 1.0
    return "".join(BLOCKS[round((height - low) / unit)] for height in heights)
