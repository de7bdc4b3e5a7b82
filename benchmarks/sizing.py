"""What a machine serves with so many workers: requests a second, and memory."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.over_http import loaded, serving

PORT = 8231
ROUNDS = 3
LOOP = json.dumps({"solver": "loop", "steps": 1000})


def proportional(pid: int) -> float:
    """Megabytes of a process; pages that several share count for each in part."""
    found = re.search(
        r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE
    )
    return int(found[1]) / 1000 if found else 0.0


def family(pid: int) -> Iterator[int]:
    """A process and all that it has started."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from family(int(child))


def row(workers: int) -> str:
    with serving(
        PORT, ["service", "--port", str(PORT), "--workers", str(workers)], COASTER_JOB_WORKERS="1"
    ) as pid:
        small = median(loaded(PORT, "/fit") for _ in range(ROUNDS))
        loop = median(loaded(PORT, "/fit", "--fields", LOOP) for _ in range(ROUNDS))
        processes = list(family(pid))
        memory = sum(map(proportional, processes))
        return (
            f"| {workers} | {small:,.0f} | {loop:.1f} | {proportional(pid):.0f} MB "
            f"| {memory:.0f} MB in {len(processes)} processes |"
        )


def table() -> str:
    rows = "\n".join(row(workers) for workers in (1, 2))
    return (
        "| workers | fits/s of 20 points, 10 steps | fits/s of 1,000 steps by the loop "
        "| the API process | all processes, one job worker among them |\n"
        f"|---:|---:|---:|---:|---|\n{rows}"
    )
