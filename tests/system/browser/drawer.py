"""The drawer of the data, as a person uses it."""

from playwright.sync_api import Page, expect


def opened(page: Page) -> Page:
    """The page with its drawer."""
    page.click("#open-data")
    expect(page.locator("dialog#data")).to_be_visible()
    return page


def use(page: Page, content: str) -> None:
    """Types a text and asks for its points."""
    page.fill("#pasted", content)
    page.click("#use-points")


def shows(page: Page, count: int) -> None:
    """So many points are drawn."""
    expect(page.locator("#curve svg .point")).to_have_count(count)
