from service.descent.methods.models.polynomial import Polynomial
from service.descent.questions.options import Validation


def test_coefficients_are_named_from_the_highest_power_down() -> None:
    assert Polynomial(degree=2).names == ("a", "b", "c")
    assert Polynomial(degree=10).names[-1] == "k"


def test_a_fraction_is_the_one_that_was_written() -> None:
    """0.07 as a double is more than 0.07: of 100 points that would be 8."""
    assert Validation(0.07, "tail").held_out(100) == 7
