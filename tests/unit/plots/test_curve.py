from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from service.descent.methods.models.polynomial import Polynomial
from service.plots.curve import draw_curve, ticks, visible, window
from service.plots.labels import POINTS, marks, text_width
from service.plots.shapes import Shapes, optimal_curve, shapes
from service.plots.style import INK, SOFT, VERDICT, faded
from tests.support.pictures import bounds, case, panels, shown, through
from tests.support.specs import points_of

GOOD = VERDICT["good"]
POINTS_SHOWN = "the points, and the model step by step"


def heights(name: str) -> tuple[float, float]:
    data = case(name).data
    assert data is not None
    return window(np.array(data.y), shapes(case(name)))


def test_all_points_are_shown() -> None:
    data = case("lecture").data
    assert data is not None
    low, high = heights("lecture")

    assert low < min(data.y) < max(data.y) < high


def test_a_diverged_curve_does_not_press_the_points_flat() -> None:
    low, high = heights("diverged")

    assert high - low < 250


def test_points_at_one_height_are_shown_with_the_start() -> None:
    low, high = heights("constant y")

    assert 10 < high - low < 50


@pytest.mark.parametrize(
    "name",
    [
        "lecture",
        "standardized",
        "noise",
        "validation",
        "50,000 points",
        "a point a day",
        "too small for long",
    ],
)
def test_no_label_covers_a_point(name: str) -> None:
    axes, _, _ = panels(name)

    labels = [
        text
        for text in axes.texts
        if text.get_text() == "optimum" or text.get_text().startswith(("step", "start"))
    ]

    assert "optimum" in [label.get_text() for label in labels]
    assert [marks(axes).covered(bounds(label))[0] for label in labels] == [0] * len(labels)


@pytest.mark.parametrize("name", ["Unix seconds", "a point a day", "huge t"])
def test_t_is_written_in_full(name: str) -> None:
    axes, _, _ = panels(name)

    assert axes.xaxis.get_major_formatter().get_offset() == ""
    assert axes.get_xticklabels()[1].get_text() in {"1,700,050,000", "1,701,000,000", "1e150"}


def test_a_curve_that_only_crosses_the_picture_is_not_drawn() -> None:
    found = shapes(case("diverged"))

    assert visible(found.curves[0], *heights("diverged"))
    assert not visible(found.curves[-1], *heights("diverged"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lecture", ["step 10", "optimum", "start", "step 1", "step 2", "step 3", POINTS_SHOWN]),
        (
            "validation",
            [
                "step 40",
                "optimum",
                "start",
                "step 1",
                "step 2",
                "step 3",
                "step 5",
                "hollow points are held out",
            ],
        ),
        ("too small", ["step 10", "optimum", "start", POINTS_SHOWN]),
        (
            "10,000 records",
            ["step 10,000", "optimum", "start", "step 2", "step 33", POINTS_SHOWN],
        ),
        (
            "diverging",
            ["optimum", "start", "step 1", "step 2", "step 3", "step 10 is far out of the picture"],
        ),
    ],
)
def test_the_curves_are_named_the_most_important_first(name: str, words: list[str]) -> None:
    unit, *labels, title, subtitle = [text.get_text() for text in panels(name)[0].texts]

    assert (unit, title) == ("", "The curve")
    assert [*labels, subtitle] == words


def test_a_start_that_is_the_only_curve_and_out_of_the_picture_is_said_to_be() -> None:
    axes = Figure(figsize=(5, 4), dpi=72).add_subplot()

    draw_curve(axes, through([1000, 1001, 1002], [1, 2, 3], lr=1e300))

    assert axes.texts[-1].get_text() == "the start is out of the picture"


def test_the_area_of_a_point_follows_its_weight() -> None:
    axes = Figure(figsize=(5, 4), dpi=72).add_subplot()
    points = points_of(t=[0, 1, 2], y=[1, 3, 2], weights=[1, 2, 3])

    draw_curve(axes, shown(synthetic=None, data=points, lr=0.01))

    (drawn,) = axes.collections
    assert isinstance(drawn, PathCollection)
    areas = drawn.get_sizes()
    assert (areas / areas[0]).tolist() == pytest.approx([1, 2, 3])


