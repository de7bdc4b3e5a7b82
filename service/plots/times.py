"""The t of points as numbers along the axis of a picture."""

import numpy as np

from service.descent.answers.results import DataPoints
from service.descent.arrays import Array, difference
from service.descent.methods.stamps import write_stamp
from service.descent.readonly import readonly

UNITS = {"days": 86_400e9, "hours": 3_600e9, "minutes": 60e9, "seconds": 1e9, "nanoseconds": 1.0}
"""The nanoseconds of each unit, the longest first."""
SEVERAL = 2
"""The smallest number of units that the points span, unless they span less than the shortest."""


@readonly
class Positions:
    """The positions t (n,) of the points, and the label of their axis."""

    t: Array
    label: str


def positions(data: DataPoints) -> Positions:
    """Return the positions of the points. Time stamps are distances from the first of them."""
    in_utc = [each.removesuffix("Z") for each in data.t if isinstance(each, str)]
    if not in_utc:
        return Positions(np.array(data.t, float), "t")
    stamps = np.array(in_utc, "datetime64[ns]").astype(np.int64)
    first, last = int(stamps.min()), int(stamps.max())
    fitting = [each for each, length in UNITS.items() if last - first >= SEVERAL * length]
    unit = fitting[0] if fitting else "nanoseconds"
    t = difference(stamps, first) / UNITS[unit]
    return Positions(t, f"{unit} since {write_stamp(first)}")
