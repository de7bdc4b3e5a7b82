"""How soon the page shows its first picture, next to the moment in which its HTML is parsed.

Run it with `python -m benchmarks.first_picture`; it needs Chromium.
"""

import time

from playwright.sync_api import Browser

from tests.support.server import serving
from tests.system.browser.visits import chromium, visiting

VISITS = 5
"""Of which the fastest counts: what else the machine does is not the page's time."""
WINDOW_SECONDS = 1
"""In which Chromium is busy with a new window."""
OBSERVER = """
new MutationObserver((_, observer) => {
  if (!document.querySelector("#walk svg .ball")) return;
  window.firstPicture = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
PARSED = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"


def visit(browser: Browser, url: str) -> tuple[float, float]:
    """Return the milliseconds until the first picture stands, and until the HTML is parsed."""
    with visiting(browser, url) as visits:
        page = visits.window(script=OBSERVER, reduced_motion="no-preference")
        time.sleep(WINDOW_SECONDS)
        page.goto(url)
        page.locator("#verdict strong").wait_for(state="attached")
        return page.evaluate("firstPicture"), page.evaluate(PARSED)


def main() -> None:
    """Print the fastest of several visits."""
    with serving("--workers", "1") as server, chromium() as browser:
        picture, parsed = min(visit(browser, server.url) for _ in range(VISITS))
    print(f"The first picture stands after {picture:.0f} ms, the HTML after {parsed:.0f} ms.")


if __name__ == "__main__":
    main()
