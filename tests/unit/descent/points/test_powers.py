import numpy as np

from service.descent.points.powers import design


def test_columns_fall_from_the_highest_power() -> None:
    np.testing.assert_array_equal(design(np.array([2.0, 3.0]), 2), [[4, 2, 1], [9, 3, 1]])
