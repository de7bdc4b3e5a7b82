"""The README shows the page as it is."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
from matplotlib.image import imread, imsave

from scripts.screenshot import PICTURE, alike, served, taken

pytestmark = pytest.mark.browser


def test_the_picture_in_the_readme_is_the_page() -> None:
    with served() as url, ThreadPoolExecutor() as threads:
        picture = threads.submit(taken, url + "/").result()  # it drives a browser of its own

    assert alike(picture, PICTURE.read_bytes())


def test_another_picture_would_be_noticed() -> None:
    mirrored = BytesIO()
    imsave(mirrored, np.ascontiguousarray(imread(PICTURE)[:, ::-1]), format="png")

    assert not alike(mirrored.getvalue(), PICTURE.read_bytes())
