"""Jobs of a real service: they outlive its processes.

tests/unit/api/routes/test_jobs.py has the rest.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.support.server import PATIENCE_SECONDS, serving, until
from tests.support.streams import Json, folded, sse, timeless

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}


def made(client: httpx.Client, body: Json) -> str:
    job_id: str = client.post("/jobs", json=body).raise_for_status().json()["id"]
    return job_id


def job_when(client: httpx.Client, job_id: str, holds: Callable[[Json], bool]) -> Json:
    """The job, once this holds of it. Workers of jobs leave the processor to all others: where it
    is busy they take long.
    """
    until(lambda: holds(client.get(f"/jobs/{job_id}").json()))
    job: Json = client.get(f"/jobs/{job_id}").json()
    return job


def test_the_events_of_a_job_are_followed_to_its_end(client: httpx.Client) -> None:
    job_id = made(client, LECTURE | {"steps": 2000, "solver": "loop"})

    events = sse(client.get(f"/jobs/{job_id}/events").content)

    result = client.get(f"/jobs/{job_id}/result").json()
    assert client.get(f"/jobs/{job_id}").json()["status"] == "succeeded"
    assert folded(event.content for event in events) == timeless(result)


def test_a_cancel_ends_the_worker_of_a_job(client: httpx.Client) -> None:
    long = made(client, LECTURE | {"steps": 300_000, "solver": "loop"})
    job_when(client, long, lambda job: job["progress"]["steps_done"] > 0)

    cancelled = client.post(f"/jobs/{long}/cancel").json()

    assert (cancelled["status"], cancelled["error"]["code"]) == ("cancelled", "cancelled")
    next_one = made(client, LECTURE)
    job_when(client, next_one, lambda job: job["status"] == "succeeded")


def test_a_full_queue_refuses_jobs_but_not_those_it_knows() -> None:
    key = {"Idempotency-Key": "first"}
    long = LECTURE | {"steps": 300_000, "solver": "loop"}
    with (
        serving("--workers", "1", COASTER_MAX_WAITING_JOBS="1") as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as client,
    ):
        first = client.post("/jobs", json=long, headers=key).json()["id"]
        job_when(client, first, lambda job: job["status"] == "running")
        made(client, long | {"seed": 1})  # a short one would run in the slot for short jobs
        refused = client.post("/jobs", json=long | {"seed": 2})
        again = client.post("/jobs", json=long, headers=key)

    assert (refused.status_code, refused.json()["code"]) == (503, "queue_full")
    assert (again.status_code, again.json()["id"]) == (202, first)


def test_a_job_goes_on_after_a_restart_and_after_a_kill(tmp_path: Path) -> None:
    kept: dict[str, Any] = {"COASTER_DATABASE_URL": f"sqlite:///{tmp_path}/jobs.db"}
    body = LECTURE | {"steps": 3000, "solver": "loop"}
    with (
        serving("--workers", "1", **kept) as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as client,
    ):
        job_id = made(client, body)
        begun = job_when(client, job_id, lambda job: job["progress"]["steps_done"] > 300)
    steps = begun["progress"]["steps_done"]
    with (
        serving("--workers", "1", **kept) as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as client,
    ):
        job_when(client, job_id, lambda job: job["progress"]["steps_done"] > steps + 300)
        server.process.kill()
    with (
        serving("--workers", "1", **kept) as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as client,
    ):
        job = job_when(client, job_id, lambda job: job["status"] == "succeeded")
        events = sse(client.get(f"/jobs/{job_id}/events").content)
        fit = client.post("/fit", json=body).json()

    assert job["progress"] == {"steps_done": 3000, "steps": 3000}
    assert folded(event.content for event in events) == timeless(fit)
