"""The programs of the guide for files."""

import json
from pathlib import Path

import pytest

from tests.integration.docs.test_many_metrics import program, python
from tests.support.guides import run_command, run_in
from tests.support.paths import ROOT
from tests.support.server import Server

GUIDE = (ROOT / "docs" / "how-to" / "files.md").read_text()
POINTS = "time,speed\n0,9.1\n1,4.2\n2,1.8\n3,2.3\n4,5.1\n"


def test_a_shell_sends_csv(server: Server, tmp_path: Path) -> None:
    answer = json.loads(run_in(tmp_path, program(GUIDE, "sh", server)))

    assert answer["r2"] == pytest.approx(0.99945712)


def test_the_client_sends_a_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(POINTS)

    (line,) = python(program(GUIDE, "python", server), tmp_path)

    assert line.startswith("{'a': 1.308")


def test_the_command_fits_a_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(POINTS)

    table = run_command(tmp_path, program(GUIDE, "sh", server, which=1), server)

    assert "curve      1.30827 t² - 6.22294 t + 9.09463\n" in table


def test_python_sends_parquet(server: Server, tmp_path: Path) -> None:
    (line,) = python(program(GUIDE, "python", server, which=1), tmp_path)

    assert line.startswith("{'a': ")
    assert "'b': 20" in line or "'b': 19.99999" in line
