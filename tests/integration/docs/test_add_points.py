"""The programs of the guide for points that are added."""

import json
from pathlib import Path

from tests.integration.docs.test_many_metrics import program, python
from tests.support.guides import run_command, run_in
from tests.support.paths import ROOT
from tests.support.server import Server

GUIDE = (ROOT / "docs" / "how-to" / "add-points.md").read_text()


def test_a_shell_continues_from_the_factor_of_yesterday(server: Server, tmp_path: Path) -> None:
    run_in(tmp_path, program(GUIDE, "sh", server))

    today = json.loads(run_in(tmp_path, program(GUIDE, "sh", server, which=1)))

    assert today["data_used"]["points"] == 5
    assert [round(each, 6) for each in today["predictions_at"]] == [182.763115, 252.55]


def test_python_appends_the_points_of_each_day(server: Server, tmp_path: Path) -> None:
    (line,) = python(program(GUIDE, "python", server), tmp_path)

    assert line.startswith("[182.7631147")
    assert line.endswith(" 5")


def test_the_command_keeps_the_factor_in_a_file(server: Server, tmp_path: Path) -> None:
    table = run_command(tmp_path, program(GUIDE, "sh", server, which=2), server)

    assert "y(2024-03-10T00:00:00Z)  182.763\n" in table
    assert json.loads((tmp_path / "factor.json").read_text())["points"] == 5


def test_python_merges_and_removes(server: Server, tmp_path: Path) -> None:
    whole, last = python(program(GUIDE, "python", server, which=1), tmp_path)

    assert whole.endswith(" 8")
    assert last.startswith("{'a': 0.9875")
    assert last.endswith(" 4")
