"""The page of the contract, with no other service than this one."""

import json

import pytest
from playwright.sync_api import expect

from tests.support.paths import ROOT
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

CONTRACT = json.loads((ROOT / "openapi" / "openapi.json").read_text())
OPERATIONS = sum(len(methods) for methods in CONTRACT["paths"].values())


def test_the_link_at_the_top_leads_to_each_operation(visit: Visits) -> None:
    page = visit()

    page.get_by_role("link", name="API", exact=True).click()

    expect(page.locator(".opblock")).to_have_count(OPERATIONS)


def test_the_page_of_the_contract_sends_the_first_example(visit: Visits) -> None:
    page = visit.window()
    page.goto(f"{visit.url}/docs#/fit/fit")

    page.locator("#operations-fit-fit .try-out__btn").click()
    page.locator("#operations-fit-fit .execute").click()

    answer = page.locator("#operations-fit-fit .live-responses-table .response")
    expect(answer.locator(".response-col_status").first).to_contain_text("200")
    expect(answer.locator(".highlight-code").first).to_contain_text('"converged": true')
