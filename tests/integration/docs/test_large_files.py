"""The programs of the guide for large files."""

import json
from pathlib import Path

import pytest

from tests.integration.docs.test_many_metrics import program, python
from tests.support.guides import run_command, run_in
from tests.support.paths import ROOT
from tests.support.server import Server
from tests.support.streams import ndjson

GUIDE = (ROOT / "docs" / "how-to" / "large-files.md").read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small file, for the programs in Python."""
    rows = "".join(f"{t},{3 + 0.5 * t}\n" for t in range(20))
    (tmp_path / "points.csv").write_text(f"t,y\n{rows}")
    return tmp_path


def test_a_shell_fits_two_million_points(server: Server, tmp_path: Path) -> None:
    answer = json.loads(run_in(tmp_path, program(GUIDE, "sh", server)))

    events = ndjson((tmp_path / "events").read_bytes())
    read = [event["points_read"] for event in events if event["type"] == "reading"]
    assert len(read) > 2
    assert read[-1] == 2_000_000
    assert answer["params"]["a"] == pytest.approx(0.5)


def test_the_client_creates_a_job_of_a_file(server: Server, folder: Path) -> None:
    *_, line = python(program(GUIDE, "python", server), folder)

    assert line.startswith(("{'a': 0.5", "{'a': 0.4999"))


@pytest.mark.parametrize("which", [1, 2], ids=["one file", "several files"])
def test_the_command_fits_files_as_a_job(server: Server, folder: Path, which: int) -> None:
    table = run_command(folder, program(GUIDE, "sh", server, which=which), server)

    assert "curve      0.5 t + 3\n" in table


def test_the_client_adds_up_several_files(server: Server, folder: Path) -> None:
    (line,) = python(program(GUIDE, "python", server, which=1), folder)

    assert line.startswith(("{'a': 0.5", "{'a': 0.4999"))
