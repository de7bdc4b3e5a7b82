"""How often the page draws, and how soon: ten thousand steps, played and live."""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.server import Server
from tests.system.browser.running import ended
from tests.system.browser.selected import stands
from tests.system.browser.visits import visiting
from tests.system.browser.waiting import until

pytestmark = pytest.mark.browser

SPY = r"""
window.spied = { frame: 0, redraws: [], script: [], arrived: [], drawn: [] };
const soon = requestAnimationFrame.bind(window);
const counted = () => { spied.frame += 1; soon(counted); };
soon(counted);
window.requestAnimationFrame = (draw) => soon((now) => {
  const began = performance.now();
  draw(now);
  spied.script.push(performance.now() - began);
  spied.redraws.push(spied.frame);
});
const read = JSON.parse;
JSON.parse = (text, ...others) => {
  if (text.startsWith('{"type":"steps"')) spied.arrived.push([spied.frame, spied.drawn.length]);
  return read(text, ...others);
};
addEventListener("DOMContentLoaded", () => {
  const drawn = (chart, changed) =>
    new MutationObserver(changed)
      .observe(document.querySelector(`#${chart} svg`), { childList: true, subtree: true });
  drawn("loss", () => spied.drawn.push(spied.frame));
});
"""
"""Counts the frames, and notes in which of them steps arrived, a redraw ran (and how long), and the
loss was drawn.
"""
PLAYING = "document.querySelector('#play').textContent.includes('Pause')"
ANEW = "Object.assign(spied, { redraws: [], script: [], arrived: [], drawn: [] })"
STANDING = "document.querySelector('#play').textContent.includes('Again')"


@dataclass(frozen=True)
class Seen:
    frames: int
    redraws: list[int]
    script: list[float]
    arrived: list[tuple[int, int]]
    """In which frame, and after how many drawings."""
    drawn: list[int]

    @property
    def delays(self) -> list[int]:
        """Frames from the arrival of steps to the picture that shows them."""
        return [self.drawn[before] - frame for frame, before in self.arrived]


def seen(page: Page) -> Seen:
    found: dict[str, Any] = page.evaluate("spied")
    return Seen(found.pop("frame"), **found)


@pytest.fixture(scope="module")
def played(browser: Browser, service: Server) -> Seen:
    """Ten thousand steps, each of which is recorded, played from the first to the last."""
    with visiting(browser, service.url) as visits:
        page = visits("steps=10000&step=0", script=SPY, reduced_motion="no-preference")
        page.evaluate(ANEW)

        page.locator("#play").click()
        until(page, PLAYING)
        until(page, STANDING)

        return seen(page)


@pytest.fixture(scope="module")
def live(browser: Browser, service: Server) -> Seen:
    """As many, live."""
    with visiting(browser, service.url) as visits:
        page = visits("steps=10000", script=SPY)
        page.evaluate(ANEW)

        page.locator("#live").click()
        expect(page.locator("#live")).to_have_text("Stop")
        ended(page)
        stands(page, 10_000, 10_000)

        return seen(page)


def test_playing_draws_once_a_frame_at_most(played: Seen) -> None:
    assert max(Counter(played.redraws).values()) == 1
    assert len(played.redraws) > 20


def test_playing_draws_at_nearly_every_frame(played: Seen) -> None:
    assert sum(later - frame == 1 for frame, later in pairwise(played.redraws)) > 0.9 * len(
        played.redraws
    )


def test_a_live_run_draws_once_a_frame_at_most(live: Seen) -> None:
    assert max(Counter(live.redraws).values()) == 1


def test_a_live_run_draws_in_frames_only(live: Seen) -> None:
    assert set(live.drawn) <= set(live.redraws)


def test_steps_that_arrive_are_drawn_two_frames_later_at_most(live: Seen) -> None:
    assert len(live.arrived) > 20
    assert max(live.delays) <= 2
