"""A million points in a file, next to a program that reads it and calls numpy.polyfit."""

import io
import json
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from benchmarks.over_http import serving

PORT = 8232
POINTS, STEPS = 1_000_000, 1_000_000
ROUNDS = 9
OPTIONS = {"Coaster-Options": json.dumps({"steps": STEPS, "seed": 42})}
CSV, PARQUET, NPY = "text/csv", "application/vnd.apache.parquet", "application/x-npy"
ARROW = "application/vnd.apache.arrow.stream"


HEAD = (
    f"| {POINTS:,} points of a file, {STEPS:,} steps | MB | pyarrow or numpy reads it, ms | "
    "and `numpy.polyfit` fits it, ms | over HTTP, ms | relative |"
)


def points() -> pa.Table:
    """Noise on a parabola."""
    generator = np.random.default_rng(42)
    t = np.arange(float(POINTS))
    return pa.table({"t": t, "y": 1e-6 * t * t + generator.normal(size=POINTS)})


def as_csv(table: pa.Table) -> bytes:
    file = io.BytesIO()
    pc.write_csv(table, file)
    return file.getvalue()


def as_parquet(table: pa.Table) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def as_arrow(table: pa.Table) -> bytes:
    file = io.BytesIO()
    with pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()


def as_npy(table: pa.Table) -> bytes:
    file = io.BytesIO()
    np.save(file, np.stack([table["t"].to_numpy(), table["y"].to_numpy()], axis=1))
    return file.getvalue()


def read_csv(file: bytes) -> pa.Table:
    return pc.read_csv(pa.BufferReader(file), pc.ReadOptions(use_threads=False))


def read_parquet(file: bytes) -> pa.Table:
    return pq.read_table(pa.BufferReader(file), use_threads=False)


def read_arrow(file: bytes) -> pa.Table:
    with pa.ipc.open_stream(file) as stream:
        read = stream.read_all()
    read.validate(full=True)
    return read


def read_npy(file: bytes) -> dict[str, np.ndarray]:
    array = np.load(io.BytesIO(file))
    return {"t": array[:, 0], "y": array[:, 1]}


def fitted(columns: Mapping[str, Any]) -> None:
    """The optimum alone, without a step."""
    np.polyfit(np.asarray(columns["t"]), np.asarray(columns["y"]), 2)


FORMATS = {
    "CSV": (CSV, as_csv, read_csv),
    "Parquet": (PARQUET, as_parquet, read_parquet),
    "Arrow": (ARROW, as_arrow, read_arrow),
    "NPY": (NPY, as_npy, read_npy),
}


def posted(client: httpx.Client, file: bytes, kind: str) -> None:
    """Send a file as an open file, which httpx reads and sends in parts of 64 KiB."""
    headers = OPTIONS | {"Content-Type": kind}
    answer = client.post("/fit", content=io.BytesIO(file), headers=headers)
    assert answer.status_code == 200, answer.text


def seconds(*calls: Callable[[], object]) -> list[float]:
    """The median seconds of each of several functions, called in turns."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, times in zip(calls, taken, strict=True):
            began = perf_counter()
            call()
            times.append(perf_counter() - began)
    return [*map(median, taken)]


def table() -> str:
    made = points()
    lines = []
    with (
        serving(PORT, ["service", "--port", str(PORT)]),
        httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=60) as client,
    ):
        for name, (kind, write, read) in FORMATS.items():
            file = write(made)
            reading, program, over_http = seconds(
                partial(read, file),
                lambda read=read, file=file: fitted(read(file)),
                partial(posted, client, file, kind),
            )
            lines.append(
                f"| {name} | {len(file) / 1e6:.0f} | {1000 * reading:.0f} | {1000 * program:.0f} | "
                f"{1000 * over_http:.0f} | {over_http / program:.1f} |"
            )
    return "\n".join(
        [
            HEAD,
            "|---|---:|---:|---:|---:|---:|",
            *lines,
        ]
    )
