"""Write the table of docs/reference/licences.md: the packages in the image and their licences."""

import re
from importlib.metadata import metadata
from pathlib import Path

from scripts.parts import with_part

ROOT = Path(__file__).parent.parent
LICENCES = ROOT / "docs" / "reference" / "licences.md"
PINNED = re.compile(r"^([a-z0-9-]+)(?:\[.*\])?==", re.MULTILINE)
CLASSIFIER = "License :: OSI Approved :: "


def packages() -> list[str]:
    """Return the names of the packages that requirements.txt pins, and torch."""
    return sorted({"torch", *PINNED.findall((ROOT / "requirements.txt").read_text())})


def licence(name: str) -> str:
    """Return the licence in the metadata: an SPDX expression, classifiers or a word."""
    found = metadata(name).json
    classified = [
        each.removeprefix(CLASSIFIER)
        for each in found.get("classifier", [])
        if each.startswith(CLASSIFIER)
    ]
    return str(
        found.get("license_expression") or "; ".join(classified) or found.get("license", "")
    ).partition("\n")[0]


def table() -> str:
    """Return the table, with a row for each package."""
    rows = (f"| {name} | {licence(name)} |\n" for name in packages())
    return "| package | licence |\n|---|---|\n" + "".join(rows)


def main() -> None:
    """Write the table into the document."""
    LICENCES.write_text(with_part(LICENCES.read_text(), "licences", table()))


if __name__ == "__main__":
    main()
