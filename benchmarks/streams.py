"""How fast steps reach a client, and how soon the first."""

import json
import socket
from statistics import median
from time import perf_counter

from benchmarks.over_http import UVICORN, serving

ROUNDS = 5
OURS, NAIVE = 8211, 8212
STEPS = 399_990
NAIVE_STEPS = 20_000
FAST = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": STEPS, "record_every": 1}
SLOW = {"synthetic": {"points": 2000}, "seed": 42, "lr": 1e-9, "steps": 3000, "solver": "loop"}
POINTS = {"t": list(range(20)), "y": [1.0] * 20, "steps": NAIVE_STEPS}


def read(port: int, body: dict, accept: str = "text/event-stream") -> tuple[float, float, bytes]:
    """Seconds to the first step and to the end, and all that came."""
    content = json.dumps(body).encode()
    head = (
        "POST /fit/stream HTTP/1.1\r\n"
        "Host: x\r\n"
        f"Accept: {accept}\r\n"
        "Content-Type: application/json\r\n"
        "Connection: close\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as connection:
        began, first, chunks = perf_counter(), 0.0, []
        connection.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        while chunk := connection.recv(1 << 20):
            chunks.append(chunk)
            if not first and b'"loss"' in chunk:
                first = perf_counter() - began
        return first, perf_counter() - began, b"".join(chunks)


def steps_per_second(port: int, body: dict, accept: str) -> float:
    _, seconds, received = read(port, body, accept)
    assert b"200 OK" in received[:20], received[:500]
    return body["steps"] / seconds


def table() -> str:
    with (
        serving(OURS, ["service", "--port", str(OURS), "--workers", "1"]),
        serving(NAIVE, [*UVICORN, "--port", str(NAIVE), "benchmarks.naive_stream:app"]),
    ):
        read(OURS, FAST)
        rounds = [
            (
                steps_per_second(OURS, FAST, "text/event-stream"),
                steps_per_second(OURS, FAST, "application/x-ndjson"),
                steps_per_second(NAIVE, POINTS, "text/event-stream"),
            )
            for _ in range(ROUNDS)
        ]
        first = median(read(OURS, SLOW)[0] for _ in range(20))
    sse, ndjson, naive = (median(rates) for rates in zip(*rounds, strict=True))
    arrives = f"{1000 * first:.1f} ms"
    return f"""\
| steps to one client, each with its loss, a, b and c | steps/s | relative |
|---|---:|---:|
| Coaster, server-sent events | {sse:,.0f} | {sse / naive:.0f} |
| Coaster, one line per event | {ndjson:,.0f} | {ndjson / naive:.0f} |
| FastAPI's server-sent events, one per step, without computation | {naive:,.0f} | 1 |

The first step of a slow fit (2,000 points, 3,000 steps by the loop) arrives after {arrives}."""
