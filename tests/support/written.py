"""Numbers as the page writes them: the service's own, with a real minus sign."""

from service.descent.judging.writing import number

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"


def written(value: float) -> str:
    """As the page writes it."""
    return number(value).replace("-", MINUS)
