"""What the service requires from its operator before it serves other machines."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.keys import bearer, key_file
from tests.support.server import PATIENCE_SECONDS, serving

EVERYWHERE = "0.0.0.0"


def ended(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service", *arguments]
    return subprocess.run(
        command,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_for_other_machines_it_starts_only_where_that_is_asked_for() -> None:
    refused = ended("--host", EVERYWHERE)

    assert refused.returncode == 2
    assert refused.stderr.startswith(
        "coaster: other machines can reach the service at 0.0.0.0 without an API key: "
    )
    assert "COASTER_ALLOW_ANYONE=true" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_where_it_is_asked_for_the_log_says_so_once() -> None:
    with serving("--workers", "1", COASTER_HOST=EVERYWHERE, COASTER_ALLOW_ANYONE="true") as server:
        assert httpx.get(server.url + "/limits", timeout=PATIENCE_SECONDS).status_code == 200
        lines = server.events("open_to_anyone")

    assert [(line["level"], line["host"]) for line in lines] == [("WARNING", EVERYWHERE)]


def test_with_keys_it_starts_for_other_machines_and_says_nothing(tmp_path: Path) -> None:
    file, keys = key_file(tmp_path, ["ann"])

    with serving(
        "--workers", "1", COASTER_HOST=EVERYWHERE, COASTER_API_KEYS_FILE=str(file)
    ) as server:
        answers = [
            httpx.get(server.url + "/limits", headers=headers, timeout=PATIENCE_SECONDS)
            for headers in ({}, bearer(keys["ann"]))
        ]
        assert "open_to_anyone" not in server.log()

    assert [answer.status_code for answer in answers] == [401, 200]
    assert answers[1].json()["fits_per_client"] == 4


def test_a_file_of_keys_that_makes_no_sense_ends_the_start_with_a_sentence(
    tmp_path: Path,
) -> None:
    file = tmp_path / "keys"
    file.write_text("ann hunter2\n")

    refused = ended("--port", "0", COASTER_API_KEYS_FILE=str(file))

    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "Line 1" in refused.stderr
    assert "hunter2" not in refused.stderr


def test_a_new_key_is_printed_with_its_line_and_is_let_in(tmp_path: Path) -> None:
    key, line = (each.rpartition(": ")[2] for each in ended("key", "ann").stdout.splitlines())
    (tmp_path / "keys").write_text(line + "\n")

    with serving("--workers", "1", COASTER_API_KEYS_FILE=str(tmp_path / "keys")) as server:
        assert (
            httpx.get(
                server.url + "/limits", headers=bearer(key), timeout=PATIENCE_SECONDS
            ).status_code
            == 200
        )


@pytest.mark.parametrize("arguments", [("key",), ("key", "a b")])
def test_a_key_without_a_name_is_not_made(arguments: tuple[str, ...]) -> None:
    refused = ended(*arguments)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "name" in refused.stderr
