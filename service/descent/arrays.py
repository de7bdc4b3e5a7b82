"""Types of float64 arrays. On the small arrays of the closed form, NumPy takes a fifth of the time
of torch.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]
Times = Array | Integers
"""Values of t. They are integers if float64 would round them, and then differences are exact."""

EPS = float(np.finfo(np.float64).eps)
