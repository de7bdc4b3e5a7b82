"""The clocks that measure how long a worker takes for a message."""

import asyncio
from pathlib import Path
from typing import Protocol

from service.pool.activity import activity_of

PROC = Path("/proc")
"""The directory in which Linux shows the CPU time of processes. Other systems have none."""


class Clock(Protocol):
    """The clock of one worker, which begins anew with each message."""

    counts_waiting: bool
    """True if the time counts in which the worker waits for a reader."""

    def begin(self, pid: int | None) -> None:
        """Begin the time of a message of the process `pid`."""

    @property
    def left(self) -> float:
        """The time that is left, in seconds: as much or more on the wall clock."""


class WallClock:
    """The wall clock, for fits whose clients wait."""

    counts_waiting = True

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = 0.0

    def begin(self, pid: int | None) -> None:  # noqa: ARG002 - any process
        """Begin the time of a message."""
        self._end = asyncio.get_running_loop().time() + self._seconds

    @property
    def left(self) -> float:
        """The time until the end, in seconds."""
        return self._end - asyncio.get_running_loop().time()


class CpuClock:
    """The CPU time of the process, for jobs: other work on the machine, a pause of the service and
    a change of its clock do not count. Where the system does not show it, it is the wall clock.
    """

    counts_waiting = False

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._pid: int | None = None
        self._end = 0.0

    def begin(self, pid: int | None) -> None:
        """Begin the time of a message of the process `pid`."""
        self._pid = pid
        self._end = self._now + self._seconds

    @property
    def left(self) -> float:
        """The CPU time until the end, in seconds. A process that has ended has all of it left."""
        return self._end - self._now

    @property
    def _now(self) -> float:
        if not PROC.is_dir():
            return asyncio.get_running_loop().time()
        activity = activity_of(self._pid)
        return 0.0 if activity is None else activity.cpu_seconds
