"""The selected step of a run."""

from playwright.sync_api import Page, expect


def stands(page: Page, step: int, steps: int = 60) -> None:
    """Expect this step to be the selected one of so many."""
    expect(page.locator("#step")).to_have_value(f"{step:,}")
    expect(page.locator("#step-of")).to_have_text(f"of {steps:,}")


def stood(page: Page, step: int) -> None:
    """Wait until another step than this is selected."""
    expect(page.locator("#step")).not_to_have_value(f"{step:,}")
