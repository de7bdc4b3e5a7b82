"""python -m benchmarks: prints the tables, and with --write puts them into the README."""

import os

from service.workers.pool import ONE_THREAD

os.environ |= ONE_THREAD

import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path

import torch

from benchmarks import core, jobs, optimizers, over_http, streams
from scripts.readme import README, with_part

PACKAGES = ("fastapi", "uvicorn", "pydantic", "torch", "numpy")


def machine() -> str:
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    name = processor[1] if processor else platform.machine()
    return f"Measured on {os.cpu_count()} shared cores ({name}), Python {platform.python_version()}, {packages}."


def main() -> None:
    torch.set_num_threads(1)
    report = f"{over_http.table()}\n\n{streams.table()}\n\n{jobs.table()}\n\n{core.table()}\n\n{optimizers.table()}\n\n{machine()}"
    print(report)
    if "--write" in sys.argv:
        README.write_text(with_part(README.read_text(), "benchmarks", f"{report}\n"))


if __name__ == "__main__":
    main()
