from typing import Any

import numpy as np
import pytest
from torch import Generator

from service.descent.dataset import draw, posted
from service.descent.errors import NotComputableError
from service.descent.spec import Curve, Points, Synthetic


def test_the_default_is_the_lectures_roller_coaster_to_the_bit(lecture: dict[str, Any]) -> None:
    drawn = draw(Synthetic(), Generator().manual_seed(42))

    assert drawn.t.tolist() == lecture["t"]
    assert drawn.y.tolist() == lecture["y"]


def test_a_late_start_keeps_the_shape() -> None:
    late = Synthetic(start=1.7e9, curve=Curve(vertex=1.7e9 + 9.5))

    assert draw(late, Generator().manual_seed(42)).y.tolist() == draw(Synthetic(), Generator().manual_seed(42)).y.tolist()


def test_an_overflowing_curve_is_refused() -> None:
    with pytest.raises(NotComputableError, match="float32"):
        draw(Synthetic(spacing=1e30), Generator().manual_seed(42))


def test_posted_points_are_those_posted() -> None:
    data = posted(Points.of([1, 2], [3, 4]))

    np.testing.assert_array_equal((data.t, data.y), [[1, 2], [3, 4]])
