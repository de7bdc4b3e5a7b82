from math import inf, nan, sqrt

import pytest
import torch

from service.descent.loop.lecture import Step
from service.descent.watching.observation import Observer, Seen, Way, cosines, observe
from tests.support.tolerances import EPS


def way(found: list[float], *, peak_loss: float = 1.0, peak_step: int = 0) -> Way:
    return Way(peak_loss, peak_step, found, first_gradient=1.0, last_gradient=1.0)


def step(number: int, gradient: list[float] | list[list[float]]) -> Step:
    return Step(number, torch.tensor(1.0), torch.zeros(2), torch.tensor(gradient))


def between(*gradients: list[float]) -> list[float]:
    found: list[float] = cosines(torch.tensor(gradients).double()[..., None])[:, 0].tolist()
    return found


def watched(*steps: tuple[list[float] | list[list[float]], float | list[float]]) -> Observer:
    watch = Observer()
    for number, (gradient, loss) in enumerate(steps):
        watch.add(step(number, gradient), torch.tensor(loss))
    return watch


@pytest.mark.parametrize(
    ("found", "turned_back"),
    [
        ([-0.6] * 6 + [1.0] * 4, True),
        ([-0.6] * 5 + [1.0] * 5, False),
        ([-0.5] * 10, False),
        ([-0.501] * 10, True),
        ([-1.0], True),
        ([], False),
    ],
)
def test_a_descent_turns_back_where_six_of_ten_cosines_are_below_minus_a_half(
    found: list[float], *, turned_back: bool
) -> None:
    assert way(found).turned_back is turned_back


def test_a_cosine_is_that_of_the_angle_between_successive_gradients() -> None:
    found = between([1.0, 0.0], [2.0, 2.0], [-3.0, -3.0], [0.0, 5.0])

    assert found == pytest.approx([1 / sqrt(2), -1, -1 / sqrt(2)], rel=10 * EPS)


@pytest.mark.parametrize("gradient", [[0.0, 0.0], [inf, 1.0], [nan, 1.0]])
def test_where_a_gradient_has_no_direction_the_cosine_is_0(gradient: list[float]) -> None:
    assert between([1.0, 0.0], gradient, [1.0, 0.0]) == [0, 0]


def test_several_rates_have_observations_each() -> None:
    watch = watched(
        ([[3.0, 1.0], [4.0, 0.0]], [1.0, 5.0]),
        ([[0.0, -2.0], [-2.0, 0.0]], [9.0, 4.0]),
        ([[1.0, 0.0], [0.0, 0.5]], [2.0, inf]),
    )

    assert watch.ways([1, 0]) == [
        Way(5.0, 0, [-1.0, 0.0], first_gradient=1.0, last_gradient=2.0, swings=True),
        Way(9.0, 1, [-0.8, 0.0], first_gradient=5.0, last_gradient=5.0, swings=True),
    ]


def test_the_last_ten_cosines_are_kept() -> None:
    signs = [1, 1, -1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1]

    (found,) = watched(*[([float(sign), 0.0], 1.0) for sign in signs]).ways()

    assert found.cosines == [-1, 1, 1, 1, 1, 1, 1, 1, 1, -1]


def test_the_greatest_of_the_last_eleven_gradients_counts_as_the_last() -> None:
    """A short one may be that of a lucky batch."""
    lengths = [7.0, 9.0, 3.0, *[1.0] * 9, 1e-9]

    (found,) = watched(*[([length, 0.0], 1.0) for length in lengths]).ways()

    assert (found.first_gradient, found.last_gradient) == (7.0, 3.0)


def test_the_peak_is_the_first_of_the_highest_finite_losses() -> None:
    losses = [3.0, 8.0, 1.0, 8.0, nan, inf, 2.0]

    (found,) = watched(*[([1.0], loss) for loss in losses]).ways()

    assert (found.peak_loss, found.peak_step) == (8.0, 1)


@pytest.mark.parametrize(
    ("losses", "swings"),
    [
        ([9.0, 3.0, 2.0, 2.0, 1.0], False),
        ([9.0, 2.0, 3.0, 1.5, 1.0], False),
        ([9.0, 3.0, 1.5, 2.0, 1.0], True),
        ([9.0, 1.0, 3.0, 2.0, 1.5], True),
        ([9.0, 3.0, 2.0, nan], False),
    ],
    ids=str,
)
def test_a_loss_swings_that_rose_in_the_second_half_or_is_not_the_lowest(
    losses: list[float], *, swings: bool
) -> None:
    """That is so of the losses of all steps, and of recorded ones, which batches have only."""
    (found,) = watched(*[([1.0], loss) for loss in losses]).ways()

    assert found.swings is swings
    assert observe(range(len(losses)), losses, way([])).way.swings is swings


def test_steps_pass_the_watch_unchanged() -> None:
    steps, watch = [step(number, [1.0, 0.0]) for number in range(3)], Observer()

    passed = list(watch.steps(steps, whole=True))

    assert all(one is other for one, other in zip(passed, steps, strict=True))


def test_the_losses_of_batches_are_no_peaks() -> None:
    """The records have the losses of all points."""
    watch = Observer()
    list(watch.steps([step(number, [1.0, 0.0]) for number in range(3)], whole=False))

    (found,) = watch.ways()

    seen = observe([0, 1, 2], [0.5, 0.7, 0.1], found)
    assert (seen.way.peak_loss, seen.way.peak_step) == (0.7, 1)


def test_a_peak_between_two_records_counts() -> None:
    seen = observe([0, 4, 8], [3.0, 2.0, 1.0], way([], peak_loss=5.0, peak_step=2))

    assert (seen.way.peak_loss, seen.way.peak_step) == (5.0, 2)


@pytest.mark.parametrize(
    ("steps", "half"), [([0, 4, 8, 10], 4), ([0, 5, 10], 5), ([0, 10], 0), ([0, 1, 2, 3], 1)]
)
def test_half_is_the_last_recorded_step_up_to_half_of_the_steps(
    steps: list[int], half: int
) -> None:
    found = observe(steps, [100.0 - number for number in steps], way([1.0], peak_loss=100.0))

    assert found == Seen(100.0, 100.0 - half, 100.0 - steps[-1], way([1.0], peak_loss=100.0))
