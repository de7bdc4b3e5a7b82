import pytest

from service.plots.losses import THIN, decades, records, round_numbers, round_steps, scales, thinned
from tests.plots.cases import case


def test_the_axis_reaches_from_the_optimum_to_the_start() -> None:
    on, lecture = scales(case("lecture")), case("lecture")

    assert on.low == pytest.approx(decades(lecture.optimum.loss))
    assert on.high == pytest.approx(decades(lecture.losses[0]))


def test_a_diverging_loss_leaves_the_picture_five_decades_above_the_start() -> None:
    for name in ("diverging", "diverged", "diverged at step 1"):
        assert scales(case(name)).high == pytest.approx(decades(case(name).losses[0]) + 5)


def test_a_loss_of_0_stands_at_the_lower_edge() -> None:
    on = scales(case("nothing moves"))

    assert on.y(0) == on.low < on.high


def test_long_runs_begin_well() -> None:
    on = scales(case("10,000 records"))

    assert on.x(100) == pytest.approx(on.x(10_000) / 2, rel=0.01)
    assert round_steps(on) == [0, 1, 10, 100, 1000, 10_000]


def test_losses_stand_at_their_steps() -> None:
    assert records(case("some records")) == [0, 130, 260, 390, 520, 650, 780, 910, 1000]


@pytest.mark.parametrize("count", [1, 600, 601, 10_001])
def test_a_line_is_thinned_between_its_ends(count: int) -> None:
    places = thinned(count)

    assert (places[0], places[-1]) == (0, count - 1)
    assert len(places) <= THIN


def test_ticks_are_powers_of_ten() -> None:
    assert round_numbers(0.9, 4.4) == [(1, 1), (1, 2), (1, 3), (1, 4)]


def test_ticks_are_denser_on_a_short_axis() -> None:
    assert round_numbers(2.2, 3.4) == [(2, 2), (5, 2), (1, 3), (2, 3)]


def test_there_are_few_ticks_on_a_long_axis() -> None:
    assert len(round_numbers(-30, 5)) <= 7
