"""Waits for something on a page. Its security policy forbids `eval`, which Playwright's own wait
needs.
"""

from playwright.sync_api import Page

LOOKED = """([ms]) => new Promise((resolve, reject) => {
  const end = performance.now() + ms;
  const look = () => {
    const found = (%s);
    if (found) resolve(found);
    else if (performance.now() > end) reject(new Error("not in time"));
    else setTimeout(look, 10);
  };
  look();
})"""


def until(page: Page, expression: str, *, seconds: float = 120) -> object:
    """Return the value of a JavaScript expression once it is true, before the page goes on."""
    found: object = page.evaluate(LOOKED % expression, [1000 * seconds])
    return found
