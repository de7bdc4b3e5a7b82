"""Many series in one request, beside a loop that fits them one by one."""

import io
import json
from resource import RUSAGE_SELF, getrusage
from time import perf_counter

import httpx
import numpy as np
import pyarrow as pa

from benchmarks.over_http import serving
from service.descent.questions.series import SeriesChoices
from service.descent.questions.table import Lists, Table
from service.descent.series import solve

PORT = 8231
SERIES, POINTS, STEPS = 100_000, 50, 1000
IN_JSON = 10_000
ROUNDS = 3
NPY, ARROW, JSON = "application/x-npy", "application/vnd.apache.arrow.stream", "application/json"
T = np.arange(float(POINTS))


def values() -> np.ndarray:
    """Parabolas with noise (series, points)."""
    generator = np.random.default_rng(42)
    heights = generator.uniform(0.5, 1.5, (SERIES, 1))
    return heights * (T - 25) ** 2 + generator.normal(0, 3, (SERIES, POINTS))


def seconds_of_a_core(y: np.ndarray) -> float:
    """CPU seconds of the worker's computation."""
    lengths = np.full(len(y), POINTS)
    table = Table(T.tobytes(), Lists(y.tobytes(), lengths.tobytes()))
    choices = SeriesChoices(steps=STEPS, seed=42)
    began = getrusage(RUSAGE_SELF).ru_utime
    solve(choices, table, range(len(table)))
    return getrusage(RUSAGE_SELF).ru_utime - began


def seconds_of_polyfit(y: np.ndarray) -> float:
    """CPU seconds of a loop of numpy.polyfit: the optimum only, without steps or verdict."""
    began = getrusage(RUSAGE_SELF).ru_utime
    for row in y:
        np.polyfit(T, row, 2)
    return getrusage(RUSAGE_SELF).ru_utime - began


def posted(body: bytes, kind: str, **settings: object) -> float:
    """Seconds from the request to the end of its answer in the same format."""
    options = json.dumps({"steps": STEPS, "seed": 42} | settings)
    headers = {"Content-Type": kind, "Accept": kind}
    if kind != JSON:
        headers["Coaster-Options"] = options
    began = perf_counter()
    answer = httpx.post(
        f"http://127.0.0.1:{PORT}/series", content=body, headers=headers, timeout=60
    )
    assert answer.status_code == 200, answer.text
    return perf_counter() - began


def as_npy(y: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, y)
    return file.getvalue()


def as_arrow(y: np.ndarray) -> bytes:
    lists = [pa.array([*rows], pa.list_(pa.float64())) for rows in (np.tile(T, (len(y), 1)), y)]
    table = pa.table(
        {"id": pa.array([str(i) for i in range(len(y))]), "t": lists[0], "y": lists[1]}
    )
    file = io.BytesIO()
    with pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()


def as_json(y: np.ndarray) -> bytes:
    return json.dumps(
        {"t": T.tolist(), "y": y.round(2).tolist(), "steps": STEPS, "seed": 42}
    ).encode()


def table() -> str:
    y = values()
    core = min(seconds_of_a_core(y) for _ in range(ROUNDS))
    loop = min(seconds_of_polyfit(y[:IN_JSON]) for _ in range(ROUNDS)) * SERIES / IN_JSON
    with serving(PORT, ["service", "--port", str(PORT)]):
        npy, arrow = as_npy(y), as_arrow(y)
        over_npy = min(posted(npy, NPY, t=T.tolist()) for _ in range(ROUNDS))
        over_arrow = min(posted(arrow, ARROW) for _ in range(ROUNDS))
        over_json = min(posted(as_json(y[:IN_JSON]), JSON) for _ in range(ROUNDS))
    return f"""\
| series of {POINTS} points, {STEPS:,} steps | series | seconds | relative |
|---|---:|---:|---:|
| a worker, of one core | {SERIES:,} | {core:.2f} | 1.00 |
| a loop of `numpy.polyfit`: the optimum alone, of one core | {SERIES:,} | {loop:.2f} | \
{loop / core:.2f} |
| over HTTP, NPY to NPY | {SERIES:,} | {over_npy:.2f} | {over_npy / core:.2f} |
| over HTTP, Arrow to Arrow | {SERIES:,} | {over_arrow:.2f} | {over_arrow / core:.2f} |
| over HTTP, JSON to JSON | {IN_JSON:,} | {over_json:.2f} | |"""
