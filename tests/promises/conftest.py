from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.machine import machine
from scripts.parts import with_part
from tests.promises.table import dated, table

DOCUMENT = Path(__file__).parents[2] / "docs" / "promises.md"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", action="store_true", help="print a table of the promises at the end")
    parser.addoption("--write", action="store_true", help=f"put it into {DOCUMENT.name}, too")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.getoption("table", default=False):
        return
    reports = [report for ending in ("passed", "failed", "error", "skipped") for report in terminalreporter.getreports(ending)]
    text = table(report for report in reports if report.when == "call" or not report.passed)
    terminalreporter.write_line(text)
    if config.getoption("write"):
        DOCUMENT.write_text(with_part(DOCUMENT.read_text(), "table", dated(text, machine())))


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Keeps what was measured in the report of the tests, and shows it."""

    def told(figure: str) -> None:
        record_property("figure", figure)
        print(figure)  # noqa: T201 - whoever runs the promises wants to see it

    return told
