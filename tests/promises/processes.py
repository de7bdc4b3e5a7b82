"""What the kernel says of a process."""

import os
import re
from contextlib import suppress
from pathlib import Path

from service.running import NICENESS
from tests.server import descendants

TICKS = os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """The memory that it holds, without that of the processes it started."""
    return _status_bytes(pid, "VmRSS")


def peak_bytes(pid: int) -> int:
    """The most that it ever held."""
    return _status_bytes(pid, "VmHWM")


def sockets(pid: int) -> int:
    """How many it has open."""
    return sum(
        _target(descriptor).startswith("socket:")
        for descriptor in Path(f"/proc/{pid}/fd").iterdir()
    )


def workers(pid: int, *, niceness: int = 0) -> list[int]:
    """Those of a service that fit: its grandchildren, jobs apart from what somebody waits for."""
    grandchildren = {lower for child in descendants(pid) for lower in descendants(child)}
    return sorted(
        each for each in grandchildren if (found := _stat(each)) and int(found[16]) == niceness
    )


def job_workers(pid: int) -> list[int]:
    """Those that run its jobs."""
    return workers(pid, niceness=NICENESS)


def cpu_seconds(pid: int) -> float:
    """What it has used; 0 where it has ended."""
    found = _stat(pid)
    return (int(found[11]) + int(found[12])) / TICKS if found else 0.0


def alive(pid: int) -> bool:
    """Whether it runs: one that only waits to be looked at does not."""
    found = _stat(pid)
    return bool(found) and found[0] != "Z"


def _status_bytes(pid: int, name: str) -> int:
    found = re.search(
        rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE
    )
    assert found
    return 1024 * int(found[1])


def _stat(pid: int) -> list[str]:
    """The fields behind the name; none of a process that has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _target(descriptor: Path) -> str:
    with suppress(FileNotFoundError):
        return str(descriptor.readlink())
    return ""
