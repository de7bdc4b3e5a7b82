import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from service.descent.arrays import Array
from service.descent.judging.writing import scientific
from service.descent.methods.losses.mae import Mae
from service.descent.methods.models.mlp import Mlp
from service.plots.losses import (
    Scales,
    aimed,
    decades,
    draw_losses,
    power_text,
    round_numbers,
    round_steps,
    scales,
)
from tests.support.pictures import case, figure
from tests.support.pictures import shown as pictured


def panel(name: str) -> Axes:
    return figure(name).axes[1]


def shown(line: Line2D) -> Array:
    """Return the points (n, 2) of a line."""
    return np.asarray(line.get_xydata(), dtype=float)


def test_the_axis_reaches_from_the_optimum_to_the_start() -> None:
    on, lecture = scales(case("lecture")), case("lecture")

    assert on.low == pytest.approx(decades(lecture.optimum.loss))
    assert on.high == pytest.approx(decades(lecture.losses[0]))


def test_with_weight_decay_the_line_is_the_loss_at_its_minimum() -> None:
    decay = case("decay")
    assert decay.ridge is not None

    (line,) = [line for line in panel("decay").lines if line.get_linestyle() == ":"]

    assert aimed(decay) == decay.ridge.loss
    assert line.get_ydata() == pytest.approx(decades([decay.ridge.loss] * 2))
    assert decay.loss == pytest.approx(decay.ridge.loss, rel=1e-3)


def test_a_loss_that_rises_to_the_minimum_with_decay_ends_at_its_line() -> None:
    rising = case("rising with decay")
    assert rising.ridge is not None

    on = scales(rising)

    assert on.high >= decades(rising.ridge.loss) > decades(rising.losses[0])


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

    assert heights == pytest.approx(decades(losses))
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
    line = next(line for line in panel("some records").lines if line.get_marker() == "o")

    assert shown(line)[:, 0] == pytest.approx(
        np.log10(1 + np.array([0, 130, 260, 390, 520, 650, 780, 910, 1000]))
    )


def test_ticks_are_powers_of_ten() -> None:
    assert round_numbers(0.9, 4.4) == {1: "10", 2: "100", 3: "1,000", 4: "10,000"}


def test_ticks_are_denser_on_a_short_axis() -> None:
    found = round_numbers(2.2, 3.4)

    assert list(found) == pytest.approx([np.log10(loss) for loss in (200, 500, 1000, 2000)])
    assert list(found.values()) == ["200", "500", "1,000", "2,000"]


def test_ticks_on_a_long_axis_are_round_powers_of_ten() -> None:
    assert round_numbers(0.9, 304) == {
        power: scientific("1", power) for power in (50, 100, 150, 200, 250, 300)
    }


def test_there_are_few_ticks_on_a_long_axis() -> None:
    assert len(round_numbers(-30, 5)) <= 7


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lecture", ["677", "optimum 7.30", "25,824"]),
        ("validation", ["2.87", "optimum 2.39", "best: step 24", "validation", "1,237"]),
        ("diverging", ["5.62\N{MULTIPLICATION SIGN}10¹⁷", "optimum 7.30", "25,824"]),
        (
            "diverged with validation",
            ["step 57: no number", "optimum 2.39", "best: step 0", "validation", "22,109"],
        ),
        ("decay", ["62.0", "minimum with decay 62.0", "1,233"]),
        ("rising with decay", ["62.0", "minimum with decay 62.0", "7.30"]),
        ("one point", ["0.0344", "optimum 0, far below", "1.82"]),
        ("nothing moves", ["0", "optimum 0", "0"]),
    ],
)
def test_the_ends_of_the_lines_are_named(name: str, words: list[str]) -> None:
    *labels, title, subtitle = [text.get_text() for text in panel(name).texts]

    assert labels == words
    assert (title, subtitle) == ("The loss", "mean squared error, after each step")


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [
        ("lecture", ["0", "2", "4", "6", "8", "10"], ["10", "100", "1,000", "10,000"]),
        ("10,000 records", ["0", "1", "10", "100", "1,000", "10,000"], ["10", "100", "1,000"]),
        (
            "diverged with validation",
            ["0", "1", "3", "10", "30"],
            [scientific("1", power) for power in (50, 100, 150, 200, 250, 300)],
        ),
        ("nothing moves", ["0", "2", "4", "6", "8", "10"], []),
        (
            "diverging",
            ["0", "2", "4", "6", "8", "10"],
            ["100,000", "1\N{MULTIPLICATION SIGN}10¹⁰", "1\N{MULTIPLICATION SIGN}10¹⁵"],
        ),
    ],
)
def test_ticks_are_round_and_written_in_full_where_they_are_short(
    name: str, x: list[str], y: list[str]
) -> None:
    axes = panel(name)

    assert [text.get_text() for text in axes.get_xticklabels()] == x
    assert [text.get_text() for text in axes.get_yticklabels()] == y


