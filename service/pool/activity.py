"""The work of a process, as Linux reports it."""

import os
from pathlib import Path

from service.descent.readonly import readonly

TICKS = os.sysconf("SC_CLK_TCK")
"""The number of ticks of a second, in which Linux counts the CPU time of a process."""
BUSY = {"R", "D"}
"""The states of a process that computes, or waits for a processor or a disk. A process in another
state sleeps or is stopped.
"""


@readonly
class Activity:
    """The activity of a process at one moment."""

    busy: bool
    """True if the process computes, or would if the machine let it."""
    cpu_seconds: float
    """The CPU time that the process has used, in seconds."""


def activity_of(pid: int | None) -> Activity | None:
    """Return the activity of a process, or None if there is no such process or no Linux."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *fields = line.rpartition(")")[-1].split()
    return Activity(state in BUSY, (int(fields[10]) + int(fields[11])) / TICKS)
