"""How numbers are written for people."""

from math import log10

LARGE = 1e9
"""From here on numbers are written with an exponent."""


def number(value: float) -> str:
    """Three digits, or all before the point: 0.0338, 7.30, 1,506, 3.38e-5."""
    if 99.95 <= abs(value) < LARGE:
        return f"{value:,.0f}"
    if 0.001 <= abs(value) < 99.95:
        return f"{value:#.3g}"
    mantissa, _, exponent = f"{value:.3g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def steps(count: int) -> str:
    """A number of steps."""
    return "1 step" if count == 1 else f"{count:,} steps"


def steps_ko(count: int) -> str:
    """The same in Korean."""
    return f"{count:,}스텝"


def percent(value: float) -> str:
    """Two digits."""
    return f"{float(f'{value:.2g}'):g}"


def power(decades: float) -> str:
    """Ten to that power, which need not fit a double."""
    if decades < log10(LARGE):
        return number(10**decades)
    exponent, rest = divmod(decades, 1)
    mantissa, carried = f"{10**rest:.1e}".split("e")
    return f"{mantissa}e{int(exponent) + int(carried)}"
