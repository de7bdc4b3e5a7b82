"""What a person takes away of a run: the result, and its steps."""

import json
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from tests.support.server import PATIENCE_SECONDS, Server
from tests.system.browser.files import result, rows, timeless
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser


def chosen(page: Page, rate: str, verdict: str) -> dict[str, Any]:
    """Chooses a rate; the request that the page makes of it."""
    with page.expect_request("**/fit") as asked:
        page.locator(f"[data-preset={rate}]").click()
    page.locator("#verdict", has_text=verdict).wait_for()
    request: dict[str, Any] = json.loads(asked.value.post_data or "")
    return request


def test_the_json_is_the_answer_to_the_same_request(visit: Visits, service: Server) -> None:
    page = visit()
    request = chosen(page, "bounce", "Bouncing.")
    del request["include"]

    answer = httpx.post(f"{service.url}/fit", json=request, timeout=PATIENCE_SECONDS).json()

    assert result(page) == timeless(answer)


def test_the_csv_has_each_step_with_its_loss_and_its_params(visit: Visits, service: Server) -> None:
    page = visit()
    request = chosen(page, "small", "Too small.")

    answer = httpx.post(f"{service.url}/fit", json=request, timeout=PATIENCE_SECONDS).json()
    columns = {
        "step": answer["history"]["step"],
        "loss": answer["losses"],
        **answer["history"]["params"],
    }

    assert rows(page) == [
        dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
    ]
