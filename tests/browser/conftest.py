"""The page as people open it: in a real browser, of a real service, and with nothing to be said on
its console.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.server import Server, serving

CHROMIUM = "/usr/bin/chromium"
SETTINGS = {
    "locale": "en-US",
    "viewport": {"width": 1440, "height": 900},
    "reduced_motion": "reduce",
}
"""A desk, without motion: a run stands at its end at once."""
OWN = ("data:", "blob:")
"""What a page asks nobody for."""


expect.set_options(timeout=10_000)


class Visits:
    """Opens the page, each time as somebody who was never there; `troubles` is what went wrong on
    it that should not.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.contexts: list[BrowserContext] = []
        self.troubles: list[str] = []

    def __call__(
        self, fragment: str = "", *, script: str = "", forgiven: str = "", **settings: Any
    ) -> Page:
        """The page once its first run is there; see `window` for the rest."""
        page = self.window(script=script, forgiven=forgiven, **settings)
        page.goto(f"{self.url}/#{fragment.removeprefix('#')}")
        page.locator("#verdict strong").wait_for()
        return page

    def window(self, *, script: str = "", forgiven: str = "", **settings: Any) -> Page:
        """A window without a page.

        The script runs before the page's own. Messages of the console that match `forgiven` are
        what the test brings about. Settings are a browser context's: locale, color_scheme,
        viewport, reduced_motion, has_touch, is_mobile, permissions.
        """
        context = self.browser.new_context(**SETTINGS | settings)
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self.heard(message, forgiven))
        page.on("pageerror", lambda error: self.troubles.append(f"{error}"))
        page.on("request", self.asked)
        page.add_init_script(script)
        return page

    def heard(self, message: ConsoleMessage, forgiven: str) -> None:
        if message.type in {"error", "warning"} and not (
            forgiven and re.search(forgiven, message.text)
        ):
            self.troubles.append(f"{message.type}: {message.text}")

    def asked(self, request: Request) -> None:
        if not request.url.startswith((self.url + "/", *OWN)):
            self.troubles.append(f"asked {request.url}")


@pytest.fixture(scope="session")
def service() -> Iterator[Server]:
    """One service for every test of the page that does not end it."""
    with serving("--workers", "1") as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each module: a test that drives its own cannot while this one is there."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as launched,
    ):
        yield launched


@pytest.fixture
def visit(browser: Browser, service: Server) -> Iterator[Visits]:
    """Opens the page: `page = visit("steps=20", locale="ko-KR")`. A trouble on it fails the
    test.
    """
    visits = Visits(browser, service.url)
    yield visits
    for context in visits.contexts:
        context.close()
    assert visits.troubles == []
