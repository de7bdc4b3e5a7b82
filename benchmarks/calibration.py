"""Measure the constants that predict costs and share out work.

    python -m benchmarks.calibration [--write]

With `--write`, also write the tables into docs/reference/costs.md.
"""

import os

from service.pool.forkserver import ONE_THREAD

os.environ |= ONE_THREAD

import sys
from datetime import UTC, datetime
from statistics import median

import numpy as np
import torch

from benchmarks import costs, streams
from benchmarks.over_http import loaded, serving
from scripts.machine import machine
from scripts.parts import with_part
from service.pool.scheduling import MESSAGE_FITS

ROUNDS = 2
PORT = 8241
CANDIDATES = (4, 8, 16)


def requests_per_second(message_fits: int) -> float:
    with serving(PORT, ["benchmarks.with_message_fits", str(PORT), str(message_fits)]):
        return loaded(PORT, "/fit")


def message_table() -> str:
    rounds = [[requests_per_second(fits) for fits in CANDIDATES] for _ in range(ROUNDS)]
    rates = [median(of_one) for of_one in zip(*rounds, strict=True)]
    rows = [f"| {fits} | {rate:,.0f} |" for fits, rate in zip(CANDIDATES, rates, strict=True)]
    head = f"| MESSAGE_FITS, now {MESSAGE_FITS} | requests/s of 20 points, 16 connections |"
    return "\n".join([head, "|---:|---:|", *rows])


def main() -> None:
    torch.set_num_threads(1)
    np.seterr(over="ignore", invalid="ignore", divide="ignore")
    measured = f"{machine()} The date was {datetime.now(UTC):%Y-%m-%d}."
    report = f"{costs.tables()}\n\n{message_table()}\n\n{streams.table()}\n\n{measured}"
    print(report)
    if "--write" in sys.argv:
        costs.DOCUMENT.write_text(with_part(costs.DOCUMENT.read_text(), "costs", f"{report}\n"))


if __name__ == "__main__":
    main()
