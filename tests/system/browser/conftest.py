"""The page as people open it: in a real browser, with a real service."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.server import Server, serving
from tests.system.browser.visits import Visits, chromium, visiting


@pytest.fixture(scope="session")
def service() -> Iterator[Server]:
    """One service for every test of the page that does not end it."""
    with serving("--workers", "1") as started:
        yield started


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all tests of the page. It ends with them: while it runs, asyncio cannot run
    another event loop in this thread.
    """
    with chromium() as launched:
        yield launched


@pytest.fixture
def visit(browser: Browser, service: Server) -> Iterator[Visits]:
    """Open the page: `page = visit("steps=20", locale="ko-KR")`. Trouble on it fails the test."""
    with visiting(browser, service.url) as visits:
        yield visits
