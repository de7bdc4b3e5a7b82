"""What can go wrong in a fit. Divergence is not among it: that is an outcome.

DescentError
└── NotComputableError
    └── NoStartError
"""

from math import isfinite


class DescentError(Exception):
    """The fit could not be made."""


class NotComputableError(DescentError):
    """A number of the fit does not exist in its precision; the message says which, and what to
    change.
    """


class NoStartError(NotComputableError):
    """The loss before the first step is not finite."""

    def __init__(self) -> None:
        super().__init__(
            "The loss before the first step is not finite: bring `init`, t or y closer to 0."
        )


def finite(values: list[float], what: str, remedy: str = "rescale t and y") -> list[float]:
    """The values as they are.

    Raises NotComputableError if one of them is infinite or NaN.
    """
    if not all(map(isfinite, values)):
        raise NotComputableError(f"The {what} are too large to be written as numbers: {remedy}.")
    return values
