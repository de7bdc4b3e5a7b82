"""Texts on the page that overlap, are cut off, or are crossed by the line of a chart."""

from playwright.sync_api import Page

SIZES = [(320, 640), (390, 844), (844, 390), (820, 1180), (1280, 720), (1440, 900), (1920, 1080)]
"""Widths and heights: phones in both directions, a tablet, laptops and a projector."""
SEEN = """
window.IntersectionObserver = class {
  constructor(changed) { this.changed = changed; }
  observe() { this.changed([{ isIntersecting: true }]); }
};
"""
"""Makes a page draw all charts, also those out of view."""
FOUND = r"""async () => {
  for (let i = 0; i < 3; i += 1) await new Promise(requestAnimationFrame); // until it is drawn
  const near = 1.5;
  const name = (each) => {
    const place = each.element.closest("[id]")?.id ?? "";
    return `${place}: ${each.content}`;
  };
  const lines = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].filter((box) => box.width > 0);
  };
  const inked = (box) => ({
    left: box.left + near,
    right: box.right - near,
    top: box.top + 0.22 * box.height,
    bottom: box.bottom - 0.22 * box.height,
  });
  const shared = (one, other) =>
    Math.min(one.right, other.right) > Math.max(one.left, other.left) &&
    Math.min(one.bottom, other.bottom) > Math.max(one.top, other.top);
  const layer = (element) =>
    element.closest(".done, dialog, body > header, #tip") ??
    (getComputedStyle(document.querySelector("#dial")).position === "fixed"
      ? element.closest("#dial")
      : null);
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    const content = node.textContent.trim();
    if (!content || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest("dialog:not([open]), .unseen, option, select, textarea, pre")) continue;
    if (element.closest(".tables")) continue;
    for (const box of lines(node))
      texts.push({ element, content, box: inked(box), over: layer(element) });
  }
  for (const element of document.querySelectorAll("input[type=text], select")) {
    if (!element.checkVisibility() || element.closest("dialog:not([open])")) continue;
    const box = inked(element.getBoundingClientRect());
    texts.push({ element, content: element.value, box, over: layer(element) });
  }
  const found = [];
  texts.forEach((one, i) => {
    for (const other of texts.slice(0, i))
      if (one.element !== other.element && one.over === other.over && shared(one.box, other.box))
        found.push(`${name(one)} | ${name(other)}`);
  });
  for (const each of texts) {
    const frame = each.element.closest("svg, body > header")?.getBoundingClientRect();
    const edge = frame ?? { left: 0, right: innerWidth, top: -Infinity, bottom: Infinity };
    const { left, right, top, bottom } = each.box;
    if (left < edge.left || right > edge.right || top < edge.top || bottom > edge.bottom)
      found.push(`${name(each)} | edge`);
  }
  for (const point of document.querySelectorAll("#curve .point")) {
    const around = point.getBoundingClientRect();
    for (const each of texts) {
      const below = each.element.compareDocumentPosition(point) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (below && each.element.closest("#curve svg") && shared(each.box, around))
        found.push(`${name(each)} | point`);
    }
  }
  const cut = "button, input[type=text]:not([readonly]), a, span, #verdict, #going";
  for (const element of document.querySelectorAll(cut)) {
    if (!element.checkVisibility() || element.closest("dialog:not([open]), .unseen")) continue;
    const hides = getComputedStyle(element).overflowX !== "visible" || element.matches("button");
    if (hides && element.scrollWidth > element.clientWidth + 1)
      found.push(`cut: ${element.id || element.textContent.trim()} ${element.value ?? ""}`);
    if (element.getBoundingClientRect().right > innerWidth)
      found.push(`outside: ${element.id || element.textContent.trim()}`);
  }
  for (const button of document.querySelectorAll(":is(.presets, .player, .tools) button"))
    if (lines(button).length > 1) found.push(`two lines: ${button.textContent}`);
  const lined = [
    "#loss :is(.future, .predicted)",
    "#dial :is(.swept, .stem)",
    "#walk :is(.chord, .bowl, .guide)",
    "#valley .chord",
  ].join();
  for (const line of document.querySelectorAll(lined)) {
    const svg = line.ownerSVGElement.getBoundingClientRect();
    const bounds = line.getBoundingClientRect();
    const around = { // a straight line has no height or no width
      left: bounds.left - 1,
      right: bounds.right + 1,
      top: bounds.top - 1,
      bottom: bounds.bottom + 1,
    };
    const labels = texts.filter(
      (each) =>
        each.element.ownerSVGElement === line.ownerSVGElement &&
        getComputedStyle(each.element).stroke === "none" && // others have a halo, which hides lines
        shared(each.box, around),
    );
    const length = labels.length > 0 ? line.getTotalLength() : 0;
    for (let at = 0; at < length; at += 3) {
      const { x, y } = line.getPointAtLength(at);
      const [across, down] = [svg.left + x, svg.top + y];
      for (const label of labels) {
        const { left, right, top, bottom } = label.box;
        if (across > left && across < right && down > top && down < bottom)
          found.push(`${name(label)} | line`);
      }
    }
  }
  return [...new Set(found)];
}"""
"""Each finding, as the names of what collides. The boxes are those of the letters: a little smaller
than those of the lines of text. Drawers, what they say at their bottom, the header and the fixed
dial lie over the page.
"""


def collisions(page: Page) -> list[str]:
    """Return what collides at any of the sizes in either language, with the size.

    The page must have been opened with the script `SEEN`.
    """
    found = colliding(page)
    page.click("#language")
    return found + colliding(page)


def colliding(page: Page) -> list[str]:
    """Return what collides at any of the sizes in the language of the page, with the size."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{width}x{height} {each}" for each in page.evaluate(FOUND)]
    return found
