"""What is drawn on the page, as numbers: where the points of a chart lie, in its own pixels."""

import re
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.sync_api import Locator, Page

from tests.support.server import Server

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
FIRST_LR = 0.114
"""The rate of the first load: 0.2825 of the limit."""


@dataclass(frozen=True)
class Scale:
    """A linear axis: where a value is drawn."""

    origin: float
    slope: float

    def __call__(self, value: float) -> float:
        return self.origin + self.slope * value

    def value(self, pixel: float) -> float:
        return (pixel - self.origin) / self.slope


def scale(values: list[float], pixels: list[float]) -> Scale:
    """The axis on which the least and the greatest of these values lie at their pixels."""
    pairs = sorted(zip(values, pixels, strict=True))
    (low, at_low), (high, at_high) = pairs[0], pairs[-1]
    slope = (at_high - at_low) / (high - low)
    return Scale(at_low - slope * low, slope)


def slowly(page: Page, *, bytes_per_second: int = -1) -> None:
    """Delay every answer from now on, and limit how fast it arrives; by default not at all."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    conditions = {
        "offline": False,
        "latency": 120,
        "downloadThroughput": bytes_per_second,
        "uploadThroughput": -1,
    }
    network.send("Network.emulateNetworkConditions", conditions)


def drawn(page: Page) -> None:
    """Waits until what has changed is drawn."""
    page.evaluate(
        "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
    )


def circles(page: Page, selector: str) -> list[tuple[float, float]]:
    """The middles of these circles."""
    found = page.locator(selector).evaluate_all(
        "(all) => all.map((each) => [each.cx.baseVal.value, each.cy.baseVal.value])"
    )
    return [(x, y) for x, y in found]


def circle(page: Page, selector: str) -> tuple[float, float]:
    """The middle of the only one."""
    (only,) = circles(page, selector)
    return only


def vertices(path: Locator) -> list[tuple[float, float]]:
    """The corners of a path of absolute moves and lines."""
    numbers = [float(number) for number in NUMBER.findall(path.get_attribute("d") or "")]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def beginning(page: Page, selector: str) -> tuple[float, float]:
    """Where the only path of these begins."""
    x, y = page.locator(selector).evaluate(
        "(path) => { const { x, y } = path.getPointAtLength(0); return [x, y]; }"
    )
    return x, y


def size(page: Page, selector: str) -> tuple[float, float]:
    """The width and height of a picture, which are its coordinates too."""
    width, height = page.locator(selector).evaluate("(svg) => [svg.clientWidth, svg.clientHeight]")
    return width, height


def lecture(service: Server, **changed: Any) -> dict[str, Any]:
    """The first load's descent, or a changed one, as the service itself tells it to anybody."""
    start = asked(
        service, "fit", {"synthetic": {}, "seed": 42, "steps": 1, "lr": 1e-5, "include": ["params"]}
    )
    init = {name: values[0] for name, values in start["history"]["params"].items()}
    body = {
        "synthetic": {},
        "seed": 42,
        "init": init,
        "scale": "standardize",
        "steps": 60,
        "lr": FIRST_LR,
    }
    return asked(service, "fit", body | {"include": ["params", "data"]} | changed)


def asked(service: Server, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the service answers."""
    answer: dict[str, Any] = (
        httpx.post(f"{service.url}/{path}", json=body, timeout=60).raise_for_status().json()
    )
    return answer
