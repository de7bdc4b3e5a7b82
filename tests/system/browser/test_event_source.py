"""A real browser follows a job: EventSource resumes by itself where a connection is lost."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from tests.support.server import Server, serving
from tests.system.browser.proxy import between

pytestmark = pytest.mark.browser

JOB = {
    "synthetic": {},
    "seed": 42,
    "lr": 1e-5,
    "solver": "loop",
    "steps": 15_000,
    "record_every": 3,
}
"""Two seconds of work, and 5,001 steps in some 400 kB."""
CUTS = [60_000, 120_000]
"""Bytes of the answers that are lost in the middle."""
PAGE = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>A job</title>
<script>
const seen = {opened: 0, started: 0, first: [], losses: [], done: [], failed: 0};
const source = new EventSource(new URLSearchParams(location.search).get("events"));
source.onopen = () => { seen.opened += 1; };
source.addEventListener("started", () => { seen.started += 1; });
source.addEventListener("steps", (event) => {
  const steps = JSON.parse(event.data);
  seen.first.push(steps.first);
  seen.losses.push(...steps.loss);
});
source.addEventListener("done", (event) => {
  seen.done.push(JSON.parse(event.data));
  source.close();
});
source.addEventListener("failed", () => { seen.failed += 1; source.close(); });
</script>
</html>
"""


class Site(BaseHTTPRequestHandler):
    """A page of another origin."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    """The origin of the page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def service(site: str) -> Iterator[Server]:
    with serving("--workers", "1", COASTER_CORS_ORIGINS=site) as started:
        yield started


def followed(browser: Browser, site: str, events: str) -> dict[str, Any]:
    """Return what the page saw of a job until it closed its source, which then stays closed."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}/?events={events}")
        page.wait_for_function("source.readyState === EventSource.CLOSED", timeout=120_000)
        seen: dict[str, Any] = page.evaluate("seen")
        return seen


def test_a_browser_whose_connection_is_lost_twice_sees_each_step_once_and_in_order(
    browser: Browser, service: Server, site: str
) -> None:
    with (
        httpx.Client(base_url=service.url, timeout=60) as client,
        between(service.url, CUTS) as proxy,
    ):
        job = client.post("/jobs", json=JOB).headers["location"]

        seen = followed(browser, site, f"{proxy.url}{job}/events")

        result = client.get(job + "/result").json()

    assert seen["losses"] == result.pop("losses")
    assert seen["first"] == sorted(seen["first"])
    assert (seen["opened"], seen["started"], seen["failed"]) == (3, 1, 0)
    assert [event["result"] for event in seen["done"]] == [result]
    assert ["last-event-id" in request for request in proxy.requests] == [False, True, True]
