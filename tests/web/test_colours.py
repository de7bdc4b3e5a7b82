"""The colours of the verdicts: told apart by every eye, and read on their ground."""

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

CSS = (Path(__file__).parents[2] / "service" / "web" / "style.css").read_text()
RULES = {
    "light": re.search(r":root \{(.*?)\}", CSS, re.DOTALL),
    "dark": re.search(r':root\[data-theme="dark"\] \{(.*?)\}', CSS, re.DOTALL),
}
VERDICTS = ["small", "good", "bounce", "large"]
LEAST = {"light": 20, "dark": 24}
"""A distance that is seen at a glance; 2.3 is just seen."""
READABLE = 4.5
"""WCAG 2, AA."""
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
"""Of linear sRGB: Machado, Oliveira and Fernandes, 2009, severity 1."""
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""Of linear sRGB, for a white of D65."""


def colour(theme: str, name: str) -> Any:
    """Linear red, green and blue from 0 to 1, of a name or a number."""
    rule = RULES[theme]
    assert rule
    found = re.search(rf"--{name}: #([0-9a-f]+);", rule[1])
    assert found
    digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
    part = np.array([int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)])
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(linear: Any) -> Any:
    """CIELAB."""
    ratio = XYZ @ np.clip(linear, 0, 1) / (XYZ @ np.ones(3))
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: Any, other: Any) -> float:
    """WCAG's, from 1 to 21."""
    low, high = sorted(float(XYZ[1] @ each) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", LEAST)
@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("pair", list(combinations(VERDICTS, 2)), ids="-".join)
def test_two_verdicts_are_told_apart(theme: str, eyes: str, pair: tuple[str, str]) -> None:
    one, other = (lab(EYES[eyes] @ colour(theme, name)) for name in pair)

    assert np.linalg.norm(one - other) >= LEAST[theme]


@pytest.mark.parametrize("theme", LEAST)
@pytest.mark.parametrize("ground", ["bg", "well"])
@pytest.mark.parametrize("name", ["ink", "soft"])
def test_text_is_read_on_its_ground(theme: str, ground: str, name: str) -> None:
    assert contrast(colour(theme, name), colour(theme, ground)) >= READABLE


@pytest.mark.parametrize("theme", LEAST)
@pytest.mark.parametrize("name", VERDICTS)
def test_a_verdict_is_read_on_the_page(theme: str, name: str) -> None:
    assert contrast(colour(theme, name), colour(theme, "bg")) >= READABLE


@pytest.mark.parametrize("theme", LEAST)
@pytest.mark.parametrize("name", VERDICTS)
def test_a_name_is_read_on_its_verdict(theme: str, name: str) -> None:
    assert contrast(colour(theme, name), colour(theme, "on")) >= READABLE


def test_the_known_contrast_of_black_and_white_is_found() -> None:
    assert contrast(np.zeros(3), np.ones(3)) == pytest.approx(21, abs=1e-4)
