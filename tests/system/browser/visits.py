"""Visits of the page: in a real browser, each by a person who was never there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

CHROMIUM = "/usr/bin/chromium-headless-shell"
"""Chromium without the window around a page. A visit takes 0.6 seconds of a processor, and 0.8 with
the window.
"""
SETTINGS = {
    "locale": "en-US",
    "viewport": {"width": 1440, "height": 900},
    "reduced_motion": "reduce",
}
"""A desk, without motion: a run stands at its end at once."""
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined });"
"""The script of a browser that lets no page copy, as over plain HTTP."""
OWN = ("data:", "blob:")
"""Addresses that are no request to another machine."""
PATIENCE_MS = 120_000
"""How long to wait for what must come. A loaded machine may need most of it."""

expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser. Only one can be driven in a thread at a time."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as launched,
    ):
        yield launched


class Visits:
    """Opens the page, each time in a new context. `troubles` holds the errors that the page logged
    and its requests to other machines.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.contexts: list[BrowserContext] = []
        self.troubles: list[str] = []

    def __call__(
        self, fragment: str = "", *, script: str = "", forgiven: str = "", **settings: Any
    ) -> Page:
        """Return the page once its first run is there; see `window` for the arguments."""
        page = self.window(script=script, forgiven=forgiven, **settings)
        page.goto(f"{self.url}/#{fragment.removeprefix('#')}")
        page.locator("#verdict strong").wait_for(state="attached")
        return page

    def window(self, *, script: str = "", forgiven: str = "", **settings: Any) -> Page:
        """Return a window without a page.

        The script runs before the scripts of the page. Messages of the console that match
        `forgiven` are expected by the test. Settings are those of a browser context: locale,
        color_scheme, viewport, reduced_motion, has_touch, is_mobile, permissions.
        """
        context = self.browser.new_context(**SETTINGS | settings)
        context.set_default_timeout(PATIENCE_MS)
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


@contextmanager
def visiting(browser: Browser, url: str) -> Iterator[Visits]:
    """Close all contexts at the end; fail if there was trouble on a page."""
    visits = Visits(browser, url)
    try:
        yield visits
    finally:
        for context in visits.contexts:
            context.close()
    assert visits.troubles == []