def test_the_optimum_in_the_picture_is_that_of_the_weights() -> None:
    points = points_of(t=[0, 1, 2, 3], y=[1, 3, 2, 9], weights=[1, 2, 3, 0.5])

    fit = shown(synthetic=None, data=points, model=Polynomial(degree=1), lr=0.01)

    found = optimal_curve(fit, 1, np.array([0.0, 1.0]))
    assert np.diff(found) == pytest.approx(fit.optimum.params["a"])


@pytest.mark.parametrize(("name", "unit"), [("huge y", "1e151"), ("tiny y", "1e−148")])  # noqa: RUF001
def test_the_power_of_ten_of_y_stands_in_the_picture(name: str, unit: str) -> None:
    assert panels(name)[0].texts[0].get_text() == unit


def test_curves_are_shown_up_to_1_1_times_the_span_of_the_points_below_and_0_4_above() -> None:
    data = case("bouncing").data
    assert data is not None
    span = max(data.y) - min(data.y)

    low, high = heights("bouncing")

    assert low == pytest.approx(min(data.y) - (1.1 + 0.15) * span)
    assert high == pytest.approx(max(data.y) + (0.4 + 0.15) * span)


def test_curves_near_the_points_are_shown_whole() -> None:
    data = case("10,000 records").data
    assert data is not None
    found = shapes(case("10,000 records"))
    margin = 0.15 * (max(data.y) - min(data.y))

    low, high = heights("10,000 records")

    assert low == pytest.approx(min(found.curves.min(), *data.y) - margin)
    assert high == pytest.approx(max(found.curves.max(), *data.y) + margin)


def test_points_at_one_height_are_shown_by_the_distance_of_the_start_or_by_their_own() -> None:
    flat = np.full(3, 5.0)
    still = Shapes([0], np.arange(3.0), flat[None], None, smooth=True)
    moved = Shapes([0], np.arange(3.0), flat[None] - [[1.0], [0.0], [0.0]][:1], None, smooth=True)
    zero = Shapes([0], np.arange(3.0), np.zeros((1, 3)), None, smooth=True)

    assert window(flat, moved) == pytest.approx((5 - 1 - 0.15, 5 + 0.15))
    assert window(flat, still) == pytest.approx((5 - 0.75, 5 + 0.75))
    assert window(np.zeros(3), zero) == pytest.approx((-0.15, 0.15))


@pytest.mark.parametrize(("inside", "expected"), [(3, True), (2, False)])
def test_a_curve_is_drawn_if_three_hundredths_of_it_are_in_the_picture(
    inside: int, *, expected: bool
) -> None:
    curve = np.full(100, 9.0)
    curve[:inside] = [0.0, 1.0, 0.5][:inside]

    assert visible(curve, 0, 1) is expected


@pytest.mark.parametrize(
    ("name", "limits"), [("lecture", (-0.04 * 19, 1.24 * 19)), ("one point", (2.5, 3.5))]
)
def test_there_is_room_for_labels_on_the_right(name: str, limits: tuple[float, float]) -> None:
    assert panels(name)[0].get_xlim() == pytest.approx(limits)


def test_later_steps_are_stronger_and_the_last_is_broad() -> None:
    *steps, last, optimum = panels("lecture")[0].lines[:10]

    strengths = [int(str(line.get_color())[1:3], 16) for line in (*steps, last)]
    assert strengths == sorted(strengths, reverse=True)
    assert (steps[0].get_color(), last.get_color()) == (faded(GOOD, 0.35**1.3), GOOD)
    assert {line.get_linewidth() for line in steps} == {1.7}
    assert last.get_linewidth() == 3.4
    assert (optimum.get_color(), optimum.get_linestyle(), optimum.get_linewidth()) == (SOFT, ":", 2)


@pytest.mark.parametrize(
    ("name", "marker"),
    [("lecture", "None"), ("fewer points than coefficients", "."), ("one point", "_")],
)
def test_a_curve_that_is_known_at_the_points_only_has_marks_there(name: str, marker: str) -> None:
    assert panels(name)[0].lines[0].get_marker() == marker


