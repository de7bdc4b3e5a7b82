import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from service.plots.labels import marks
from service.plots.picture import draw_figure
from service.plots.steepest import walk
from service.plots.style import VERDICT, faded
from service.plots.valley import draw_valley, strength
from tests.support.pictures import bounds, case, panels, shown


def words(name: str) -> list[str]:
    axes = Figure(figsize=(5, 4), dpi=72).add_subplot()
    draw_valley(axes, case(name))
    return [text.get_text() for text in axes.texts]


def test_chords_fade_and_are_never_gone() -> None:
    strengths = [strength(age) for age in range(100)]

    assert strengths[0] == 1
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[-1] > 0.2


def test_the_lectures_second_valley_is_named() -> None:
    assert "In the flattest direction:\n0.00259% of the way" in words("lecture")


def test_a_walk_that_climbs_out_says_when() -> None:
    assert "step 1 leaves the picture" in words("diverging")


def test_the_words_where_a_walk_climbs_out_do_not_cover_it() -> None:
    _, _, axes = panels("climbing")

    (label,) = [text for text in axes.texts if "leaves the picture" in text.get_text()]

    assert marks(axes).covered(bounds(label)) == (0, 0)


def test_a_start_at_the_optimum_has_no_walk() -> None:
    assert "start" not in words("nothing moves")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "lecture",
            [
                "step 10",
                "start",
                "lr = 28.2% of the limit",
                "a step goes 56.5% of the way to the bottom",
                "In the flattest direction:\n0.00259% of the way",
            ],
        ),
        (
            "bouncing",
            [
                "step 20",
                "start",
                "lr = 96.0% of the limit",
                "a step jumps across, leaves 92.1% of the way",
            ],
        ),
        (
            "diverging",
            [
                "step 1 leaves the picture",
                "start",
                "lr = 2.82 times the limit",
                "a step jumps across, 4.65 times as far out",
            ],
        ),
        (
            "nothing moves",
            ["step 10", "lr = 0.100", "the start is at the bottom: nothing moves"],
        ),
    ],
)
def test_the_words_of_a_walk(name: str, expected: list[str]) -> None:
    assert words(name) == [*expected, "The walk", "down the steepest direction; height is loss"]


def test_the_valley_is_a_parabola_as_wide_as_the_view() -> None:
    _, _, axes = panels("lecture")
    z, height = np.asarray(axes.lines[0].get_xydata(), dtype=float).T

    assert height == pytest.approx(z**2)
    assert axes.get_xlim() == (z[0], z[-1]) == (-1.15, 1.15)
    assert axes.get_ylim() == pytest.approx((-0.1 * 1.15**2, 1.02 * 1.15**2))


def test_a_walk_that_climbs_is_seen_from_farther_away() -> None:
    assert panels("diverging")[2].get_xlim() == (-1.9, 1.9)


def test_the_ball_is_where_the_walk_ends() -> None:
    _, _, axes = panels("bouncing")
    route = walk(case("bouncing"), view=1.15)
    end = route.at(route.last)

    (ball,) = [line for line in axes.lines if line.get_markersize() == 14]

    assert np.asarray(ball.get_xydata()).tolist() == [[end, pytest.approx(end**2)]]


def test_chords_go_from_step_to_step_oldest_first() -> None:
    _, _, axes = panels("bouncing")
    route = walk(case("bouncing"), view=1.15)

    (chords,) = [each for each in axes.collections if isinstance(each, LineCollection)]

    assert [np.asarray(path.vertices).tolist() for path in chords.get_paths()] == [
        [[a, pytest.approx(a**2)], [b, pytest.approx(b**2)]]
        for a, b in ((route.at(step), route.at(step + 1)) for step in range(20))
    ]
    assert [to_hex(colour) for colour in np.asarray(chords.get_color())] == [
        faded(VERDICT["bouncing"], strength(19 - step)) for step in range(20)
    ]


def test_a_walk_down_one_side_has_a_trail_and_one_that_jumps_has_none() -> None:
    trails = [
        sum(line.get_linewidth() == 7 for line in panels(name)[2].lines)
        for name in ("lecture", "bouncing", "nothing moves")
    ]

    assert trails == [1, 0, 0]


def test_the_arrow_stands_where_the_walk_crosses_the_edge() -> None:
    _, _, axes = panels("climbing")
    route = walk(case("climbing"), view=1.9)
    (a, b), top = (route.at(route.last - 1), route.at(route.last)), 1.02 * 1.9**2

    (arrow,) = [line for line in axes.lines if line.get_marker() == "^"]
    ((x, y),) = np.asarray(arrow.get_xydata(), dtype=float).tolist()

    # On the chord between two points of the parabola, height = (a + b) x - a b.
    assert (y, (a + b) * x - a * b) == (pytest.approx(top), pytest.approx(top))


@pytest.mark.parametrize(
    ("lr", "steps", "side"),
    [(1e-5, 10, 0), (1e-6, 10, -1), (1e-6, 20, -1), (3.3e-5, 3, 1), (3.3e-5, 4, -1), (1e-8, 10, 1)],
)
def test_the_last_step_is_named_below_the_ball_where_the_words_cover_no_line(
    lr: float, steps: int, side: int
) -> None:
    *_, axes = draw_figure(shown(lr=lr, steps=steps)).axes
    (ball,) = [line for line in axes.lines if line.get_markersize() == 14]
    (label,) = [text for text in axes.texts if text.get_text() == f"step {steps}"]
    middle = label.get_window_extent()
    ((x, y),) = axes.transData.transform(np.asarray(ball.get_xydata(), dtype=float)).tolist()

    assert np.sign(round((middle.x0 + middle.x1) / 2 - x)) == side
    assert middle.y1 < y
    assert marks(axes).covered(bounds(label)) == (0, 0)


def test_the_second_valley_has_the_ball_on_its_slope() -> None:
    _, _, axes = panels("lecture")

    (ball,) = [line for line in axes.lines if line.get_markersize() == 11]
    ((x, y),) = np.asarray(ball.get_xydata(), dtype=float).tolist()

    left = 1 - 2.586e-5
    assert (x, y) == (pytest.approx(-0.3 * left), pytest.approx(0.78 + 0.3 * left**2))


def test_the_rate_stands_right_below_the_panel_and_the_step_one_line_below_the_rate() -> None:
    axes = Figure(figsize=(5, 4), dpi=72).add_subplot()
    draw_valley(axes, case("bouncing"))
    below = {text.get_text(): text.xyann for text in axes.texts if isinstance(text, Annotation)}

    assert below["lr = 96.0% of the limit"] == (0, -9)
    assert below["a step jumps across, leaves 92.1% of the way"] == (0, -26)


def test_the_title_stands_a_line_above_what_the_panel_shows() -> None:
    axes = Figure(figsize=(5, 4), dpi=72).add_subplot()
    draw_valley(axes, case("bouncing"))
    above = {text.get_text(): text.xyann for text in axes.texts if isinstance(text, Annotation)}

    assert above["The walk"] == (0, 26)
    assert above["down the steepest direction; height is loss"] == (0, 10)
