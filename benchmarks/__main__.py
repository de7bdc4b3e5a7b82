"""Print the tables of all benchmarks.

    python -m benchmarks [--write]

With `--write`, also write them into docs/reference/benchmarks.md.
"""

import os

from service.pool.forkserver import ONE_THREAD

os.environ |= ONE_THREAD

import sys

import torch

from benchmarks import (
    core,
    files,
    jobs,
    large_files,
    optimizers,
    over_http,
    python_client,
    series,
    sizing,
    streams,
)
from scripts.machine import machine
from scripts.parts import with_part
from scripts.readme import REFERENCE

DOCUMENT = REFERENCE / "benchmarks.md"


def main() -> None:
    torch.set_num_threads(1)
    parts = (over_http, series, files, large_files, python_client, streams, jobs, core, optimizers)
    tables = [each.table() for each in parts]
    report = "\n\n".join([*tables, machine()])
    sizes = f"{sizing.table()}\n\n{machine()}"
    print(report, sizes, sep="\n\n")
    if "--write" in sys.argv:
        text = with_part(DOCUMENT.read_text(), "benchmarks", f"{report}\n")
        DOCUMENT.write_text(with_part(text, "sizing", f"{sizes}\n"))


if __name__ == "__main__":
    main()
