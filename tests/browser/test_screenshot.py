"""The README shows the page as it is."""

from io import BytesIO

import numpy as np
import pytest
from matplotlib.image import imread, imsave

from scripts.screenshot import PICTURE, alike, served, taken

pytestmark = pytest.mark.browser


def test_the_picture_in_the_readme_is_the_page() -> None:
    with served() as url:
        assert alike(taken(url + "/"), PICTURE.read_bytes())


def test_another_picture_would_be_noticed() -> None:
    mirrored = BytesIO()
    imsave(mirrored, np.ascontiguousarray(imread(PICTURE)[:, ::-1]), format="png")

    assert not alike(mirrored.getvalue(), PICTURE.read_bytes())
