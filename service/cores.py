"""The number of cores that this process may use: fewer than the machine has, in a container or a
systemd unit with a limit.
"""

import os
from collections.abc import Iterator
from math import ceil
from pathlib import Path

MEMBERSHIP = Path("/proc/self/cgroup")
"""The file in which Linux lists the control groups of this process."""
GROUPS = Path("/sys/fs/cgroup")
"""The directory in which Linux describes the control groups."""


def usable_cores(membership: Path = MEMBERSHIP, groups: Path = GROUPS) -> int:
    """Return the number of cores of the machine, or fewer if this process may not use all of them:
    by its CPU affinity, or by the CPU quota of a control group (version 1 or 2). A part of a core
    counts as a whole one. If the files of the control groups are not as Linux writes them, only the
    affinity counts.
    """
    try:
        quotas = [ceil(quota) for quota in _quotas(membership, groups) if quota > 0]
    except (OSError, ValueError, ArithmeticError):
        quotas = []
    return min([_schedulable_cores(), *quotas])


def _schedulable_cores() -> int:
    """Return the number of cores on which the system may run this process."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(membership: Path, groups: Path) -> Iterator[float]:
    """Yield the quotas, in cores, of the control groups of this process and of their parents."""
    if not membership.exists():  # only Linux has control groups
        return
    for line in membership.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            for group in _with_parents(groups, path):
                yield from _version_2(group)
        elif "cpu" in controllers.split(","):
            for group in _with_parents(groups / "cpu", path):
                yield from _version_1(group)


def _with_parents(root: Path, path: str) -> list[Path]:
    """Return the directories of a control group and of its parents, up to the root. A container may
    see only the root, which then is its own group.
    """
    group = root / path.lstrip("/")
    return [each for each in (group, *group.parents) if each.is_relative_to(root)]


def _version_2(group: Path) -> Iterator[float]:
    """Yield the quota of a group, if it has one: `150000 100000` is one and a half cores."""
    file = group / "cpu.max"
    if file.exists():
        quota, period = file.read_text().split()
        if quota != "max":
            yield int(quota) / int(period)


def _version_1(group: Path) -> Iterator[float]:
    """Yield the quota of a group, if it has one: a negative number means that there is no limit."""
    file = group / "cpu.cfs_quota_us"
    if file.exists() and (quota := int(file.read_text())) > 0:
        yield quota / int((group / "cpu.cfs_period_us").read_text())
