"""The errors of a fit. Divergence is not an error: it is an outcome."""

from math import isfinite


class NotComputableError(Exception):
    """A number of the fit does not exist in its precision; the message says what to change."""


class NoStartError(NotComputableError):
    """The loss before the first step is not finite."""

    def __init__(self) -> None:
        super().__init__(
            "The loss before the first step is not finite: bring `init`, t or y closer to 0."
        )


def finite(values: list[float], what: str, remedy: str = "rescale t and y") -> list[float]:
    """Return the values unchanged.

    Raises NotComputableError if one of them is infinite or NaN.
    """
    if not all(map(isfinite, values)):
        raise NotComputableError(f"The {what} are too large to represent as numbers: {remedy}.")
    return values
