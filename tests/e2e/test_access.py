"""What the service asks of who starts it, before it lets others in."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.keys import bearer, key_file
from tests.server import serving

EVERYWHERE = "0.0.0.0"


def ended(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service", *arguments]
    return subprocess.run(
        command,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_for_other_machines_it_starts_only_where_that_is_asked_for() -> None:
    refused = ended("--host", EVERYWHERE)

    assert refused.returncode == 2
    assert refused.stderr.startswith(
        "coaster: others reach the service at 0.0.0.0, and nobody would need a key: "
    )
    assert "COASTER_ALLOW_ANYONE=true" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_where_it_is_asked_for_the_log_says_so_once() -> None:
    with serving("--workers", "1", COASTER_HOST=EVERYWHERE, COASTER_ALLOW_ANYONE="true") as server:
        assert httpx.get(server.url + "/limits").status_code == 200
        said = server.events("open_to_anyone")

    assert [(line["level"], line["host"]) for line in said] == [("WARNING", EVERYWHERE)]


def test_with_keys_it_starts_for_other_machines_and_says_nothing(tmp_path: Path) -> None:
    file, keys = key_file(tmp_path, ["ann"])

    with serving(
        "--workers", "1", COASTER_HOST=EVERYWHERE, COASTER_API_KEYS_FILE=str(file)
    ) as server:
        answers = [
            httpx.get(server.url + "/limits", headers=headers)
            for headers in ({}, bearer(keys["ann"]))
        ]
        assert "open_to_anyone" not in server.log()

    assert [answer.status_code for answer in answers] == [401, 200]
    assert answers[1].json()["fits_per_client"] == 4


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read"),
        ("", "has none"),
        ("# nobody\n", "has none"),
        ("ann hunter2\n", "Line 1"),
        (f"ann {'0' * 64}\nann {'1' * 64}\n", "Line 2"),
    ],
)
def test_a_file_of_keys_without_sense_ends_the_start_with_a_sentence(
    tmp_path: Path, content: str | None, sentence: str
) -> None:
    file = tmp_path / "keys"
    if content is not None:
        file.write_text(content)

    refused = ended("--port", "0", COASTER_API_KEYS_FILE=str(file))

    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert sentence in refused.stderr
    assert "hunter2" not in refused.stderr


def test_a_new_key_is_printed_with_its_line_and_is_let_in(tmp_path: Path) -> None:
    key, line = (each.rpartition(": ")[2] for each in ended("key", "ann").stdout.splitlines())
    (tmp_path / "keys").write_text(line + "\n")

    with serving("--workers", "1", COASTER_API_KEYS_FILE=str(tmp_path / "keys")) as server:
        assert httpx.get(server.url + "/limits", headers=bearer(key)).status_code == 200


@pytest.mark.parametrize("arguments", [("key",), ("key", "a b")])
def test_a_key_without_a_name_is_not_made(arguments: tuple[str, ...]) -> None:
    refused = ended(*arguments)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "name" in refused.stderr
