"""Compare an answer that a document shows with the answer of the service."""

import re
from math import isclose

PRECISION = 1e-5
"""Relative difference of two numbers that are the same.

Drawn points are float32: their last digit, a relative 6e-8, differs between processors. Answers
magnify that by a hundred at most.
"""
ROUNDING = 1e-15
"""Absolute difference of two numbers that are the same: processors round to zero differently."""
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")


def same(ours: object, theirs: object) -> bool:
    """Return whether two answers are equal but for `elapsed_ms` and the rounding of numbers."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(
            same(ours[key], theirs[key]) for key in ours if key != "elapsed_ms"
        )
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, str) and isinstance(theirs, str):
        return ours == theirs or same_text(ours, theirs)
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return isclose(ours, theirs, rel_tol=PRECISION, abs_tol=ROUNDING)
    return ours == theirs


def same_text(ours: str, theirs: str) -> bool:
    """Return whether two texts have the same words, and numbers that are the same."""
    return NUMBER.split(ours) == NUMBER.split(theirs) and all(
        same(value(one), value(other))
        for one, other in zip(NUMBER.findall(ours), NUMBER.findall(theirs), strict=True)
    )


def value(number: str) -> float:
    """Return the value of a number as it is written for people."""
    return float(number.replace(",", "") or "nan")


def kept(shown: object, now: object) -> object:
    """Return the answer that is shown if it still holds, otherwise the new answer."""
    return shown if same(shown, now) else now
