"""What a page gives away as files."""

import csv
import io
import json
from typing import Any

from playwright.sync_api import Page


def taken(page: Page, button: str) -> bytes:
    """The file that a button of the drawer gives, which is open."""
    with page.expect_download() as download:
        page.locator(button).click()
    return download.value.path().read_bytes()


def result(page: Page) -> dict[str, Any]:
    """The result as JSON, without how long it took."""
    page.locator("#open-share").click()
    answer: dict[str, Any] = json.loads(taken(page, "#save-json"))
    page.locator("#share .close").click()
    return timeless(answer)


def rows(page: Page) -> list[dict[str, float]]:
    """The steps of the CSV by the names of its columns."""
    page.locator("#open-share").click()
    text = taken(page, "#save-csv").decode()
    page.locator("#share .close").click()
    return [
        {name: float(value) for name, value in row.items()}
        for row in csv.DictReader(io.StringIO(text))
    ]


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without how long it took."""
    return {name: value for name, value in answer.items() if name != "elapsed_ms"}
