"""A file of CSV in parts, on a cluster of which one machine is lost."""

import json
from pathlib import Path

import httpx
import numpy as np
import pandas as pd

from tests.support.server import PATIENCE_SECONDS, until
from tests.support.streams import Json, timeless
from tests.system.promises.systems import on_postgresql

T = np.arange(600_000)
FILE = pd.DataFrame({"t": T, "y": 1e-6 * T**2 + np.sin(T)}).to_csv(index=False).encode()
OPTIONS = json.dumps({"seed": 42, "steps": 10})
SETTINGS = {"COASTER_MAX_UPLOAD_BYTES": str(1024 * 1024)}
"""The settings with which a file of more than 1 MiB is read in parts."""


def created(client: httpx.Client) -> str:
    headers = {"Content-Type": "text/csv", "Coaster-Options": OPTIONS}
    answer = client.post("/jobs", content=FILE, headers=headers)
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["id"]
    return job_id


def job(client: httpx.Client, job_id: str) -> Json:
    found: Json = client.get(f"/jobs/{job_id}").json()
    return found


def result(client: httpx.Client, job_id: str) -> Json:
    until(lambda: job(client, job_id)["status"] not in {"queued", "running"})
    return timeless(client.get(f"/jobs/{job_id}/result").raise_for_status().json())


def test_a_machine_that_is_killed_while_a_file_is_read_changes_nothing(tmp_path: Path) -> None:
    with (
        on_postgresql(tmp_path, replicas=1, workers=3, settings=SETTINGS) as system,
        httpx.Client(base_url=system.urls[0], timeout=PATIENCE_SECONDS) as client,
    ):
        undisturbed = result(client, created(client))
        job_id = created(client)
        until(lambda: "points_read" in job(client, job_id)["progress"])

        system.parts[-1].kill()
        assert job(client, job_id)["status"] == "running"

        assert result(client, job_id) == undisturbed
        assert job(client, job_id)["progress"]["points_read"] == len(T)
