"""A live run."""

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Request, expect

from tests.system.browser.waiting import until

PATIENCE_MS = 180_000
"""How long to wait for the end of a run on a loaded machine."""
BYTES_PER_SECOND = 200_000
"""An answer of 10,000 steps, a megabyte, takes seconds at this rate, however fast the fit is."""
SPIES = r"""
window.step = () =>
  Number((document.querySelector("#step").dataset.shown ?? "").replace(/,/g, "") || Number.NaN);
window.notices = [];
window.seen = [];
addEventListener("DOMContentLoaded", () => {
  const [notice, shown] = ["#notice", "#step"].map((place) => document.querySelector(place));
  new MutationObserver(() => notices.push(notice.textContent)).observe(notice, { childList: true });
  new MutationObserver(() => seen.push([performance.now(), step()]))
    .observe(shown, { attributeFilter: ["data-shown"] });
});
"""
"""Adds to a page: `step()` is the step that is shown; `notices` has every notice so far, and `seen`
every step, with the time when it was drawn.
"""
CLOSED = (
    "performance.getEntriesByType('resource').find((each) => each.name.endsWith('%s')).responseEnd"
)
"""When the end of an answer came."""


@dataclass
class Asked:
    """The requests of a page from now on, without those for its own files, and which of them have
    succeeded or failed.
    """

    sent: list[Request] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def by(self, page: Page) -> "Asked":
        page.on("request", self.saw)
        page.on("requestfinished", lambda request: self.whole.append(request.url))
        page.on("requestfailed", lambda request: self.failed.append(request.url))
        return self

    def saw(self, request: Request) -> None:
        if "/page/" not in request.url:
            self.sent.append(request)

    @property
    def body(self) -> dict[str, Any]:
        """The body of the first request."""
        body: dict[str, Any] = json.loads(self.sent[0].post_data or "")
        return body


def run_live(page: Page, *, beyond: int = 100) -> Asked:
    """Start a live run and wait until the page shows a step after `beyond` and before the last."""
    asked = Asked().by(page)
    steps = page.locator("#steps").input_value().replace(",", "")
    page.evaluate("seen.length = 0")
    page.locator("#live").click()
    until(page, f"seen.some(([_, step]) => step > {beyond} && step < {steps})")
    return asked


def drawn_before_end(page: Page, path: str) -> list[int]:
    """Return the steps that were drawn before the answer was complete."""
    closed = page.evaluate(CLOSED % path)
    return [step for time, step in page.evaluate("seen") if time < closed]


def ended(page: Page) -> None:
    expect(page.locator("#live")).to_have_text("Run it live", timeout=PATIENCE_MS)


def job_of(page: Page) -> str:
    """Return the path of the job in the page's address."""
    return f"/jobs/{until(page, 'location.hash.match(/job=([0-9a-z]+)/)?.[1]')}"
