"""The polynomial model, which is linear in its coefficients."""

import numpy as np

from service.descent.arrays import Array


def design(x: Array, degree: int) -> Array:
    """Return the columns x^degree, ..., x, 1, in the order of a, b, c. The shape is
    (n, degree + 1).
    """
    return np.vander(x, degree + 1)
