import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from service.plots.losses import THIN, decades, records, round_numbers, round_steps, scales, thinned
from service.plots.picture import drawn
from service.plots.shapes import Array
from tests.plots.cases import case


def panel(name: str) -> Axes:
    return drawn(case(name)).axes[1]


def shown(line: Line2D) -> Array:
    """Its points (n, 2)."""
    return np.asarray(line.get_xydata(), dtype=float)


def test_the_axis_reaches_from_the_optimum_to_the_start() -> None:
    on, lecture = scales(case("lecture")), case("lecture")

    assert on.low == pytest.approx(decades(lecture.optimum.loss))
    assert on.high == pytest.approx(decades(lecture.losses[0]))


@pytest.mark.parametrize(
    "name", ["diverging", "diverged", "diverged early", "diverged with validation"]
)
def test_a_diverging_loss_is_in_the_picture_up_to_the_last_number(name: str) -> None:
    losses = case(name).losses

    (heights,) = [
        shown(line)[:, 1]
        for line in panel(name).lines
        if len(shown(line)) == len(losses) and line.get_linestyle() == "-"
    ]

    assert heights == pytest.approx([decades(loss) for loss in losses])
    assert heights.max() < panel(name).get_ylim()[1]


def test_a_loss_without_a_second_number_rises_five_decades() -> None:
    assert scales(case("diverged at step 1")).high == pytest.approx(
        decades(case("diverged at step 1").losses[0]) + 5
    )


def test_the_best_step_of_a_validation_is_marked() -> None:
    best = case("validation").best

    (ring,) = [line for line in panel("validation").lines if line.get_markerfacecolor() == "white"]

    assert [text.get_text() for text in panel("validation").texts].count("best: step 24") == 1
    assert shown(ring).tolist() == [[best.step, pytest.approx(decades(best.loss))]]
    assert best.step == 24


def test_without_validation_no_step_is_marked() -> None:
    assert not any("best" in text.get_text() for text in panel("lecture").texts)


@pytest.mark.parametrize(
    ("name", "words"), [("lecture", "step"), ("10,000 records", "step (logarithmic)")]
)
def test_the_axis_of_steps_says_where_it_is_logarithmic(name: str, words: str) -> None:
    assert panel(name).get_xlabel() == words


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
    places = thinned([1 / (1 + i) for i in range(count)])

    assert (places[0], places[-1]) == (0, count - 1)
    assert places == sorted(set(places))
    assert len(places) <= THIN


def test_what_swings_is_thinned_to_its_lows_and_highs() -> None:
    losses = [1.0 + i % 2 for i in range(10_000)]

    places = thinned(losses)

    assert [losses[i] for i in places if i > 1000].count(1.0) == pytest.approx(
        len([i for i in places if i > 1000]) / 2, abs=1
    )


def test_ticks_are_powers_of_ten() -> None:
    assert round_numbers(0.9, 4.4) == [(1, 1), (1, 2), (1, 3), (1, 4)]


def test_ticks_are_denser_on_a_short_axis() -> None:
    assert round_numbers(2.2, 3.4) == [(2, 2), (5, 2), (1, 3), (2, 3)]


def test_ticks_on_a_long_axis_are_round_powers_of_ten() -> None:
    assert round_numbers(0.9, 304) == [(1, power) for power in (50, 100, 150, 200, 250, 300)]


def test_there_are_few_ticks_on_a_long_axis() -> None:
    assert len(round_numbers(-30, 5)) <= 7
