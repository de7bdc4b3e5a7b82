import pytest

from service.plots.walk import walk
from service.plots.words import description, percentage, rate_words, step_words
from tests.plots.cases import case


def test_the_lecture_is_described() -> None:
    assert description(case("lecture")) == (
        "The curve: 20 points, t from 0 to 19.0, y from -0.872 to 74.5; the polynomial of degree 2 "
        "from the start to step 10, and the optimum, dotted. "
        "The loss: from 25,824 to 677 after 10 steps; the optimum's is 7.30. "
        "The walk, along the steepest direction: lr = 28.2% of the limit; a step goes 56.5% of the "
        "way to the bottom. In the flattest direction: 0.00259% of the way."
    )


@pytest.mark.parametrize(
    ("name", "rate", "step"),
    [
        ("too small", "lr = 0.0282% of the limit", "a step goes 0.0565% of the way to the bottom"),
        ("bouncing", "lr = 96.0% of the limit", "a step jumps across, leaves 92.1% of the way"),
        ("at the limit", "lr = 100% of the limit", "a step jumps across, leaves 100% of the way"),
        ("diverging", "lr = 2.82 times the limit", "a step jumps across, 4.65 times as far out"),
        ("perfect", "lr = 50.0% of the limit", "a step goes all the way to the bottom"),
        ("nothing moves", "lr = 0.100", "the start is at the bottom: nothing moves"),
    ],
)
def test_rates_have_words(name: str, rate: str, step: str) -> None:
    assert rate_words(case(name)) == rate
    assert step_words(walk(case(name), view=1)) == step


def test_a_percentage_near_the_limit_keeps_four_digits() -> None:
    assert percentage(1.005) == "100.5%"


def test_the_description_tells_of_points_held_out() -> None:
    assert "20 points, 5 of them held out" in description(case("validation"))


def test_the_description_tells_the_best_step_of_a_validation() -> None:
    assert "Validation loss: 22.0 at the end, at its best 20.1 at step 24." in description(
        case("validation")
    )


def test_the_description_tells_the_step_that_has_no_number() -> None:
    assert "at step 87 it is no longer a number" in description(case("diverged"))
