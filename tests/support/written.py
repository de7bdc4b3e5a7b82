"""Numbers as the page writes them: the service's own, with a real minus sign and a power of ten."""

from service.descent.judging.writing import number

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def written(value: float) -> str:
    """As the page writes it."""
    mantissa, _, exponent = number(value).partition("e")
    power = f"{TIMES}10{exponent.translate(RAISED)}" if exponent else ""
    return mantissa.replace("-", MINUS) + power