def test_points_held_out_are_hollow() -> None:
    fit = case("validation")
    assert fit.data is not None
    assert fit.data.held_out is not None

    seen, held = panels("validation")[0].lines[-2:]

    assert np.asarray(held.get_xdata()).tolist() == [fit.data.t[i] for i in fit.data.held_out]
    assert np.asarray(held.get_ydata()).tolist() == [fit.data.y[i] for i in fit.data.held_out]
    assert len(np.asarray(seen.get_xdata())) == len(fit.data.t) - len(fit.data.held_out)
    assert (seen.get_markerfacecolor(), held.get_markerfacecolor()) == (INK, "white")
    assert (seen.get_markeredgecolor(), held.get_markeredgecolor()) == ("white", INK)


@pytest.mark.parametrize(
    ("name", "size", "alpha"), [("lecture", 5.5, None), ("50,000 points", 1.5, 0.2)]
)
def test_many_points_are_small_and_transparent(name: str, size: float, alpha: float | None) -> None:
    data = case(name).data
    assert data is not None

    (points,) = [
        line for line in panels(name)[0].lines if len(np.asarray(line.get_xdata())) == len(data.t)
    ]

    assert (points.get_markersize(), points.get_alpha()) == (size, alpha)


def test_a_curve_far_outside_is_cut_off_twenty_heights_away() -> None:
    axes, _, _ = panels("diverging")
    low, high = axes.get_ylim()

    ends = [np.asarray(line.get_ydata(), dtype=float) for line in axes.lines[:4]]

    assert min(end.min() for end in ends) >= low - 20.001 * (high - low)
    assert max(end.max() for end in ends) <= high + 20.001 * (high - low)


def texts(low: float, high: float) -> list[str]:
    return list(ticks(low, high, 320).values())


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-0.8, 23.6, ["0", "5", "10", "15", "20"]),
        (-1, 1, ["\N{MINUS SIGN}1.0", "\N{MINUS SIGN}0.5", "0.0", "0.5", "1.0"]),
        (1988.8, 2027.2, ["1990", "2000", "2010", "2020"]),
        (0, 25_000, ["0", "5,000", "10,000", "15,000", "20,000", "25,000"]),
        (1.7e9 - 94, 1.7e9 + 2902, ["1,700,000,000", "1,700,001,000", "1,700,002,000"]),
        (
            1.7e9 - 1e5,
            1.7e9 + 3.1e6,
            ["1,700,000,000", "1,701,000,000", "1,702,000,000", "1,703,000,000"],
        ),
        (1.0, 1.0000024, ["1.000000", "1.000001", "1.000002"]),
        (
            -1e-10,
            2.3e-8,
            [
                "0",
                "5e\N{MINUS SIGN}9",
                "1e\N{MINUS SIGN}8",
                "1.5e\N{MINUS SIGN}8",
                "2e\N{MINUS SIGN}8",
            ],
        ),
        (-1e149, 4.9e150, ["0", "1e150", "2e150", "3e150", "4e150"]),
    ],
)
def test_ticks_are_numbers_in_full(low: float, high: float, expected: list[str]) -> None:
    assert texts(low, high) == expected


@given(st.floats(-1e12, 1e12), st.floats(1, 1e12))
def test_texts_tell_their_ticks_apart_and_do_not_touch(low: float, span: float) -> None:
    found = ticks(low, low + span, 320)

    ends = [
        ((mark - low) / span * 320, text_width(text, POINTS) / 2) for mark, text in found.items()
    ]
    shown = [float(text.replace("\N{MINUS SIGN}", "-").replace(",", "")) for text in found.values()]
    assert all(x + half < after - other for (x, half), (after, other) in pairwise(ends))
    assert shown == pytest.approx(list(found), abs=1e-3 * span)


def test_texts_have_twelve_points_between_them_or_are_fewer() -> None:
    widest = text_width("10", POINTS)
    enough = (widest + 12) * 10 / 2

    assert list(ticks(0, 10, enough + 0.01)) == [0, 2, 4, 6, 8, 10]
    assert list(ticks(0, 10, enough - 0.01)) == [0, 5, 10]
