"""Clients that are generated from the contract have strict types and call the service."""

import re
import sys
from pathlib import Path

from tests.support.modules import NODE
from tests.support.server import Server
from tests.support.streams import Json
from tests.system.clients.conftest import BIN, SCRIPTS, finished, printed, succeeded

MYPY = (BIN / "mypy", "--config-file", SCRIPTS / "mypy.ini")


def test_mypy_accepts_the_client_for_python_and_its_use(python_folder: Path) -> None:
    succeeded(python_folder, *MYPY, "coaster_api", "calls.py")


def test_mypy_refuses_a_request_with_neither_data_nor_synthetic_and_with_both(
    python_folder: Path,
) -> None:
    run = finished(python_folder, *MYPY, "refused.py")

    wrong = re.findall(r"refused.py:(\d+): error", run.stdout)
    lines = (python_folder / "refused.py").read_text().splitlines()
    assert [lines[int(number) - 1] for number in wrong] == lines[-4:]


def test_the_client_for_python_calls_the_service(
    python_folder: Path, server: Server, expected: Json
) -> None:
    assert printed(server, python_folder, sys.executable, "calls.py") == expected


def test_the_client_of_openapi_fetch_calls_the_service(
    typescript_folder: Path, server: Server, expected: Json
) -> None:
    assert printed(server, typescript_folder, NODE, "built/fetch.js") == expected


def test_the_client_of_hey_api_calls_the_service_and_follows_a_stream(
    typescript_folder: Path, server: Server, expected: Json, losses: list[float]
) -> None:
    streamed = {"losses": losses, "last": "done"}

    assert printed(server, typescript_folder, NODE, "built/hey.js") == expected | streamed
