"""The commands that back up and restore the jobs on one machine, as the guide shows them.

tests/system/compose has those for containers.
"""

from pathlib import Path

import httpx

from scripts.parts import part
from tests.support.guides import run_in
from tests.support.paths import ROOT
from tests.support.server import PATIENCE_SECONDS, serving

GUIDE = (ROOT / "docs" / "how-to" / "upgrade.md").read_text()
JOB = {"synthetic": {}, "seed": 42, "lr": 1e-5}


def commands(name: str) -> str:
    """Return a block of commands of the guide."""
    return part(GUIDE, name).removeprefix("```sh\n").removesuffix("```\n")


def test_a_job_is_there_after_its_backup_is_restored(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/coaster.db"
    with serving("--workers", "1", COASTER_DATABASE_URL=url) as server:
        job = httpx.post(server.url + "/jobs", json=JOB, timeout=PATIENCE_SECONDS).json()
        printed = run_in(tmp_path, commands("backup"))
        httpx.post(server.url + "/jobs", json=JOB, timeout=PATIENCE_SECONDS).raise_for_status()

    run_in(tmp_path, commands("restore"))

    with serving("--workers", "1", COASTER_DATABASE_URL=url) as server:
        page = httpx.get(server.url + "/jobs", timeout=PATIENCE_SECONDS).json()
    assert printed == f"Backed up {tmp_path}/coaster.db to backup.db. Number of jobs: 1.\n"
    assert [found["id"] for found in page["data"]] == [job["id"]]
