"""The commands that create keys, as the guides show them."""

import re
from pathlib import Path

import pytest

from service.api.keys import Keys
from tests.support.guides import run_in
from tests.support.paths import ROOT

GUIDES = [path.read_text() for path in sorted((ROOT / "docs").rglob("*.md"))]
COMMAND = re.compile(r"^ *(\.venv/bin/python -m service key (\w+))$", re.MULTILINE)
COMMANDS = sorted({found for guide in GUIDES for found in COMMAND.findall(guide)})
"""Each command with the name of its key."""


@pytest.mark.parametrize(("command", "name"), COMMANDS)
def test_a_key_that_a_guide_creates_is_known_by_its_line(
    command: str, name: str, tmp_path: Path
) -> None:
    key, line = (each.rpartition(": ")[2] for each in run_in(tmp_path, command).splitlines())
    (tmp_path / "api-keys").write_text(f"{line}\n")

    assert Keys(tmp_path / "api-keys").name(key.encode()) == name
