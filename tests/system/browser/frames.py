"""Frames by hand: each has the same length for the page, however long the browser takes."""

FRAME_MS = 16
FRAMES = """
window.ticks = 0;
window.soon = requestAnimationFrame.bind(window);
window.requestAnimationFrame = (draw) => soon(() => {
  ticks += 1;
  draw(1000 + FRAME_MS * ticks);
});
""".replace("FRAME_MS", str(FRAME_MS))
"""Adds to a page: `ticks` counts the frames drawn so far, and `soon` asks for a real frame."""
