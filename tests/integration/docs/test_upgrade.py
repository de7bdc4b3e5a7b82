"""The commands that back up and restore the jobs on one machine, as the guide shows them.

tests/system/compose has those for containers.
"""

import os
import subprocess
import sys
from pathlib import Path

import httpx

from scripts.parts import part
from tests.support.paths import ROOT
from tests.support.server import PATIENCE_SECONDS, serving

GUIDE = (ROOT / "docs" / "how-to" / "upgrade.md").read_text()
JOB = {"synthetic": {}, "seed": 42, "lr": 1e-5}


def run(name: str, folder: Path) -> str:
    """Run a block of commands in a folder with the virtual environment, and return the output."""
    script = part(GUIDE, name).removeprefix("```sh\n").removesuffix("```\n")
    return subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    ).stdout


def test_a_job_is_there_after_its_backup_is_restored(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    url = f"sqlite:///{tmp_path}/coaster.db"
    with serving("--workers", "1", COASTER_DATABASE_URL=url) as server:
        job = httpx.post(server.url + "/jobs", json=JOB, timeout=PATIENCE_SECONDS).json()
        printed = run("backup", tmp_path)
        httpx.post(server.url + "/jobs", json=JOB, timeout=PATIENCE_SECONDS).raise_for_status()

    run("restore", tmp_path)

    with serving("--workers", "1", COASTER_DATABASE_URL=url) as server:
        page = httpx.get(server.url + "/jobs", timeout=PATIENCE_SECONDS).json()
    assert printed == f"Backed up {tmp_path}/coaster.db to backup.db. Number of jobs: 1.\n"
    assert [found["id"] for found in page["data"]] == [job["id"]]
