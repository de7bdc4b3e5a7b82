"""The words of pydantic, in those of the caller."""

import re

from pydantic_core import ErrorDetails

LONG = re.compile(r"\d{20,}")
"""A number that is easier to read with an exponent."""


def allowed(found: ErrorDetails) -> list[str]:
    """Return the values that are allowed in place of one that is not."""
    values: list[str] = re.findall("'(.*?)'", found["ctx"]["expected"])
    return values


def reworded(found: ErrorDetails, name: str) -> str:
    """Return what pydantic says about a value, as a sentence with its name."""
    message = re.sub("^(Input|String) should", f"{name} must", found["msg"])
    return LONG.sub(lambda digits: f"{float(digits[0]):g}", message) + "."
