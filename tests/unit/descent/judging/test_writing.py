import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.answers.explanation import Facts
from service.descent.judging.writing import (
    TEXTS,
    coefficient,
    number,
    percent,
    power,
    share,
    steps_en,
    steps_ko,
    with_particles,
)
from tests.support.tolerances import EPS
from tests.truth.wording import plain


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
        (3.38e-5, "3.38\N{MULTIPLICATION SIGN}10⁻⁵"),
        (1e-5, "1\N{MULTIPLICATION SIGN}10⁻⁵"),
        (5e-324, "4.94\N{MULTIPLICATION SIGN}10⁻³²⁴"),
        (999_999_999, "999,999,999"),
        (1e9, "1\N{MULTIPLICATION SIGN}10⁹"),
        (2.5e300, "2.5\N{MULTIPLICATION SIGN}10³⁰⁰"),
        (1e300, "1\N{MULTIPLICATION SIGN}10³⁰⁰"),
        (1.797e308, "1.8\N{MULTIPLICATION SIGN}10³⁰⁸"),
    ],
)
def test_a_number_has_three_digits_or_all_before_the_point(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(1e-300, 1e300))
def test_a_number_is_written_to_half_a_percent(value: float) -> None:
    assert float(plain(number(value))) == pytest.approx(value, rel=0.005 + 10 * EPS)


@pytest.mark.parametrize(
    ("count", "english", "korean"),
    [(0, "0 steps", "0스텝"), (1, "1 step", "1스텝"), (2500, "2,500 steps", "2,500스텝")],
)
def test_steps_are_counted_in_both_languages(count: int, english: str, korean: str) -> None:
    assert (steps_en(count), steps_ko(count)) == (english, korean)


@pytest.mark.parametrize(
    ("decades", "text"),
    [
        (8e-6 / 2.302585092994046, "1 + 8.0\N{MULTIPLICATION SIGN}10⁻⁶"),
        (2e-3 / 2.302585092994046, "1 + 2.0\N{MULTIPLICATION SIGN}10⁻³"),
        (0.00221, "1.01"),
        (-1, "0.100"),
        (3.5, "3,162"),
        (8.5, "316,227,766"),
        (609.5, "3.2\N{MULTIPLICATION SIGN}10⁶⁰⁹"),
        (9.0, "1.0\N{MULTIPLICATION SIGN}10⁹"),
        (9.999, "1.0\N{MULTIPLICATION SIGN}10¹⁰"),
    ],
)
def test_a_factor_is_written_even_where_it_does_not_fit_a_double(decades: float, text: str) -> None:
    assert power(decades) == text


@pytest.mark.parametrize(
    ("fraction", "r2", "percentage"),
    [
        (0.04, "0.04", "4"),
        (0.5, "0.50", "50"),
        (0.98307, "0.983", "98"),
        (0.9953, "0.9953", "99.5"),
        (0.99977, "0.99977", "99.98"),
        (0.9999986, "0.9999986", "99.9999"),
        (1 - 1.4e-9, "1", "100"),
        (1.0, "1", "100"),
    ],
)
def test_a_fraction_shows_what_is_missing_to_one(fraction: float, r2: str, percentage: str) -> None:
    assert (coefficient(fraction), share(fraction)) == (r2, percentage)


def test_a_share_below_nothing_is_nothing() -> None:
    assert share(-1e-17) == "0"


@pytest.mark.parametrize(
    ("facts", "english", "korean"),
    [
        (Facts(loss=7.3, r2=0.98307), "7.30 (R² 0.983)", "7.30(R² 0.983)"),
        (Facts(loss=7.3, r2=None), "7.30", "7.30"),
        (Facts(loss=677, r2=-1.5), "677 (R² below 0)", "677(R² 0 미만)"),
    ],
)
def test_a_loss_has_its_coefficient_of_determination(
    facts: Facts, english: str, korean: str
) -> None:
    assert (TEXTS["loss_r2"](facts), TEXTS["loss_r2_ko"](facts)) == (english, korean)


@pytest.mark.parametrize(
    ("degree", "english", "korean"),
    [
        (1, "line", "직선"),
        (2, "parabola", "포물선"),
        (3, "polynomial of degree 3", "3차 다항식"),
    ],
)
def test_a_curve_is_named_by_its_degree(degree: int, english: str, korean: str) -> None:
    facts = Facts(degree=degree)

    assert (TEXTS["curve"](facts), TEXTS["curve_ko"](facts)) == (english, korean)


@pytest.mark.parametrize(
    ("facts", "english", "korean"),
    [
        (
            Facts(lowest=7.3, degree=1),
            "that of the best line is 7.30",
            "가장 잘 맞는 직선의 손실은 7.30",
        ),
        (
            Facts(lowest=7.3, degree=2, weight_decay=0.1),
            "it is 7.30 at the minimum with weight decay",
            "가중치 감쇠를 더한 최소점에서는 7.30",
        ),
    ],
)
def test_the_lowest_loss_is_that_of_the_best_curve_or_of_the_minimum_with_decay(
    facts: Facts, english: str, korean: str
) -> None:
    assert (TEXTS["best_curve"](facts), TEXTS["best_curve_ko"](facts)) == (english, korean)


@pytest.mark.parametrize(
    ("flat", "english", "korean"),
    [
        (1, "1 of 3 directions is", "방향 3개 중 1개가"),
        (2, "2 of 3 directions are", "방향 3개 중 2개가"),
    ],
)
def test_flat_directions_are_counted(flat: int, english: str, korean: str) -> None:
    facts = Facts(flat_directions=flat, directions=3)

    assert (TEXTS["flat_of"](facts), TEXTS["flat_of_ko"](facts)) == (english, korean)


@pytest.mark.parametrize("digit", range(10))
def test_korean_particles_follow_the_last_digit_read_aloud(digit: int) -> None:
    """이 사 오 구 end in a vowel, 영 (십, 백, 천) 일 삼 육 칠 팔 in a consonant."""
    vowel = digit in {2, 4, 5, 9}

    assert with_particles(f"26.{digit}은(는)") == f"26.{digit}{'는' if vowel else '은'}"
    assert with_particles(f"1,{digit}은(는)") == f"1,{digit}{'는' if vowel else '은'}"


@pytest.mark.parametrize("exponent", "⁰¹²³⁴⁵⁶⁷⁸⁹")
def test_korean_particles_follow_a_power_of_ten_read_aloud(exponent: str) -> None:
    """A power is 제곱, which ends in a consonant."""
    assert with_particles(f"10{exponent}은(는)") == f"10{exponent}은"
    assert with_particles(f"10⁻{exponent}은(는)") == f"10⁻{exponent}은"


@pytest.mark.parametrize(
    ("start_loss", "loss", "english", "korean"),
    [
        (1233.0, 7.3, "falls from 1,233 to 7.30 (R² 0.50)", "1,233에서 7.30(R² 0.50)까지 줄었"),
        (7.3, 1233.0, "rises from 7.30 to 1,233 (R² 0.50)", "7.30에서 1,233(R² 0.50)까지 커졌"),
        (7.301, 7.3, "stays at 7.30 (R² 0.50)", "7.30(R² 0.50)에 머물렀"),
    ],
)
def test_a_loss_falls_rises_or_stays_in_the_digits_that_are_shown(
    start_loss: float, loss: float, english: str, korean: str
) -> None:
    facts = Facts(start_loss=start_loss, loss=loss, r2=0.5)

    assert (TEXTS["change"](facts), TEXTS["change_ko"](facts)) == (english, korean)
