import numpy as np
import pytest

from service.plots.shapes import few, optimal_curve, optimum_name, shapes, through
from tests.support.pictures import case


def test_curves_are_those_of_the_coefficients() -> None:
    lecture = case("lecture")

    found = shapes(lecture)

    assert found.curves[-1] == pytest.approx(
        np.polyval(list(lecture.params.values()), found.t), rel=1e-9
    )
    assert found.optimum == pytest.approx(
        np.polyval(list(lecture.optimum.params.values()), found.t), rel=1e-9
    )


@pytest.mark.parametrize("name", ["Unix seconds", "degree 10", "huge t", "huge y"])
def test_curves_keep_their_digits_far_from_0(name: str) -> None:
    fit = case(name)
    found, scaled = shapes(fit), fit.scaled
    assert isinstance(scaled.params, dict)

    exact = np.polyval(
        list(scaled.params.values()), (found.t - float(scaled.center)) / scaled.scale
    )

    assert found.curves[-1] == pytest.approx(exact, abs=1e-9 * np.abs(exact).max())


def test_curves_that_the_points_do_not_determine_are_known_at_the_points_only() -> None:
    fit = case("fewer points than coefficients")
    assert fit.data is not None
    assert fit.history is not None
    assert fit.history.predictions is not None

    found = shapes(fit)

    assert not found.smooth
    assert found.t.tolist() == fit.data.t
    assert found.curves[-1].tolist() == fit.history.predictions[-1]


def test_the_optimum_does_not_see_points_held_out() -> None:
    fit = case("validation")
    assert fit.data is not None
    t = np.array(fit.data.t)

    assert optimal_curve(fit, 2, t) == pytest.approx(
        np.polyval(list(fit.optimum.params.values()), t), rel=1e-9
    )


def test_the_optimum_is_that_of_a_robust_loss() -> None:
    fit = case("huber")
    assert fit.optimum.basis == "robust"

    found = shapes(fit)

    assert found.optimum == pytest.approx(
        np.polyval(list(fit.optimum.params.values()), found.t), rel=1e-9
    )


def test_no_curve_on_a_grid_has_a_lower_absolute_error_than_the_optimum() -> None:
    fit = case("mae")
    assert fit.data is not None
    t, y = np.array(fit.data.t), np.array(fit.data.y)
    x = (t - t.mean()) / t.std()

    best = optimal_curve(fit, 2, t)

    assert np.abs(y - best).mean() == pytest.approx(fit.optimum.loss, rel=1e-9)
    for change in np.vander(x, 3).T:
        for size in (-1e-3, 1e-3):
            assert np.abs(y - best - size * change).mean() >= fit.optimum.loss * (1 - 1e-9)


def test_with_weight_decay_the_optimum_is_named_as_that_without() -> None:
    assert optimum_name(case("decay")) == "optimum without decay"
    assert optimum_name(case("lecture")) == "optimum"


def test_a_curve_that_leaves_the_doubles_is_infinite() -> None:
    assert through(
        np.array([0.0, 1.0]), np.array([[0.0, 1.7e308]]), 1, np.array([2.0])
    ).tolist() == [[np.inf]]


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11, 101, 10_001])
def test_few_records_are_chosen_with_the_first_and_the_last(count: int) -> None:
    chosen = few(count)

    assert chosen[0] == 0
    assert chosen[-1] == count - 1
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= 9


@pytest.mark.parametrize(
    ("count", "chosen"),
    [
        (9, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (10, [0, 1, 2, 3, 5, 6, 7, 8, 9]),
        (101, [0, 1, 2, 3, 5, 11, 22, 47, 100]),
    ],
)
def test_the_records_between_lie_ever_further_apart(count: int, chosen: list[int]) -> None:
    assert few(count) == chosen


def test_a_curve_has_240_points_from_the_first_t_to_the_last() -> None:
    found = shapes(case("lecture"))

    assert (len(found.t), found.t[0], found.t[-1]) == (240, 0, 19)
    assert found.steps == [0, 1, 2, 3, 5, 6, 7, 8, 10]
    assert found.curves.shape == (9, 240)
