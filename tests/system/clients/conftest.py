"""The clients that three generators make of the contract, and what their calls must give."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copy

import httpx
import pytest

from tests.support.modules import NODE
from tests.support.paths import ROOT
from tests.support.server import PATIENCE_SECONDS, Server
from tests.support.streams import Json

CONTRACT = ROOT / "openapi" / "openapi.json"
SCRIPTS = ROOT / "scripts" / "clients"
PROGRAMS = Path(__file__).parent / "programs"
BIN = Path(sys.executable).parent
PACKAGES = SCRIPTS / "node_modules"
GUIDE = (ROOT / "docs" / "how-to" / "call.md").read_text()
URL = "http://127.0.0.1:8000"
"""The address of the service in the guide."""
FIT: Json = {
    "data": {"t": [0, 1, 2, 3, 4], "y": [9.1, 4.2, 1.8, 2.3, 5.1]},
    "steps": 10,
    "seed": 42,
}
"""The fit that all programs send."""

Run = Callable[..., str]


def shown(language: str, words: str) -> str:
    """Return the only block of the guide in a language that has these words."""
    blocks = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    (found,) = (block for block in blocks if words in block)
    return str(found)


def finished(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Return a command that has run in a folder, with the programs of the environment."""
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def succeeded(folder: Path, *command: str | Path) -> str:
    """Return what a command printed that must succeed."""
    run = finished(folder, *command)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="session")
def python_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client of openapi-python-client, which it makes without warnings, and with
    programs that use it.
    """
    folder = tmp_path_factory.mktemp("python")
    succeeded(
        folder,
        *(BIN / "openapi-python-client", "generate", "--path", CONTRACT, "--fail-on-warning"),
        *("--config", SCRIPTS / "openapi-python-client.yaml"),
        *("--meta", "none", "--output-path", "coaster_api"),
    )
    for program in PROGRAMS.glob("*.py"):
        copy(program, folder)
    return folder


@pytest.fixture(scope="session")
def typescript_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the clients of @hey-api/openapi-ts and openapi-typescript, and with programs
    that use them, all of which tsc accepts and compiles.
    """
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "node_modules").symlink_to(PACKAGES)
    for file in (*PROGRAMS.glob("*.ts"), SCRIPTS / "tsconfig.json", SCRIPTS / "package.json"):
        copy(file, folder)
    for name, words in (("guide-fetch", "openapi-fetch"), ("guide-hey", "fitStream")):
        program = shown("ts", words).replace(f'"{URL}"', "process.argv[2]!")
        (folder / f"{name}.ts").write_text(program.replace("./client/", "./hey/"))
    hey = PACKAGES / "@hey-api" / "openapi-ts" / "bin" / "run.js"
    types = PACKAGES / "openapi-typescript" / "bin" / "cli.js"
    succeeded(folder, NODE, hey, "--input", CONTRACT, "--output", "hey")
    succeeded(folder, NODE, types, CONTRACT, "--output", "coaster.d.ts")
    succeeded(folder, NODE, PACKAGES / "typescript" / "bin" / "tsc")
    return folder


@pytest.fixture(scope="session")
def expected(client: httpx.Client) -> Json:
    """What each program must print: members of the answers to the same requests."""
    fit = client.post("/fit", json=FIT).json()
    return {
        "params": fit["params"],
        "converged": True,
        "verdict": fit["verdict"]["message"]["en"],
        "code": "length_mismatch",
        "picture": "<?xml",
        "job": fit["params"],
    }


@pytest.fixture(scope="session")
def losses(client: httpx.Client) -> list[float]:
    """The loss of each step of the fit."""
    found: list[float] = client.post("/fit", json=FIT).json()["losses"]
    return found


def printed(server: Server, folder: Path, *command: str | Path) -> Json:
    """Return what a program prints as JSON that calls the service."""
    answers: Json = json.loads(succeeded(folder, *command, server.url))
    return answers
