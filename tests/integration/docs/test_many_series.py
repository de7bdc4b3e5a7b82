"""The programs of the guide for many series."""

import json
from pathlib import Path

from tests.integration.docs.test_many_metrics import program, python
from tests.support.guides import run_command, run_in
from tests.support.paths import ROOT
from tests.support.server import Server

GUIDE = (ROOT / "docs" / "how-to" / "many-series.md").read_text()


def test_python_fits_ten_thousand_series_of_an_array(server: Server, tmp_path: Path) -> None:
    lines = python(program(GUIDE, "python", server), tmp_path)

    assert lines[0] == "5 too_few_points The series has no points: send at least one."
    assert lines[1].endswith("9999 converged")


def test_python_fits_the_series_of_a_frame(server: Server, tmp_path: Path) -> None:
    (line,) = python(program(GUIDE, "python", server, which=1), tmp_path)

    assert line.startswith("{'cpu': 26.0")
    assert "'disk': 68.5" in line


def test_python_sends_and_receives_arrow(server: Server, tmp_path: Path) -> None:
    (line,) = python(program(GUIDE, "python", server, which=2), tmp_path)

    assert "'id': 'cpu'" in line
    assert "'id': 'disk'" in line


def test_python_creates_a_job_of_the_series_of_a_file(server: Server, tmp_path: Path) -> None:
    (line,) = python(program(GUIDE, "python", server, which=3), tmp_path)

    assert line.startswith("1000 series,")


def test_the_command_prints_a_line_for_each_series(server: Server, tmp_path: Path) -> None:
    lines = run_command(tmp_path, program(GUIDE, "sh", server), server)

    head, cpu, disk = lines.splitlines()
    assert head.split()[-1] == "y(3)"
    assert cpu.split()[-1] == "26"
    assert disk.startswith("disk")


def test_a_shell_sends_json(server: Server, tmp_path: Path) -> None:
    answer = json.loads(run_in(tmp_path, program(GUIDE, "sh", server, which=1)))

    assert answer["ids"] == ["cpu", "disk"]
    assert round(answer["predictions_at"][0][0], 6) == 26
