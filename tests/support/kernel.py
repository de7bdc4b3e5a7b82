"""What the kernel reports about a process."""

import os
import re
import time
from contextlib import suppress
from pathlib import Path

from service.pool.scheduling import JOB_NICENESS
from tests.support.server import descendants

TICKS = os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """Return the memory that a process holds, without that of the processes it started."""
    return _status_bytes(pid, "VmRSS")


def peak_bytes(pid: int) -> int:
    """Return the most memory that a process ever held."""
    return _status_bytes(pid, "VmHWM")


def sockets(pid: int) -> int:
    """Return how many sockets a process has open."""
    return sum(
        _target(descriptor).startswith("socket:")
        for descriptor in Path(f"/proc/{pid}/fd").iterdir()
    )


def settled_sockets(pid: int) -> int:
    """Return how many sockets a process has open once a second has changed nothing.

    A process accepts connections, and sees that others ended, a moment after its clients.
    """
    count, before = sockets(pid), -1
    while count != before:
        time.sleep(1)
        count, before = sockets(pid), count
    return count


def workers(pid: int, *, niceness: int = 0) -> list[int]:
    """Return the ids of the workers of a service, its grandchildren.

    Workers that run jobs have another niceness than workers that answer requests.
    """
    grandchildren = {lower for child in descendants(pid) for lower in descendants(child)}
    return sorted(
        each for each in grandchildren if (found := _stat(each)) and int(found[16]) == niceness
    )


def job_workers(pid: int) -> list[int]:
    """Return the ids of the workers that run the jobs of a service."""
    return workers(pid, niceness=JOB_NICENESS)


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used; 0 after its end."""
    found = _stat(pid)
    return (int(found[11]) + int(found[12])) / TICKS if found else 0.0


def alive(pid: int) -> bool:
    """Return whether a process runs. One that has ended and only waits to be reaped does not."""
    found = _stat(pid)
    return bool(found) and found[0] != "Z"


def handles(pid: int, number: int) -> bool:
    """Return whether a process has a handler for a signal."""
    found = re.search(r"^SigCgt:\s+(\w+)", _status(pid), re.MULTILINE)
    return bool(found and int(found[1], 16) >> (number - 1) & 1)


def _status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text()


def _status_bytes(pid: int, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", _status(pid), re.MULTILINE)
    assert found
    return 1024 * int(found[1])


def _stat(pid: int) -> list[str]:
    """Return the fields after the name, or none of a process that has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _target(descriptor: Path) -> str:
    with suppress(FileNotFoundError):
        return str(descriptor.readlink())
    return ""
