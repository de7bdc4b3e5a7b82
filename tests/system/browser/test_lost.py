"""A connection that is lost, and a service that does not answer."""

import re
from itertools import groupby

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.server import PATIENCE_SECONDS, Server, serving
from tests.system.browser.files import result, rows, timeless
from tests.system.browser.proxy import Proxy, between
from tests.system.browser.running import PATIENCE_MS, SPIES, ended, job_of, run_live
from tests.system.browser.visits import Visits, visiting

pytestmark = pytest.mark.browser

CUTS = [100_000, 200_000]
"""Bytes of the answers that are lost in the middle."""
LOST = re.compile(r"^Connection lost at step [\d,]+\. Reconnecting… Your steps so far are kept\.$")


def lead(page: Page, path: str, proxy: Proxy) -> None:
    """Leads requests of a path through a proxy; to the page they come from the same origin."""
    page.route(
        f"**{path}",
        lambda route: route.continue_(url=proxy.url + "/" + route.request.url.split("/", 3)[3]),
    )


def test_a_job_whose_connection_is_lost_twice_loses_no_step_and_has_none_twice(
    visit: Visits, service: Server
) -> None:
    page = visit("steps=10001", script=SPIES, forgiven="net::ERR")

    with between(service.url, CUTS) as proxy:
        lead(page, "/events", proxy)
        run_live(page)
        job = job_of(page)
        ended(page)

    answer = httpx.get(f"{service.url}{job}/result", timeout=PATIENCE_SECONDS).json()
    assert len(proxy.requests) == 3
    assert [row["step"] for row in rows(page)] == [*range(0, 10_001, 2), 10_001]
    assert [row["loss"] for row in rows(page)] == answer["losses"]
    assert result(page) == timeless(answer)


def test_a_lost_connection_is_told_until_there_is_another(visit: Visits, service: Server) -> None:
    page = visit("steps=2500&lr=0.1", script=SPIES, forgiven="net::ERR")
    request = {
        "synthetic": {},
        "seed": 42,
        "lr": 0.1,
        "steps": 2500,
        "scale": "standardize",
        "solver": "loop",
    }
    job = httpx.post(f"{service.url}/jobs", json=request, timeout=PATIENCE_SECONDS).json()["id"]

    with between(service.url, CUTS[:1]) as proxy:
        lead(page, "/events", proxy)
        page.goto(f"{service.url}/#steps=2500&lr=0.1&job={job}")
        expect(page.locator("#notice")).to_have_text(LOST, timeout=PATIENCE_MS)
        ended(page)

    notices = ["", *page.evaluate("notices")]  # before the first one, there is none
    lost = [each for each, _ in groupby(bool(LOST.match(notice)) for notice in notices)]
    assert lost == [False, True, False]
    expect(page.locator("#notice")).to_be_empty()


def test_a_lost_stream_is_told_and_its_steps_are_kept(visit: Visits, service: Server) -> None:
    page = visit("steps=3000", script=SPIES, forgiven="net::ERR")

    with between(service.url, CUTS[:1]) as proxy:
        lead(page, "/fit/stream", proxy)
        run_live(page)
        ended(page)

    last = page.evaluate("step()")
    assert 100 < last < 3000
    expect(page.locator("#notice")).to_have_text(
        f"Connection lost at step {last:,}. Your steps so far are kept. "
        "Run it again to get the rest."
    )
    assert [row["step"] for row in rows(page)] == list(range(last + 1))


def test_a_service_that_does_not_answer_is_told_until_it_is_back(browser: Browser) -> None:
    with serving("--workers", "1") as first, visiting(browser, first.url) as visits:
        page = visits(forgiven="net::ERR|503")
        first.process.terminate()
        first.process.wait(60)

        page.locator("[data-preset=large]").click()
        expect(page.locator("#notice")).to_have_text("The service does not answer. Trying again…")
        expect(page.locator("#verdict")).to_contain_text("Good.")

        with serving("--workers", "1", "--port", first.url.rpartition(":")[2]):
            expect(page.locator("#verdict")).to_contain_text("Too large.", timeout=PATIENCE_MS)
            expect(page.locator("#notice")).to_be_empty()
            page.context.close()


def test_a_live_run_that_cannot_begin_says_so(visit: Visits) -> None:
    page = visit(forgiven="net::ERR")
    page.route("**/fit/stream", lambda route: route.abort())

    page.locator("#live").click()

    expect(page.locator("#notice")).to_have_text("The service does not answer.")
    expect(page.locator("#live")).to_have_text("Run it live")
