"""Events of a job through a proxy, which would keep them back if it had a buffer for them."""

import httpx

from tests.support.streams import Json

FEW_EVENTS: Json = {
    "synthetic": {},
    "seed": 42,
    "lr": 1e-5,
    "steps": 60_000,
    "solver": "loop",
    "record_every": 6000,
}
"""A job of a few seconds. All of its events together are smaller than BUFFER_BYTES."""
BUFFER_BYTES = 4096
"""The smallest buffer that a proxy has."""


def first_steps(client: httpx.Client) -> tuple[str, int]:
    """Run a job until its first steps arrive. Return its status at that moment, and the number of
    bytes received.
    """
    job_id = client.post("/jobs", json=FEW_EVENTS).json()["id"]
    received = b""
    with client.stream("GET", f"/jobs/{job_id}/events") as answer:
        parts = answer.iter_raw()
        while b"event: steps" not in received:
            received += next(parts)
        status: str = client.get(f"/jobs/{job_id}").json()["status"]
    client.post(f"/jobs/{job_id}/cancel")
    return status, len(received)
