"""The README shows the page as it is."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from PIL import Image, ImageOps
from PIL.ImageSequence import Iterator

from scripts.screenshot import PICTURE, alike, moving, served, taken

pytestmark = pytest.mark.browser


def test_the_picture_in_the_readme_is_the_page() -> None:
    with served() as url, ThreadPoolExecutor() as threads:
        frames = threads.submit(taken, url + "/").result()  # it drives a browser of its own

    assert alike(moving(frames), PICTURE.read_bytes())


def test_another_picture_would_be_noticed() -> None:
    mirrored = BytesIO()
    with Image.open(PICTURE) as picture:
        first, *others = [ImageOps.mirror(each.convert("RGB")) for each in Iterator(picture)]
    first.save(mirrored, "GIF", save_all=True, append_images=others)

    assert not alike(mirrored.getvalue(), PICTURE.read_bytes())
