"""How numbers stand in sentences, and whether a number as it is written is a fact as it is."""

import re
from collections.abc import Callable
from math import log10
from typing import Any

Json = dict[str, Any]
NUMBER = r"-?\d+(?:,\d{3})*(?:\.\d+)?(?:\N{MULTIPLICATION SIGN}10⁻?[⁰¹²³⁴-⁹]+)?"
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
COUNT = r"\d+(?:,\d{3})*"
COUNTED = {"steps", "steps_needed", "fewest_steps", "rescaled_steps"}
"""Facts that are written as "1 step" or "12 steps"."""
SCALES = {"with t rescaled": "standardize", "on orthonormal columns": "orthonormal"}
CURVES = {"line": 1, "parabola": 2}
LOSS = rf"(?P<loss>{NUMBER})(?: \(R² (?P<r2>{NUMBER}|below 0)\))?"
CURVE = r"(?P<degree>line|parabola|polynomial of degree \d+)"
COMPOSED = {
    "loss_r2": LOSS,
    "change": (
        rf"(?:(?P<way>falls|rises) from (?P<start_loss>{NUMBER}) to|(?P<stays>stays) at) {LOSS}"
    ),
    "goal": r"(?P<goal>the best fit|the minimum with weight decay)",
    "best_curve": (
        rf"(?:that of the best {CURVE} is (?P<lowest>{NUMBER})"
        rf"|it is (?P<lowest_there>{NUMBER}) at the minimum with weight decay)"
    ),
    "curve": CURVE,
    "flat_of": rf"(?P<flat_directions>{COUNT}) of (?P<directions>{COUNT}) directions (?:is|are)",
    "elsewhere": (
        r"(?:; (?P<rescaled_scale>with t rescaled|on orthonormal columns) it takes "
        rf"(?P<rescaled_steps>{COUNT}) steps?)?"
    ),
    "growth_decades": rf"(?P<growth_decades>(?:1 \+ )?{NUMBER})",
    "precision": r"(?P<precision>float64|float32)",
    "r2_percent": rf"(?P<r2_percent>{NUMBER})",
}
"""The patterns of what is more than one number."""


def pattern(text: str) -> re.Pattern[str]:
    """Return the regular expression of a sentence with names of facts in braces."""
    parts = re.split(r"\{(\w+)\}", text)
    made = ""
    for i, part in enumerate(parts):
        if i % 2 == 0:
            made += re.escape(part)
        elif part in COMPOSED:
            made += COMPOSED[part]
        elif part in COUNTED:
            made += rf"(?P<{part}>{COUNT}) steps?"
        else:
            made += rf"(?P<{part}>{NUMBER})"
    return re.compile(made + r"(?: |$)")


def written(name: str, text: str, value: Any) -> bool:
    """Return whether the text of a number in a sentence is the fact of this name, rounded to the
    digits that are shown.
    """
    return SHOWS.get(name, shown)(text, value)


def plain(text: str) -> str:
    """Return a number as programs write it."""
    mantissa, _, power = text.partition("\N{MULTIPLICATION SIGN}10")
    digits = mantissa.replace(",", "")
    return f"{digits}e{power.translate(RAISED)}" if power else digits


def shown(text: str, value: float) -> bool:
    """Return whether the text is the value, rounded to the last digit of the text."""
    mantissa, _, exponent = plain(text).partition("e")
    decimals = len(mantissa.partition(".")[2])
    unit = 10.0 ** (int(exponent or 0) - decimals)
    return abs(float(plain(text)) - value) <= 0.5001 * unit


def close(text: str, value: float, relative: float) -> bool:
    """Return whether the text is the value, up to a relative difference."""
    return abs(float(plain(text)) - value) <= relative * abs(value) + 1e-12


def shows_r2(text: str, value: float) -> bool:
    """Return whether the text is R^2, which is 1 only if less than a millionth is missing."""
    if text == "below 0":
        return value < 0
    if text == "1":
        return 1 - value < 1.001e-6
    return shown(text, value)


def shows_part(text: str, value: float) -> bool:
    """Return whether the text is a part as a percentage, 100 only if a millionth is missing."""
    if text == "100":
        return 1 - value < 1.001e-6
    return shown(text, 100 * value) or close(text, 100 * value, 0.06)


def shows_factor(text: str, decades: float) -> bool:
    """Return whether the text is ten to the power of these decades."""
    if text.startswith("1 + "):
        return close(text.removeprefix("1 + "), decades * 2.302585092994046, 0.06)
    mantissa, _, exponent = plain(text).partition("e")
    if exponent:
        return abs(log10(float(mantissa)) + int(exponent) - decades) < 0.03
    return shown(text, 10.0**decades)


def numbers(text: str) -> list[str]:
    """Return all numbers of a text, sorted."""
    return sorted(re.findall(NUMBER, text.replace("float64", "").replace("float32", "")))


SHOWS: dict[str, Callable[[str, Any], bool]] = {
    "rescaled_scale": lambda text, value: SCALES[text] == value,
    "precision": lambda text, value: text == value,
    "degree": lambda text, value: CURVES.get(text, text.rpartition(" ")[2]) in {value, str(value)},
    "r2": shows_r2,
    "r2_percent": lambda text, value: shown(text, 100 * value),
    "progress": shows_part,
    "closer_percent": lambda text, value: close(text, value, 0.06),
    "growth_decades": shows_factor,
}
"""How facts are written that are not just numbers."""
