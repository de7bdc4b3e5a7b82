"""A fit that is seen while it is made: a stream, or for many steps a job."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.server import PATIENCE_SECONDS, Server
from tests.support.server import until as eventually
from tests.system.browser.drawings import slowly
from tests.system.browser.files import result, rows, timeless
from tests.system.browser.running import (
    BYTES_PER_SECOND,
    SPIES,
    drawn_before_end,
    ended,
    job_of,
    run_live,
)
from tests.system.browser.visits import Visits
from tests.system.browser.waiting import until

pytestmark = pytest.mark.browser

STREAM = "steps=10000"
JOB = "steps=12000"
LONG_JOB = "steps=100000"
"""A job that its test cancels."""


def whole(job: str) -> dict[str, Any]:
    """Return the result of a job once it has one."""
    eventually(lambda: httpx.get(f"{job}/result", timeout=PATIENCE_SECONDS).status_code == 200)
    answer: dict[str, Any] = httpx.get(f"{job}/result", timeout=PATIENCE_SECONDS).json()
    return answer


def test_a_streamed_fit_is_drawn_while_its_request_is_open(visit: Visits) -> None:
    page = visit("steps=6000", script=SPIES)
    slowly(page, bytes_per_second=BYTES_PER_SECOND)

    asked = run_live(page)
    ended(page)

    drawn = drawn_before_end(page, "/fit/stream")
    assert [request.url.rpartition("/fit")[2] for request in asked.sent] == ["/stream"]
    assert drawn == sorted(drawn)
    assert len(set(drawn)) > 5


def test_a_streamed_fit_is_the_same_loop_asked_for_at_once(visit: Visits, service: Server) -> None:
    page = visit("steps=2000", script=SPIES)

    asked = run_live(page)
    ended(page)

    assert asked.body["solver"] == "loop"
    assert result(page) == timeless(
        httpx.post(f"{service.url}/fit", json=asked.body, timeout=60).json()
    )


def test_many_steps_are_a_job_whose_events_are_followed(visit: Visits, service: Server) -> None:
    page = visit(LONG_JOB, script=SPIES)

    asked = run_live(page)
    job = job_of(page)

    assert [request.url.removeprefix(service.url) for request in asked.sent[:2]] == [
        "/jobs",
        f"{job}/events",
    ]
    assert httpx.get(service.url + job, timeout=PATIENCE_SECONDS).json()["status"] == "running"
    httpx.post(f"{service.url}{job}/cancel", timeout=PATIENCE_SECONDS)


def test_the_address_of_a_job_shows_it_from_its_first_step_to_its_end(
    visit: Visits, service: Server
) -> None:
    page = visit(JOB, script=SPIES)
    run_live(page)
    job = job_of(page)

    page.reload()
    until(page, "step() > 100")
    ended(page)

    steps = [step for _, step in page.evaluate("seen")]
    assert len(set(steps[1:])) > 5
    answer = httpx.get(f"{service.url}{job}/result", timeout=PATIENCE_SECONDS).json()
    assert [row["loss"] for row in rows(page)] == answer["losses"]
    assert result(page) == timeless(answer)


def test_a_job_that_has_ended_is_shown_too(visit: Visits, service: Server) -> None:
    request = {
        "synthetic": {},
        "seed": 42,
        "lr": 0.1,
        "steps": 200,
        "scale": "standardize",
        "solver": "loop",
    }
    job = httpx.post(f"{service.url}/jobs", json=request, timeout=PATIENCE_SECONDS).json()["id"]
    answer = whole(f"{service.url}/jobs/{job}")

    page = visit(f"lr=0.1&steps=200&job={job}", script=SPIES)
    until(page, "notices.includes('Running live: 200 steps')")
    ended(page)

    assert [row["loss"] for row in rows(page)] == answer["losses"]
    assert result(page) == timeless(answer)


def test_a_job_that_is_not_kept_is_told(visit: Visits) -> None:
    page = visit("job=0123456789abcdef0123456789", forgiven="404")

    expect(page.locator("#notice")).to_have_text("The job of this link is no longer kept.")
    expect(page.locator("#verdict")).to_contain_text("Good.")


def test_who_looks_back_stays_there_while_steps_arrive(visit: Visits) -> None:
    page = visit(STREAM, script=SPIES)
    slowly(page, bytes_per_second=BYTES_PER_SECOND)
    run_live(page, beyond=1000)
    box = page.locator("#scrub").bounding_box()
    assert box

    page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2)
    looked = until(page, "step() < 1000 && step()")
    drawn = page.locator("#loss .line").get_attribute("d")
    expect(page.locator("#loss .line")).not_to_have_attribute("d", drawn or "")

    assert page.evaluate("[step(), document.querySelector('#live').textContent]") == [
        looked,
        "Stop",
    ]


def test_stop_cancels_a_job(visit: Visits, service: Server) -> None:
    page = visit(LONG_JOB, script=SPIES)
    run_live(page)
    job = job_of(page)

    page.locator("#live").click()

    expect(page.locator("#notice")).to_have_text(re.compile(r"^Stopped at step [\d,]+\.$"))
    assert httpx.get(service.url + job, timeout=PATIENCE_SECONDS).json()["status"] == "cancelled"


def test_stop_closes_a_stream_and_keeps_its_steps(visit: Visits) -> None:
    page = visit(STREAM, script=SPIES)
    slowly(page, bytes_per_second=BYTES_PER_SECOND)
    asked = run_live(page)

    with page.expect_event("requestfailed"):
        page.locator("#live").click()

    expect(page.locator("#notice")).to_have_text(re.compile(r"^Stopped at step [\d,]+\.$"))
    assert [url.rpartition("/fit")[2] for url in asked.failed] == ["/stream"]
    assert 100 < page.evaluate("step()") < 10_000


def test_another_rate_ends_what_runs(visit: Visits) -> None:
    page = visit(STREAM, script=SPIES)
    slowly(page, bytes_per_second=BYTES_PER_SECOND)
    asked = run_live(page)

    with page.expect_event("requestfailed"):
        page.locator("[data-preset=large]").click()

    expect(page.locator("#verdict")).to_contain_text("Too large.")
    expect(page.locator("#live")).to_have_text("Run it live")
    expect(page.locator("#notice")).to_be_empty()
    assert [url.rpartition("/fit")[2] for url in asked.failed] == ["/stream"]


def test_too_much_work_is_refused_beside_the_steps(visit: Visits) -> None:
    page = visit("steps=1000000", forgiven="422")
    before = page.locator("#verdict").text_content()

    page.locator("#live").click()

    expect(page.locator("#steps-problem")).to_have_text(
        re.compile(r"^Not possible: Set `steps` to \d+ or less\. The last fit stays\.$")
    )
    expect(page.locator("#live")).to_have_text("Run it live")
    expect(page.locator("#verdict")).to_have_text(before or "")
