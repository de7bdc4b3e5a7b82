"""Writes docs/licences.md: what the image holds besides this code, and under which licences."""

import re
from importlib.metadata import metadata
from pathlib import Path

from scripts.parts import with_part

ROOT = Path(__file__).parent.parent
LICENCES = ROOT / "docs" / "licences.md"
PINNED = re.compile(r"^([a-z0-9-]+)(?:\[.*\])?==", re.MULTILINE)
CLASSIFIER = "License :: OSI Approved :: "


def packages() -> list[str]:
    """Those that requirements.txt pins, and torch."""
    return sorted({"torch", *PINNED.findall((ROOT / "requirements.txt").read_text())})


def licence(name: str) -> str:
    """As its own metadata say: an SPDX expression, classifiers, or a word."""
    told = metadata(name).json
    classified = [
        each.removeprefix(CLASSIFIER)
        for each in told.get("classifier", [])
        if each.startswith(CLASSIFIER)
    ]
    return str(
        told.get("license_expression") or "; ".join(classified) or told.get("license", "")
    ).partition("\n")[0]


def table() -> str:
    """A row for each package."""
    rows = (f"| {name} | {licence(name)} |\n" for name in packages())
    return "| package | licence |\n|---|---|\n" + "".join(rows)


def main() -> None:
    """Writes it."""
    LICENCES.write_text(with_part(LICENCES.read_text(), "licences", table()))


if __name__ == "__main__":
    main()
