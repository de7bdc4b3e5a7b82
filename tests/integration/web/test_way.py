"""Directions have the same names wherever they stand."""

import pytest

from tests.support.modules import Modules

NAMES = (
    "(curvatures) => [...module.directionNames(curvatures.map((eigenvalue) => ({ eigenvalue })))]"
)


@pytest.mark.parametrize(
    ("curvatures", "names"),
    [
        ([], {}),
        ([5], {}),
        ([5, 5, 5], {}),
        ([5, 1], {0: "steepest", 1: "flattest"}),
        ([5, 2, 1], {0: "steepest", 1: "middle", 2: "flattest"}),
        ([9, 8, 7, 6, 5], {0: "steepest", 2: "middle", 4: "flattest"}),
    ],
)
def test_the_steepest_the_middle_and_the_flattest_direction_have_names(
    modules: Modules, curvatures: list[int], names: dict[int, str]
) -> None:
    assert dict(modules.call("way.js", NAMES, curvatures)) == names