@pytest.mark.parametrize(
    ("digit", "power", "text"),
    [
        (2, 0, "2"),
        (5, 6, "5,000,000"),
        (1, 7, "1\N{MULTIPLICATION SIGN}10⁷"),
        (5, -1, "0.5"),
        (1, -4, "0.0001"),
        (2, -5, "2\N{MULTIPLICATION SIGN}10⁻⁵"),
    ],
)
def test_a_tick_with_many_digits_is_written_as_a_power(digit: int, power: int, text: str) -> None:
    assert power_text(digit, power) == text


def test_there_is_room_around_the_loss() -> None:
    on, axes = scales(case("lecture")), panel("lecture")
    height = on.high - on.low

    assert axes.get_xlim() == pytest.approx((-0.5, 12.4))
    assert axes.get_ylim() == pytest.approx((on.low - 0.14 * height, on.high + 0.1 * height))


def test_the_line_stands_at_the_steps_and_the_logarithms_of_the_losses() -> None:
    losses = case("lecture").losses

    line = next(line for line in panel("lecture").lines if line.get_marker() == "o")

    assert shown(line)[:, 0].tolist() == list(range(11))
    assert shown(line)[:, 1] == pytest.approx(decades(losses))


@pytest.mark.parametrize(("steps", "marker"), [(39, "o"), (40, "None")])
def test_up_to_forty_records_have_dots(steps: int, marker: str) -> None:
    axes = Figure(figsize=(5, 4)).add_subplot()

    draw_losses(axes, pictured(steps=steps))

    (line,) = [line for line in axes.lines if len(shown(line)) == steps + 1]
    assert line.get_marker() == marker


@pytest.mark.parametrize(("steps", "long"), [(50, False), (51, True)])
def test_more_than_fifty_steps_are_on_a_logarithmic_axis(steps: int, *, long: bool) -> None:
    on = scales(pictured(steps=steps))

    assert (on.long, on.last) == (long, steps)
    assert on.x(9) == (1 if long else 9)


def test_a_short_range_of_losses_is_widened_to_1_2_decades() -> None:
    on = scales(case("too small"))
    short = scales(pictured(lr=1e-12, model=Mlp(), solver="loop"))

    assert on.high - on.low > 3
    assert short.high - short.low == pytest.approx(1.2)


def test_an_optimum_far_below_is_five_decades_below_the_lowest_loss() -> None:
    on, losses = scales(case("one point")), case("one point").losses

    assert on.low == pytest.approx(decades(min(losses)) - 5)


def test_the_loss_is_clipped_to_the_picture() -> None:
    on = Scales(long=False, last=10, low=-1, high=3)

    assert [on.y(loss) for loss in (0, 0.01, 10, 1e9)] == [-1, -1, 1, 3]


def test_the_optimum_is_that_of_the_loss_and_networks_have_none() -> None:
    absolute = pictured(loss=Mae(), solver="loop")

    assert aimed(case("lecture")) == case("lecture").optimum.loss
    assert absolute.optimum.basis == "robust"
    assert aimed(absolute) == absolute.optimum.loss
    assert aimed(pictured(model=Mlp(), solver="loop")) is None


@pytest.mark.parametrize(
    ("last", "steps"),
    [
        (1, [0, 1]),
        (7, [0, 2, 4, 6]),
        (50, [0, 10, 20, 30, 40, 50]),
    ],
)
def test_steps_on_a_linear_axis_are_whole(last: int, steps: list[int]) -> None:
    assert round_steps(Scales(long=False, last=last, low=0, high=1)) == steps


@pytest.mark.parametrize(
    ("last", "steps"),
    [
        (51, [0, 1, 3, 10, 30]),
        (999, [0, 1, 3, 10, 30, 100, 300]),
        (1000, [0, 1, 10, 100, 1000]),
        (10**7, [0, 1, 100, 10**4, 10**6]),
    ],
)
def test_steps_on_a_logarithmic_axis_are_powers_of_ten(last: int, steps: list[int]) -> None:
    assert round_steps(Scales(long=True, last=last, low=0, high=1)) == steps
