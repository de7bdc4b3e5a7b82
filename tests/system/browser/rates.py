"""The slider of the learning rate: a person's hand on it, and where rates lie."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.support.written import written

LOW, HIGH = 1 / 126, 2.1
"""The track, in parts of the limit."""
INSET = 13
"""Pixels from the picture's side to the track's end: half of the thumb."""


def rounded(lr: float) -> float:
    """A rate as a person chooses it: three digits."""
    return float(f"{lr:.3g}")


def shows(page: Page, lr: float) -> None:
    """This rate is the one that is shown."""
    expect(page.locator("#lr")).to_have_value(written(lr))


def pixel(width: float, part: float) -> float:
    """Where a part of the limit lies on the track."""
    return INSET + (width - 2 * INSET) * math.log(part / LOW) / math.log(HIGH / LOW)


def thumb(page: Page, share: float) -> tuple[float, float]:
    """Where the slider's thumb is on the screen, at this part of the limit."""
    box = page.locator("#rate").bounding_box()
    assert box is not None
    return box["x"] + pixel(box["width"], share), box["y"] + box["height"] / 2


@contextmanager
def held(page: Page, share: float) -> Iterator[None]:
    """The thumb, while it is held."""
    page.mouse.move(*thumb(page, share))
    page.mouse.down()
    yield
    page.mouse.up()
