"""A path of many places is thinned without changing its look."""

import itertools
import math
import random
from collections.abc import Sequence

from tests.support.modules import Modules

PATH = "([x, y]) => module.path(x, y)"


def corners(modules: Modules, x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
    """Return the corners of the path through these places."""
    drawn: str = modules.call("svg.js", PATH, [x, y])
    return [
        (float(one), float(other))
        for one, other in (corner.split() for corner in drawn.removeprefix("M").split("L"))
    ]


def test_places_apart_are_all_corners(modules: Modules) -> None:
    x = [3 * i for i in range(50)]
    y = [round(100 * math.sin(i), 2) for i in range(50)]

    assert corners(modules, x, y) == list(zip(x, y, strict=True))


def test_nothing_is_no_path(modules: Modules) -> None:
    assert modules.call("svg.js", PATH, [[], []]) == ""


def test_many_places_keep_the_first_last_lowest_and_highest_of_each_half_pixel(
    modules: Modules,
) -> None:
    drawn = random.Random(6)
    places = [(i / 20, round(drawn.uniform(0, 100), 2)) for i in range(10_000)]

    thinned = corners(modules, [x for x, _ in places], [y for _, y in places])

    expected = []
    for _, column in itertools.groupby(places, lambda place: math.floor(2 * place[0] + 0.5)):
        each = list(column)
        looks = {each[0], each[-1], min(each, key=height), max(each, key=height)}
        expected += [place for place in each if place in looks]
    assert thinned == expected


def test_a_path_has_no_more_corners_than_four_to_a_half_pixel(modules: Modules) -> None:
    drawn = random.Random(6)
    x = [500 * i / 100_000 for i in range(100_000)]

    assert len(corners(modules, x, [drawn.uniform(0, 100) for _ in x])) <= 4 * 1001


def height(place: tuple[float, float]) -> float:
    return place[1]
