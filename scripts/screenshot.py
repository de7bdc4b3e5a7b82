"""Take the picture of the page in the README."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.image import imread
from numpy.typing import NDArray
from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parent.parent / "docs" / "page.png"
CHROMIUM = "/usr/bin/chromium"
VIEW = "#step=4"
"""The state with the first walk, which shows most."""
SIZE = {"width": 1440, "height": 900}
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


def taken(url: str) -> bytes:
    """Return the page of this service as a PNG."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
    ):
        page = browser.new_page(viewport=SIZE, locale="en-US", reduced_motion="reduce")  # type: ignore[arg-type]  # a TypedDict
        page.goto(url + VIEW)
        page.wait_for_selector("#walk .ball")
        page.wait_for_timeout(300)
        return page.screenshot()


def alike(one: bytes, other: bytes) -> bool:
    """Return whether two pictures show the same."""
    greys = [_blocks(imread(BytesIO(each))) for each in (one, other)]
    return greys[0].shape == greys[1].shape and float(np.abs(greys[0] - greys[1]).mean()) < ALIKE


def _blocks(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    height, width = (length // BLOCK for length in picture.shape[:2])
    grey = picture[: height * BLOCK, : width * BLOCK, :3].mean(axis=2)
    blocks: NDArray[np.float64] = grey.reshape(height, BLOCK, width, BLOCK).mean(axis=(1, 3))
    return blocks


def main() -> None:
    """Write the picture."""
    with served() as url:
        PICTURE.write_bytes(taken(url + "/"))


if __name__ == "__main__":
    main()
