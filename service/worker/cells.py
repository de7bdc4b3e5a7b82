"""The cells of a file of CSV: numbers, missing values and other text."""

import re

from service.descent.methods.option import RuleError

WORDS = (
    "",
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "-NaN",
    "-nan",
    "1.#IND",
    "1.#QNAN",
    "<NA>",
    "N/A",
    "NA",
    "NULL",
    "NaN",
    "None",
    "n/a",
    "nan",
    "null",
)
"""The missing values of `pandas.read_csv`."""
MISSING = (*WORDS, *(f" {word}" for word in WORDS))
"""The cells that are missing values."""
NUMBER = re.compile(
    r"[ \t]*[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|inf|infinity)[ \t]*", re.IGNORECASE
)
WITH_COMMA = re.compile(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*")
"""A number with a decimal comma."""
GROUPED = re.compile(r"\s*[+-]?\d{1,3}([ .,'\u2019\u00a0\u202f]\d{3})+([.,]\d*)?\s*")
"""A number with thousands separators."""
DATE = re.compile(r"\s*\d{1,4}[-./ ]([A-Za-z]{3}|\d{1,2})[-./ ]\d{1,4}.*")
"""A date in a form that is not that of RFC 3339."""
MOST_SHOWN = 40
"""The maximum length of a cell in a message, in characters."""


def is_missing(cell: str) -> bool:
    """Return whether a cell has no value."""
    return cell in MISSING


def is_number(cell: str, decimal_point: str) -> bool:
    """Return whether a cell has a number."""
    if decimal_point == ",":
        cell = cell.translate({ord(","): ".", ord("."): ","})
    return NUMBER.fullmatch(cell) is not None


def decoded(cell: str) -> str:
    """Return the text of a cell that was read as Latin-1."""
    return cell.encode("latin-1").decode(errors="replace")


def no_number(cell: str, place: str, delimiter: str, pointer: str) -> RuleError:
    """Return the fault of a cell that has no number, given the pointer to its column."""
    text = decoded(cell)
    advice = ""
    if GROUPED.fullmatch(text):
        advice = ": write numbers without thousands separators"
    elif delimiter != "," and (WITH_COMMA.fullmatch(text) or NUMBER.fullmatch(text)):
        advice = ": write all numbers with the same decimal point"
    elif WITH_COMMA.fullmatch(text):
        advice = ": a decimal comma needs semicolons or tabs between the columns"
    elif DATE.fullmatch(text):
        advice = ": write dates as 2024-02-29, and times with their offset from UTC"
    message = f"`{text[:MOST_SHOWN]}` in {place} is not a number{advice}"
    return RuleError("malformed_file", message, pointer=pointer)
