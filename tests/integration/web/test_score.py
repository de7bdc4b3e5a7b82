"""The score of an attempt: from 0, no better than not to move, to 100, the best that there is."""

import itertools
import random

import pytest

from tests.support.modules import Modules

SCORE = "({ loss, first, lowest }) => module.score(loss, first, lowest)"
RANDOM = random.Random(7)
FIRST, LOWEST = 25_824.0, 7.3


def scores(
    modules: Modules, losses: list[float], first: float = FIRST, lowest: float = LOWEST
) -> list[float]:
    given = [{"loss": loss, "first": first, "lowest": lowest} for loss in losses]
    return modules.each("score.js", SCORE, given)


def test_the_lowest_loss_scores_100_and_the_first_one_0(modules: Modules) -> None:
    assert scores(modules, [LOWEST, FIRST]) == [100, 0]


def test_a_loss_above_the_first_scores_0(modules: Modules) -> None:
    assert scores(modules, [FIRST * 1.001, 1e300]) == [0, 0]


def test_a_loss_that_rounding_leaves_below_the_lowest_scores_100(modules: Modules) -> None:
    assert scores(modules, [LOWEST * (1 - 1e-12)]) == [100]


def test_each_halving_of_the_loss_is_worth_the_same(modules: Modules) -> None:
    found = scores(modules, [FIRST / 2**halvings for halvings in range(12)])

    gains = [after - before for before, after in itertools.pairwise(found)]
    assert gains == pytest.approx([gains[0]] * len(gains))


def test_a_lower_loss_never_scores_less_and_each_score_is_from_0_to_100(modules: Modules) -> None:
    for _ in range(50):
        first = 10 ** RANDOM.uniform(-100, 100)
        lowest = first * 10 ** RANDOM.uniform(-20, 0)
        losses = sorted(lowest * 10 ** RANDOM.uniform(0, 25) for _ in range(20))

        found = scores(modules, losses, first, lowest)

        assert found == sorted(found, reverse=True)
        assert min(found) >= 0
        assert max(found) <= 100


def test_points_without_noise_have_a_score_too(modules: Modules) -> None:
    found = scores(modules, [0, 1e-4 * FIRST, FIRST], lowest=0)

    assert found == pytest.approx([100, 50, 0])


@pytest.mark.parametrize("first", [0, 7.3])
def test_at_the_best_fit_a_rate_that_keeps_the_loss_scores_100(
    modules: Modules, first: float
) -> None:
    assert scores(modules, [first, first + 1], first, first) == [100, 0]
