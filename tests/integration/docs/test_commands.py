"""Commands and files of the documents, as a reader uses them."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from shutil import which

import httpx
import pytest

from coaster_client.command import main
from service.descent.judging.writing import number
from tests.support.keys import key_file
from tests.support.paths import CLIENT, ROOT
from tests.support.ports import free_port
from tests.support.server import PATIENCE_SECONDS, Server, listens, serving, until

HOW_TO = ROOT / "docs" / "how-to"
CALLS, DEPLOY, KEYS = ((HOW_TO / f"{name}.md").read_text() for name in ("call", "deploy", "keys"))
TUTORIAL = (ROOT / "docs" / "tutorial" / "optimizers.md").read_text()
COASTER = re.compile(r"^coaster fit .*$", re.MULTILINE)
COMMANDS = sorted({*COASTER.findall(CALLS), *COASTER.findall((CLIENT / "README.md").read_text())})
"""The calls of the command `coaster` with a file of points."""
LECTURE = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}


def line_with(document: str, words: str) -> str:
    """Return the only command of a document that has these words."""
    (found,) = (each for each in document.splitlines() if each.startswith("curl") and words in each)
    return found


def shell(script: str, **environment: str) -> str:
    """Return what commands print."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    ).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_call_of_the_command_fits_the_points_of_a_file(
    command: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COASTER_URL", server.url)
    monkeypatch.chdir(tmp_path)
    Path("points.csv").write_text("t,y\n0,9.1\n1,4.2\n2,1.8\n3,2.3\n")

    assert main(shlex.split(command)[1:]) == 0


@pytest.mark.skipif(
    not all(map(which, ("bash", "curl", "jq"))) and "CI" not in os.environ,
    reason="needs bash, curl and jq",
)
def test_the_events_of_a_job_are_printed_as_steps_and_losses(
    server: Server, client: httpx.Client
) -> None:
    job = client.post("/jobs", json=LECTURE).json()["id"]

    printed = shell(line_with(CALLS, "| jq"), url=server.url, id=job)

    losses = client.get(f"/jobs/{job}/result").json()["losses"]
    assert float(printed.split()[-1]) == losses[-1]


@pytest.mark.skipif(
    not all(map(which, ("bash", "curl", "jq"))) and "CI" not in os.environ,
    reason="needs bash, curl and jq",
)
def test_a_fit_that_begins_with_another_result_is_sent_by_a_shell(
    server: Server, tmp_path: Path
) -> None:
    (script,) = re.findall(r"```sh\n([^`]*first\.json[^`]*)```", TUTORIAL)

    printed = shell(f"cd {tmp_path}\n" + script.replace("http://127.0.0.1:8000", server.url))

    assert [number(float(loss)) for loss in printed.split()] == ["58.0", "5.69"]


@pytest.mark.skipif(
    not all(map(which, ("bash", "curl"))) and "CI" not in os.environ, reason="needs bash and curl"
)
def test_the_command_with_a_key_is_answered(tmp_path: Path) -> None:
    file, keys = key_file(tmp_path, ["ann"])
    with serving("--workers", "1", COASTER_API_KEYS_FILE=str(file)) as locked:
        command = line_with(KEYS, "$API_KEY").replace("http://127.0.0.1:8000", locked.url)
        answered = shell(command, API_KEY=keys["ann"])

    assert '"body_bytes":' in answered


def test_the_module_for_another_server_serves_under_hypercorn(tmp_path: Path) -> None:
    (module,) = re.findall(r"```python\n(.*?)```", DEPLOY, re.DOTALL)
    (tmp_path / "portable.py").write_text(module)
    port = free_port()
    own = {"PYTHONPATH": str(ROOT), "COASTER_WORKERS": "1", "COASTER_JOB_WORKERS": "1"}

    process = subprocess.Popen(
        [sys.executable, "-m", "hypercorn", "portable:app", "--bind", f"127.0.0.1:{port}"],
        cwd=tmp_path,
        env=os.environ | own,
    )
    try:
        until(lambda: listens(f"http://127.0.0.1:{port}"))
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
