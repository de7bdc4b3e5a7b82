"""Clients that are generated from the contract have strict types and call the service."""

import re
import sys
from pathlib import Path

from tests.support.modules import NODE
from tests.support.server import Server
from tests.support.streams import Json
from tests.system.clients.conftest import (
    BIN,
    SCRIPTS,
    URL,
    finished,
    printed,
    shown,
    succeeded,
)

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


def test_the_guide_generates_and_uses_a_client_for_python(server: Server, tmp_path: Path) -> None:
    generate, call = (
        shown(language, words).replace(URL, server.url)
        for language, words in (("sh", "openapi-python-client"), ("python", "coaster_api"))
    )

    succeeded(tmp_path, "sh", "-eu", "-c", generate)

    assert succeeded(tmp_path, sys.executable, "-c", call).startswith("True ")


def test_the_program_of_the_guide_calls_the_service_with_openapi_fetch(
    typescript_folder: Path, server: Server
) -> None:
    output = succeeded(typescript_folder, NODE, "built/guide-fetch.js", server.url)

    assert output.startswith("true { a: ")


def test_the_program_of_the_guide_follows_a_stream_with_hey_api(
    typescript_folder: Path, server: Server
) -> None:
    types = succeeded(typescript_folder, NODE, "built/guide-hey.js", server.url).split()

    assert (types[0], types[-1]) == ("started", "done")
