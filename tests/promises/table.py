"""The table of the promises: what was measured of each, and whether it was kept."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

PROMISES = sorted(Path(__file__).parent.glob("test_*.py"))
NAME = re.compile(r"test_(\d\d)_(\w+)")


def title(file: Path) -> tuple[int, str]:
    """The number of a promise, and what it says."""
    found = NAME.fullmatch(file.stem)
    assert found is not None
    return int(found[1]), found[2].replace("_", " ").capitalize()


def table(reports: Iterable[pytest.TestReport]) -> str:
    """A row for each promise; one whose tests were not run says so."""
    told: dict[str, list[pytest.TestReport]] = {file.name: [] for file in PROMISES}
    for report in reports:
        told.setdefault(Path(report.nodeid.partition("::")[0]).name, []).append(report)
    return "\n".join(["| | promise | measured | |", "|---:|---|---|---|", *(_row(file, told[file.name]) for file in PROMISES)])


def _row(file: Path, reports: list[pytest.TestReport]) -> str:
    number, promise = title(file)
    figures = [str(figure) for report in reports for name, figure in report.user_properties if name == "figure"]
    tests = f"{len(reports)} test{'s' * (len(reports) != 1)}"
    skipped = sum(report.skipped for report in reports)
    good = f"{skipped} skipped" if skipped else "pass" if reports else "not run"
    verdict = "FAIL" if any(report.failed for report in reports) else good
    return f"| {number} | {promise} | {'<br>'.join([*figures, tests])} | {verdict} |"


def dated(table: str, machine: str) -> str:
    """The table with when and where."""
    return f"{table}\n\n{datetime.now(UTC):%Y-%m-%d}. {machine}\n"
