"""Test that every eye can distinguish and read the colours of the verdicts."""

import re
from collections.abc import Iterable
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from service.plots.style import EDGE, FAINT, INK, SOFT, VERDICT
from tests.support.paths import WEB

CSS = (WEB / "style.css").read_text()
RULES = {
    "light": re.search(r":root \{(.*?)\}", CSS, re.DOTALL),
    "dark": re.search(r':root\[data-theme="dark"\] \{(.*?)\}', CSS, re.DOTALL),
}
VERDICTS = ["small", "good", "bounce", "large"]
SHADES = re.search(r"SHADES = \{(.*?)\}", (WEB / "dial.js").read_text())
LEAST = {"light": 20, "dark": 24}
"""The least distance in CIELAB that is visible at a glance. A distance of 2.3 is just visible."""
READABLE = 4.5
"""The least contrast of text, by level AA of WCAG 2."""
EYES = {
    "all cones": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
"""Matrices that simulate colour blindness in linear sRGB, by Machado, Oliveira and Fernandes, 2009,
for severity 1.
"""
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""The matrix from linear sRGB to XYZ, for a white of D65."""


def written(theme: str, name: str) -> str:
    """Return a colour as it is written."""
    rule = RULES[theme]
    assert rule
    found = re.search(rf"--{name}: (#[0-9a-f]+);", rule[1])
    assert found
    return found[1]


def colour(theme: str, name: str) -> Any:
    """Return linear red, green and blue from 0 to 1."""
    digits = written(theme, name).removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    part = np.array([int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)])
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(linear: Any) -> Any:
    """Return a colour in CIELAB."""
    ratio = XYZ @ np.clip(linear, 0, 1) / (XYZ @ np.ones(3))
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: Any, other: Any) -> float:
    """Return the contrast as WCAG defines it, from 1 to 21."""
    low, high = sorted(float(XYZ[1] @ each) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_two_verdicts_look_different_to_every_eye() -> None:
    alike = [
        (theme, eyes, one, other)
        for theme, least in LEAST.items()
        for eyes, seen in EYES.items()
        for one, other in combinations(VERDICTS, 2)
        if np.linalg.norm(lab(seen @ colour(theme, one)) - lab(seen @ colour(theme, other))) < least
    ]

    assert alike == []


def unreadable(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Return the pairs of text and ground whose contrast is too low, with their theme."""
    return [
        (theme, text, ground)
        for theme in LEAST
        for text, ground in pairs
        if contrast(colour(theme, text), colour(theme, ground)) < READABLE
    ]


def test_text_is_readable_on_its_ground() -> None:
    assert unreadable([*product(["ink", "soft"], ["bg", "well"])]) == []


def test_a_verdict_is_readable_on_the_page() -> None:
    assert unreadable([(name, "bg") for name in VERDICTS]) == []


def test_a_name_is_readable_on_its_verdict() -> None:
    assert unreadable([("on", name) for name in VERDICTS]) == []


def test_the_contrast_of_black_and_white_is_21() -> None:
    # The brightness of white is a sum of three numbers that are rounded to seven digits.
    assert contrast(np.zeros(3), np.ones(3)) == pytest.approx(21, abs=3 * 0.5e-7 / 0.05)


def test_pictures_have_the_colours_of_the_page() -> None:
    assert SHADES
    shades = dict(re.findall(r'(\w+): "(\w+)"', SHADES[1]))

    assert {rate: written("light", shade) for rate, shade in shades.items()} == {
        rate: shade for rate, shade in VERDICT.items() if rate
    }
    assert [written("light", name) for name in ("ink", "soft", "edge", "grid")] == [
        INK,
        SOFT,
        EDGE,
        FAINT,
    ]
