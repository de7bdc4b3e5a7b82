"""The format of numbers in texts for people."""

from math import log10

LARGE = 1e9
"""The smallest number that is written with an exponent."""


def number(value: float) -> str:
    """Format a number with three digits, or with all digits before the point: 0.0338, 7.30, 1,506,
    3.38e-5.
    """
    if 99.95 <= abs(value) < LARGE:
        return f"{value:,.0f}"
    if 0.001 <= abs(value) < 99.95:
        return f"{value:#.3g}"
    mantissa, _, exponent = f"{value:.3g}".partition("e")
    if not exponent:
        return mantissa
    return f"{mantissa}e{int(exponent)}"


def steps_en(count: int) -> str:
    """Format a number of steps in English."""
    return "1 step" if count == 1 else f"{count:,} steps"


def steps_ko(count: int) -> str:
    """Format a number of steps in Korean."""
    return f"{count:,}스텝"


def percent(value: float) -> str:
    """Format a percentage with two digits, without its sign."""
    return f"{float(f'{value:.2g}'):g}"


def power(decades: float) -> str:
    """Format 10 to the power of `decades`, which may be too large for a double."""
    if decades < log10(LARGE):
        return number(10**decades)
    exponent, rest = divmod(decades, 1)
    mantissa, carried = f"{10**rest:.1e}".split("e")
    return f"{mantissa}e{int(exponent) + int(carried)}"
