from math import inf

import pytest

from service.plots.steepest import Flatter, Route, walk
from service.plots.words import description, percentage, rate_words, step_words, way_words
from tests.support.pictures import case


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


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.989, "98.9%"), (0.9925, "99.25%"), (1.005, "100.5%"), (1.0125, "101%"), (0.99, "99.0%")],
)
def test_a_percentage_near_the_limit_keeps_four_digits(share: float, text: str) -> None:
    assert percentage(share) == text


@pytest.mark.parametrize(
    ("pace", "text"),
    [
        (1 + 0.9e-9, "a step goes all the way to the bottom"),
        (1 + 1.2e-9, "a step jumps across, leaves 1.2e-7% of the way"),
        (1 - 1.2e-9, "a step goes 100% of the way to the bottom"),
        (2.0, "a step jumps across, leaves 100% of the way"),
        (2.5, "a step jumps across, 1.50 times as far out"),
        (inf, "a step overflows"),
    ],
)
def test_a_step_has_words(pace: float, text: str) -> None:
    route = Route(moves=True, pace=pace, steps=1, chords=[0], last=1, elsewhere=None)

    assert step_words(route) == text


@pytest.mark.parametrize(
    ("flatter", "words"),
    [
        (Flatter(0.5, flattest=True), ("In the flattest direction:", "50.0% of the way")),
        (Flatter(0.5, flattest=False), ("In a flatter direction:", "50.0% of the way")),
    ],
)
def test_a_flatter_direction_has_words(flatter: Flatter, words: tuple[str, str]) -> None:
    assert way_words(flatter) == words


def test_the_description_tells_of_points_held_out() -> None:
    assert "20 points, 5 of them held out" in description(case("validation"))


def test_the_description_tells_the_best_step_of_a_validation() -> None:
    assert "Validation loss: 22.0 at the end, at its best 20.1 at step 24." in description(
        case("validation")
    )


def test_the_description_tells_the_step_that_has_no_number() -> None:
    assert "at step 87 it is no longer a number" in description(case("diverged"))


def test_one_step_is_one_step() -> None:
    assert "after 1 step;" in description(case("one step"))
