"""Take the moving picture of the page in the README: some steps of one descent at four rates."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence
from playwright.sync_api import Page, sync_playwright

PICTURE = Path(__file__).parent.parent / "docs" / "page.gif"
CHROMIUM = "/usr/bin/chromium-headless-shell"
LAST = 60
SCENES = {
    "small": (*range(5), LAST),
    "good": (*range(5), LAST),
    "bounce": (*range(7), LAST),
    "large": (*range(5), LAST),
}
"""The steps that are shown at the rate of each button. The last one has the verdict."""
SIZE = {"width": 1200, "height": 900}
SHOWN_HEIGHT = 880
"""The height of the page down to the buttons, in pixels. What lies below is cut off."""
COLOURS = 48
SETTLED_MS = 500
"""The time after which the page no longer changes, in milliseconds."""
FRAME_MS, LAST_MS = 500, 2500
"""The time for which a frame is shown, and the last one of a scene, in milliseconds."""
BLOCK = 20
"""The side of the blocks whose greys are compared, in pixels: letters differ between machines."""
ALIKE = 0.015
"""The largest mean difference of greys, from 0 to 1, of two pictures that show the same."""


@contextmanager
def served() -> Iterator[str]:
    """Start a service and yield its address."""
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("wb") as log:
        database = {"COASTER_DATABASE_URL": f"sqlite:///{folder}/jobs.db"}
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "--port", "0"], env=os.environ | database, stderr=log
        )
        try:
            while not (
                found := re.search(r"Uvicorn running on (http://\S+) ", Path(log.name).read_text())
            ):
                assert process.poll() is None, Path(log.name).read_text()
                time.sleep(0.05)
            yield found[1]
        finally:
            process.terminate()
            process.wait(15)


def taken(url: str) -> list[bytes]:
    """Return the frames of the page of this service as PNG, scene by scene."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
    ):
        page = browser.new_page(viewport=SIZE, locale="en-US", reduced_motion="reduce")  # type: ignore[arg-type]  # a TypedDict
        return [
            frame(page, f"{address}&step={step}")
            for scene, steps in SCENES.items()
            for address in [url + fragment(page, url, scene)]
            for step in steps
        ]


def fragment(page: Page, url: str, scene: str) -> str:
    """Return the fragment of the address that shows the rate of a scene."""
    visit(page, url)
    page.click(f"[data-preset={scene}]")
    page.wait_for_selector(f"[data-preset={scene}][aria-pressed=true]")
    page.wait_for_timeout(SETTLED_MS)
    address: str = page.evaluate("location.hash")
    return address


def frame(page: Page, address: str) -> bytes:
    """Return the page at an address."""
    visit(page, address)
    page.wait_for_timeout(SETTLED_MS)
    return page.screenshot(clip={"x": 0, "y": 0, "width": SIZE["width"], "height": SHOWN_HEIGHT})


def visit(page: Page, address: str) -> None:
    """Load an address anew, also if only its fragment differs, until the page is drawn."""
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("#verdict strong", state="attached")


def moving(frames: Sequence[bytes]) -> bytes:
    """Return the frames as a GIF that repeats."""
    images = [Image.open(BytesIO(each)).convert("RGB") for each in frames]
    lasts = np.cumsum([len(steps) for steps in SCENES.values()]) - 1
    shown = [LAST_MS if index in lasts else FRAME_MS for index in range(len(images))]
    palette = beneath(images[last] for last in lasts).quantize(COLOURS)
    first, *others = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    file = BytesIO()
    first.save(file, "GIF", save_all=True, append_images=others, duration=shown, loop=0)
    return file.getvalue()


def beneath(images: Iterable[Image.Image]) -> Image.Image:
    """Return images of the same size one beneath the other."""
    return Image.fromarray(np.concatenate([np.asarray(image) for image in images]))


def alike(one: bytes, other: bytes) -> bool:
    """Return whether two moving pictures show the same."""
    greys = [blocks(gif) for gif in (one, other)]
    return len(greys[0]) == len(greys[1]) and all(
        float(np.abs(ours - theirs).mean()) < ALIKE for ours, theirs in zip(*greys, strict=True)
    )


def blocks(gif: bytes) -> list[NDArray[np.float64]]:
    """Return the mean greys of the blocks of each frame."""
    with Image.open(BytesIO(gif)) as picture:
        return [
            np.asarray(frame.convert("L").reduce(BLOCK)) / 255
            for frame in ImageSequence.Iterator(picture)
        ]


def main() -> None:
    """Write the picture."""
    with served() as url:
        PICTURE.write_bytes(moving(taken(url + "/")))


if __name__ == "__main__":
    main()
