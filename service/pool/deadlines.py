"""The deadlines of a worker: the time that it may take for a message, by one of two clocks."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from service.pool.interface import FitTimeoutError, PoolError, WorkerStoppedError

LOOK_SECONDS = 1.0
"""The time between two looks at the CPU time of a busy worker, in seconds."""
STILL_LOOKS = 60
"""The number of looks in a row without any CPU time after which a worker counts as stopped. When
the service itself was stopped, it makes up for one look only.
"""
PROC = Path("/proc")
"""The directory in which Linux shows the CPU time of processes. Other systems have none."""
TICKS = os.sysconf("SC_CLK_TCK")
"""The unit of these times: the number of ticks in a second."""

Overdue = Callable[[PoolError | None], None]
"""A function that ends a worker. It is called with the reason, if it is not that of the clock."""


class Deadline(Protocol):
    """The deadline of one worker, which begins anew with each message."""

    def begin(self, pid: int | None, overdue: Overdue) -> None:
        """Begin the time of a message of the process `pid`. `overdue` is called at its end."""

    def end(self) -> None:
        """End the time of a message that was answered."""


class WallClock:
    """A deadline by the wall clock, for fits whose clients wait."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle

    def begin(self, pid: int | None, overdue: Overdue) -> None:  # noqa: ARG002 - any process
        """Begin the time of a message."""
        self._timer = asyncio.get_running_loop().call_later(self._seconds, overdue, None)

    def end(self) -> None:
        """End the time of a message that was answered."""
        self._timer.cancel()


class CpuClock:
    """A deadline by the CPU time of the process, for jobs: other work on the machine, a pause of
    the service and a change of its clock do not count. A process that gets no CPU time at all
    counts as stopped after a minute.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._timer: asyncio.TimerHandle

    def begin(self, pid: int | None, overdue: Overdue) -> None:
        """Begin the time of a message of the process `pid`."""
        assert pid is not None
        now = cpu_seconds(pid)
        self._look_later(pid, overdue, end=now + self._seconds, last=now, still=0)

    def end(self) -> None:
        """End the time of a message that was answered."""
        self._timer.cancel()

    def _look_later(
        self, pid: int, overdue: Overdue, *, end: float, last: float, still: int
    ) -> None:
        """Look again after LOOK_SECONDS. The process had `last` seconds of CPU time, and the same
        in the `still` looks before.
        """

        def look() -> None:
            now = cpu_seconds(pid)
            unchanged = still + 1 if now == last else 0
            if now >= end:
                overdue(FitTimeoutError())
            elif unchanged == STILL_LOOKS:
                overdue(WorkerStoppedError())
            else:
                self._look_later(pid, overdue, end=end, last=now, still=unchanged)

        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, look)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process in seconds, to a hundredth, or 0 if the process has ended.
    Where the system does not show it, this is the time of the clock.
    """
    if not PROC.is_dir():
        return time.monotonic()
    try:
        after_name = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    user, system = after_name[11:13]
    return (int(user) + int(system)) / TICKS
