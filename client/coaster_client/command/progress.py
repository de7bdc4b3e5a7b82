"""A line that shows how far a job is, and its loss so far."""

import sys
from collections.abc import Sequence
from math import log10
from typing import Self, TextIO

BLOCKS = "▁▂▃▄▅▆▇█"
BAR, SPARK = 30, 24
"""The widths of the bar and of the sparkline, in characters."""


class Progress:
    """A bar, the number of steps and a sparkline of the loss, on a terminal.

    If the stream is not a terminal, nothing is shown.
    """

    def __init__(self, steps: int, stream: TextIO | None = None) -> None:
        self._steps = steps
        self._stream = stream or sys.stderr
        self._losses: list[float] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._losses and self._stream.isatty():
            self._stream.write("\n")

    def show(self, step: int, losses: Sequence[float]) -> None:
        """Show the number of a step, and the losses up to it since the last call."""
        self._losses += losses
        if self._stream.isatty():
            self._stream.write(f"\r{line(step, self._steps, self._losses)}\033[K")
            self._stream.flush()


def line(step: int, steps: int, losses: Sequence[float]) -> str:
    """Return the line for a step."""
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
