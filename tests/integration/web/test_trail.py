"""The way that the walk and the valley draw, of which only some steps are recorded."""

from itertools import pairwise
from typing import Any

import pytest

from tests.support.modules import Modules

THIN = [*range(0, 100_000, 100)]
"""The steps of the records of a long run."""


def way(modules: Modules, *multipliers: float | None) -> list[dict[str, Any]]:
    """Return the way of a long run in directions with these multipliers. If they are not known, the
    distance is halved from record to record.
    """
    source = """({ step, modes }) => module.trail(
      { records: { step }, last: step.length - 1, distanceAt: (_, i) => 0.5 ** i }, modes,
    )"""
    modes = [{"multiplier": multiplier} for multiplier in multipliers]
    found: list[dict[str, Any]] = modules.call("trail.js", source, {"step": THIN, "modes": modes})
    return found


def left(modules: Modules, multiplier: float | None, reach: float) -> int:
    """Return the step at which a run goes farther than this, whose recorded distances are 0, 10,
    20, ...
    """
    source = """({ step, mode, reach }) => module.leaving(
      { records: { step }, distanceAt: (_, i) => 10 * i }, mode, reach,
    )"""
    given = {"step": THIN, "mode": {"multiplier": multiplier}, "reach": reach}
    step: int = modules.call("trail.js", source, given)
    return step


def test_the_first_steps_are_on_the_way_of_a_long_run(modules: Modules) -> None:
    assert way(modules, -0.99, 0.999)[:20] == [
        {"step": step, "distances": pytest.approx([(-0.99) ** step, 0.999**step])}
        for step in range(20)
    ]


def test_the_way_ends_where_all_directions_rest(modules: Modules) -> None:
    last = way(modules, 0.1, 0.9)[-1]

    assert last["distances"][1] == pytest.approx(1e-3, rel=0.2)


def test_a_long_way_is_thinned(modules: Modules) -> None:
    assert len(way(modules, 0.99999)) <= 1200


def test_steps_of_a_thinned_way_are_on_both_sides_of_the_valley(modules: Modules) -> None:
    distances = [place["distances"][0] for place in way(modules, -0.9999)]

    assert all(one * other < 0 for one, other in pairwise(distances))


def test_a_way_that_leads_out_ends_with_the_step_that_goes_far_in_its_direction(
    modules: Modules,
) -> None:
    _, last = way(modules, -30_000, 40_000)

    assert last == {"step": 1, "distances": pytest.approx([-60, 80])}


def test_without_multipliers_the_way_goes_through_the_records(modules: Modules) -> None:
    assert [(place["step"], place["distances"]) for place in way(modules, None)[:3]] == [
        (0, [1]),
        (100, [0.5]),
        (200, [0.25]),
    ]


@pytest.mark.parametrize(
    ("multiplier", "reach", "step"), [(-2, 1.9, 1), (-1.2, 1.9, 4), (1.001, 1.9, 643)]
)
def test_a_run_leaves_at_the_first_step_that_is_farther_away(
    modules: Modules, multiplier: float, reach: float, step: int
) -> None:
    assert left(modules, multiplier, reach) == step


def test_without_a_multiplier_a_run_leaves_at_a_recorded_step(modules: Modules) -> None:
    assert left(modules, None, 1.9) == 100
