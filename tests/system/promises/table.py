"""The table of the promises, from pytest's reports: what was measured for each promise, and whether
it was kept.
"""

import argparse
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import Element, parse

from scripts.machine import machine
from scripts.parts import with_part
from tests.support.paths import ROOT

PROMISES = sorted(Path(__file__).parent.glob("test_*.py"))
DOCUMENT = ROOT / "docs" / "explanation" / "promises.md"
NAME = re.compile(r"test_(\d\d)_(\w+)")
KEPT = "pass"


def title(file: Path) -> tuple[int, str]:
    """Return the number of a promise and what it says."""
    found = NAME.fullmatch(file.stem)
    assert found is not None
    return int(found[1]), found[2].replace("_", " ").capitalize()


def rows(tests: Iterable[Element]) -> list[tuple[int, str, str, str]]:
    """Return for each promise its number, what it says, what was measured, and the verdict."""
    by_file: dict[str, list[Element]] = {file.stem: [] for file in PROMISES}
    for test in tests:
        by_file[test.attrib["classname"].rpartition(".")[2]].append(test)
    return [
        (*title(file), _measured(by_file[file.stem]), _verdict(by_file[file.stem]))
        for file in PROMISES
    ]


def _measured(tests: list[Element]) -> str:
    figures = [
        found.attrib["value"]
        for test in tests
        for found in test.iterfind("properties/property[@name='figure']")
    ]
    return "<br>".join([*figures, f"{len(tests)} test{'s' * (len(tests) != 1)}"])


def _verdict(tests: list[Element]) -> str:
    if any(test.find(ending) is not None for test in tests for ending in ("failure", "error")):
        return "FAIL"
    skipped = sum(test.find("skipped") is not None for test in tests)
    return f"{skipped} skipped" if skipped else KEPT if tests else "not run"


def table(rows: Iterable[tuple[int, str, str, str]]) -> str:
    """Return the rows as a table in Markdown."""
    return "\n".join(
        [
            "| | promise | measured | |",
            "|---:|---|---|---|",
            *(f"| {' | '.join(map(str, row))} |" for row in rows),
        ]
    )


def dated(table: str, machine: str) -> str:
    """Return the table with the date and the machine."""
    return f"{table}\n\n{datetime.now(UTC):%Y-%m-%d}. {machine}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", nargs="+", type=Path, help="pytest's, in XML")
    parser.add_argument(
        "--write",
        action="store_true",
        help=f"also write the table into {DOCUMENT.relative_to(ROOT)}",
    )
    arguments = parser.parse_args()
    found = rows(test for report in arguments.reports for test in parse(report).iter("testcase"))
    sys.stdout.write(f"{table(found)}\n")
    if arguments.write:
        DOCUMENT.write_text(
            with_part(DOCUMENT.read_text(), "table", dated(table(found), machine()))
        )
    sys.exit(any(verdict != KEPT for *_, verdict in found))


if __name__ == "__main__":
    main()
