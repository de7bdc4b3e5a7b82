"""How smoothly the page plays ten thousand steps, and how soon it follows the slider of the rate.

Run it with `python -m benchmarks.frames`; it needs Chromium.
"""

import time

import numpy as np
from playwright.sync_api import Browser, Page

from tests.support.server import serving
from tests.system.browser.rates import held, thumb
from tests.system.browser.visits import chromium, visiting
from tests.system.browser.waiting import until

STEPS = {"60 steps": "step=0", "10,000 steps": "steps=10000&step=0"}
SIZE = {"width": 1280, "height": 720}
WINDOW_SECONDS = 1
"""In which Chromium is busy with a new window."""
MOVES = 60
"""The moves of a drag, one for each of two frames."""
MOVE_SECONDS = 1 / 30
SPY = r"""
window.spied = { frames: [], inputs: [], delays: [] };
const soon = requestAnimationFrame.bind(window);
const frame = (now) => { spied.frames.push(now); soon(frame); };
soon(frame);
addEventListener("DOMContentLoaded", () => {
  const [rate, lr] = ["rate", "lr"].map((id) => document.getElementById(id));
  let limit = 0;
  rate.addEventListener("pointerdown", () => {
    limit = lr.value / 10 ** rate.value;
  });
  rate.addEventListener("input", () =>
    spied.inputs.push({ at: performance.now(), lr: limit * 10 ** rate.value }),
  );
  new MutationObserver(() => {
    const last = spied.inputs.findLastIndex((input) => Math.abs(input.lr / lr.value - 1) < 0.02);
    const shown = spied.inputs.splice(0, last + 1);
    const delays = () => shown.map(({ at }) => performance.now() - at);
    soon(() => setTimeout(() => spied.delays.push(...delays())));
  }).observe(lr, { attributeFilter: ["data-shown"] });
});
"""
"""Notes the time of every frame, and for each input of the slider the milliseconds until a frame
shows its rate or a later one.
"""
PLAYED = "document.querySelector('#play').textContent.includes('Again')"
PLAYING = "document.querySelector('#play').textContent.includes('Pause')"


def played(page: Page) -> list[float]:
    """Return the milliseconds between the frames of a run that is played."""
    page.evaluate("spied.frames.length = 0")
    page.click("#play")
    until(page, PLAYING)
    until(page, PLAYED)
    frames: list[float] = page.evaluate("spied.frames")
    return np.diff(frames).tolist()


def dragged(page: Page) -> list[float]:
    """Return the milliseconds from the moves of a drag to the frames that show them."""
    with held(page, 0.2825):
        for move in range(MOVES):
            page.mouse.move(*thumb(page, 0.2825 * 0.95**move))
            time.sleep(MOVE_SECONDS)
        time.sleep(WINDOW_SECONDS)
        delays: list[float] = page.evaluate("spied.delays")
    return delays


def measure(browser: Browser, url: str, fragment: str) -> None:
    """Print both for a run."""
    with visiting(browser, url) as visits:
        page = visits(fragment, script=SPY, reduced_motion="no-preference", viewport=SIZE)
        time.sleep(WINDOW_SECONDS)
        for name, measured in ("frames", played(page)), ("drags", dragged(page)):
            median, slow = np.percentile(measured, [50, 95])
            print(f"  {name}: {len(measured)}, median {median:.1f} ms, 95th percentile {slow:.1f}")


def main() -> None:
    """Print the times for a short run and for a long one."""
    with serving("--workers", "1") as server, chromium() as browser:
        for name, fragment in STEPS.items():
            print(name)
            measure(browser, server.url, fragment)


if __name__ == "__main__":
    main()
