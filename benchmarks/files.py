"""A million points in a file, beside what pyarrow needs to read the same bytes."""

import io
import json
from statistics import median
from time import perf_counter

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


def read_csv(file: bytes) -> None:
    pc.read_csv(pa.BufferReader(file), pc.ReadOptions(use_threads=False))


def read_parquet(file: bytes) -> None:
    pq.read_table(pa.BufferReader(file), use_threads=False)


def read_arrow(file: bytes) -> None:
    with pa.ipc.open_stream(file) as stream:
        stream.read_all().validate(full=True)


def read_npy(file: bytes) -> None:
    np.load(io.BytesIO(file))


FORMATS = {
    "CSV": (CSV, as_csv, read_csv),
    "Parquet": (PARQUET, as_parquet, read_parquet),
    "Arrow": (ARROW, as_arrow, read_arrow),
    "NPY": (NPY, as_npy, read_npy),
}


def posted(client: httpx.Client, file: bytes, kind: str) -> None:
    answer = client.post("/fit", content=file, headers=OPTIONS | {"Content-Type": kind})
    assert answer.status_code == 200, answer.text


def seconds(*calls: object) -> list[float]:
    """The median seconds of each of several functions, called in turns."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, times in zip(calls, taken, strict=True):
            began = perf_counter()
            call()  # type: ignore[operator]
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
            alone, over_http = seconds(lambda: read(file), lambda: posted(client, file, kind))  # noqa: B023
            lines.append(
                f"| {name} | {len(file) / 1e6:.0f} | {1000 * alone:.0f} | {1000 * over_http:.0f} | "
                f"{over_http / alone:.1f} |\n"
            )
    return (
        f"| {POINTS:,} points, {STEPS:,} steps | MB | pyarrow or numpy alone, ms | over HTTP, ms | "
        f"relative |\n|---|---:|---:|---:|---:|\n{''.join(lines)}"
    )
