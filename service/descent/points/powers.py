"""The model: a polynomial, linear in its coefficients."""

import numpy as np

from service.descent.arrays import Array


def design(x: Array, degree: int) -> Array:
    """Columns x^degree .. x, 1, shape (n, degree + 1): the order of a, b, c."""
    return np.vander(x, degree + 1)
