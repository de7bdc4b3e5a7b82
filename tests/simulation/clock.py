"""Clocks that show the wall time, and can be set."""

import asyncio
from contextvars import ContextVar

EPOCH = 1_800_000_000.0
"""The wall time at the start of a simulation, in seconds since 1970."""


class Clock:
    """The wall clock of one machine."""

    def __init__(self) -> None:
        self._offset = 0.0
        self.set_at = 0.0
        """The true time at which the clock was set last."""

    def now(self) -> float:
        """Return the seconds since 1970 that the clock shows."""
        return EPOCH + true_time() + self._offset

    def jump(self, seconds: float) -> None:
        """Set the clock forward, or back if `seconds` is negative."""
        self._offset += seconds
        self.set_at = true_time()


def true_time() -> float:
    """Return the time since the start of the simulation, in seconds, which no fault changes."""
    return asyncio.get_running_loop().time()


MACHINE_CLOCK: ContextVar[Clock] = ContextVar("MACHINE_CLOCK")
"""The clock of the machine that asks."""
