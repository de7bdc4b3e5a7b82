"""Seeded schedules of faults run the real job code in virtual time, and break nothing."""

from collections.abc import Callable

import pytest

from tests.simulation.bugs import BUGS, Bug
from tests.simulation.seeds import violations
from tests.simulation.simulation import simulate

pytestmark = pytest.mark.untimed

SEEDS = 500
SEARCHED = 100
"""The number of seeds that are simulated until a bug is found. Without it, they have no violation.
"""


def test_no_schedule_breaks_a_job(tell: Callable[[str], None]) -> None:
    found = [*violations(range(SEEDS))]

    tell(f"{SEEDS} seeds, {len(found)} violations")
    assert found == []


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found(bug: Bug, tell: Callable[[str], None]) -> None:
    with bug():
        finding = next(seed for seed in range(SEARCHED) if simulate(seed).violations)

    tell(f"{bug.__name__.replace('_', ' ')}: found by seed {finding}")
