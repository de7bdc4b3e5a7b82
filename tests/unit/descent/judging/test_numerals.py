import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.judging.numerals import number, percent, power, steps_en, steps_ko
from tests.support.tolerances import EPS


@pytest.mark.parametrize(
    ("value", "text"), [(2.0, "2"), (7.94, "7.9"), (99.6, "100"), (0.0004, "0.0004")]
)
def test_a_percentage_has_two_digits(value: float, text: str) -> None:
    assert percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0338, "0.0338"),
        (0.033849, "0.0338"),
        (7.3, "7.30"),
        (99.94, "99.9"),
        (99.96, "100"),
        (1505.6, "1,506"),
        (9.996, "10.0"),
        (0.001, "0.00100"),
        (0.000999, "0.000999"),
        (3.38e-5, "3.38e-5"),
        (1e-5, "1e-5"),
        (5e-324, "4.94e-324"),
        (999_999_999, "999,999,999"),
        (1e9, "1e9"),
        (2.5e300, "2.5e300"),
        (1e300, "1e300"),
        (1.797e308, "1.8e308"),
    ],
)
def test_a_number_has_three_digits_or_all_before_the_point(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(1e-300, 1e300))
def test_a_number_is_written_to_half_a_percent(value: float) -> None:
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=0.005 + 10 * EPS)


@pytest.mark.parametrize(
    ("count", "english", "korean"),
    [(0, "0 steps", "0스텝"), (1, "1 step", "1스텝"), (2500, "2,500 steps", "2,500스텝")],
)
def test_steps_are_counted_in_both_languages(count: int, english: str, korean: str) -> None:
    assert (steps_en(count), steps_ko(count)) == (english, korean)


@pytest.mark.parametrize(
    ("decades", "text"),
    [
        (-1, "0.100"),
        (0, "1.00"),
        (3.5, "3,162"),
        (8.5, "316,227,766"),
        (609.5, "3.2e609"),
        (9.0, "1.0e9"),
        (9.999, "1.0e10"),
    ],
)
def test_a_factor_is_written_even_where_it_does_not_fit_a_double(decades: float, text: str) -> None:
    assert power(decades) == text
