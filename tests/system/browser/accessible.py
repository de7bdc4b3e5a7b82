"""What axe finds on the page."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it brings no types
from playwright.sync_api import Page

VIOLATIONS = {"resultTypes": ["violations"]}
"""Lists every element that is wrong, but only one that is right for each rule. To list all of them
takes two more seconds.
"""


def faults(page: Page) -> str:
    """What axe finds, or nothing."""
    found: Any = Axe().run(page, options=VIOLATIONS)
    return str(found.generate_report()) if found.response["violations"] else ""
