"""Writes docs/licences.md: what the image holds besides this code, and under which licences; with --check, tells whether it still holds."""

import json
import re
import subprocess
import sys
from pathlib import Path

from scripts.readme import with_part

ROOT = Path(__file__).parent.parent
LICENCES = ROOT / "docs" / "licences.md"
PINNED = re.compile(r"^([a-z0-9-]+)(?:\[.*\])?==", re.MULTILINE)


def packages() -> list[str]:
    """Those that requirements.txt pins, and torch."""
    return sorted({"torch", *PINNED.findall((ROOT / "requirements.txt").read_text())})


def table() -> str:
    """A row for each package, as its own metadata say."""
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--with-system", "--format=json", "--packages", *packages()]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    rows = sorted(f"| {_name(each['Name'])} | {each['Version'].partition('+')[0]} | {each['License']} |\n" for each in told)
    return "| package | version | licence |\n|---|---|---|\n" + "".join(rows)


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(arguments: list[str]) -> int:
    """1 where --check finds a difference."""
    document = LICENCES.read_text()
    now = with_part(document, "licences", table())
    if "--check" not in arguments:
        LICENCES.write_text(now)
    elif now != document:
        print(f"{LICENCES.name} is not what is installed: make licences")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
