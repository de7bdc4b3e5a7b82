"""Waiting for what a page comes to: it allows nobody to make code out of text, which is how
Playwright's own wait works.
"""

from playwright.sync_api import Page

LOOKED = """([ms]) => new Promise((resolve, reject) => {
  const end = performance.now() + ms;
  const look = () => {
    const found = (%s);
    if (found) resolve(found);
    else if (performance.now() > end) reject(new Error("it never came"));
    else setTimeout(look, 10);
  };
  look();
})"""


def until(page: Page, expression: str, *, seconds: float = 20) -> object:
    """The value of an expression of JavaScript, once it is one; it has seen nothing else of the
    page since.
    """
    found: object = page.evaluate(LOOKED % expression, [1000 * seconds])
    return found
