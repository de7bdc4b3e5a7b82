"""python -m benchmarks: prints the tables, and with --write puts them into the README."""

import os

from service.pool.forkserver import ONE_THREAD

os.environ |= ONE_THREAD

import sys

import torch

from benchmarks import core, jobs, optimizers, over_http, sizing, streams
from scripts.machine import machine
from scripts.parts import with_part
from scripts.readme import OPERATIONS, README


def main() -> None:
    torch.set_num_threads(1)
    tables = [each.table() for each in (over_http, streams, jobs, core, optimizers)]
    report = "\n\n".join([*tables, machine()])
    sizes = f"{sizing.table()}\n\n{machine()}"
    print(report, sizes, sep="\n\n")
    if "--write" in sys.argv:
        README.write_text(with_part(README.read_text(), "benchmarks", f"{report}\n"))
        OPERATIONS.write_text(with_part(OPERATIONS.read_text(), "sizing", f"{sizes}\n"))


if __name__ == "__main__":
    main()
