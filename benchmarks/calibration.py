"""python -m benchmarks.calibration: what a user notices of `service/pool/scheduling.py`."""

from statistics import median

from benchmarks import streams
from benchmarks.over_http import loaded, serving
from scripts.machine import machine
from service.pool.scheduling import MESSAGE_FITS

ROUNDS = 3
PORT = 8241
CANDIDATES = (1, 2, 4, 8, 16)


def requests_per_second(message_fits: int) -> float:
    with serving(PORT, ["benchmarks.with_message_fits", str(PORT), str(message_fits)]):
        return loaded(PORT, "/fit")


def table() -> str:
    rounds = [[requests_per_second(fits) for fits in CANDIDATES] for _ in range(ROUNDS)]
    rates = [median(of_one) for of_one in zip(*rounds, strict=True)]
    rows = [f"| {fits} | {rate:,.0f} |" for fits, rate in zip(CANDIDATES, rates, strict=True)]
    head = f"| MESSAGE_FITS, now {MESSAGE_FITS} | requests/s of 20 points, 16 connections |"
    return "\n".join([head, "|---:|---:|", *rows])


if __name__ == "__main__":
    print(table(), streams.table(), machine(), sep="\n\n")
