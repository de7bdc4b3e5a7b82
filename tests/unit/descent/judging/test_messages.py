import re
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.descent.answers.explanation import Facts
from service.descent.judging.messages import (
    SENTENCES,
    message,
    number,
    percent,
    power,
    steps_en,
    steps_ko,
    with_endings,
)
from service.descent.questions.options import Points, Synthetic
from tests.support.specs import fit, random_specs
from tests.support.tolerances import EPS

NUMBERS = Facts(
    steps=1,
    start_loss=1506.4,
    loss=7.3,
    lowest=3.38e-5,
    steps_needed=1_762_888,
    fewest_steps=697_692,
    rescaled_steps=24,
    closer_percent=2.0,
    growth_decades=3.0,
    peak_loss=44_576.0,
    peak_step=3,
    diverged_at=10,
    validation_loss=37.5,
    largest_rate=0.3,
    last_rate=3e-100,
    batch_size=4,
    lr_limit=3.54e-5,
    lr_limit_mean_square=1.2e-5,
)


def said(**given: Any) -> str:
    """The English message of a fit of the lecture's points."""
    return fit(**{"synthetic": Synthetic()} | given).verdict.message.en


def test_every_sentence_is_written_in_both_languages_with_its_numbers() -> None:
    written = {name: message([name], NUMBERS) for name in SENTENCES}

    assert [
        name
        for name, text in written.items()
        if not re.search("[A-Za-z]", text.en)
        or not re.search("[가-힣]", text.ko)
        or re.search("[가-힣]", text.en)
        or re.search("[{}]", text.en + text.ko)
    ] == []


def test_both_languages_name_the_same_numbers() -> None:
    assert [
        name for name, (english, korean) in SENTENCES.items() if fields(english) != fields(korean)
    ] == []


def fields(text: str) -> set[str]:
    """Return the names of the numbers in a sentence."""
    return {field.removesuffix("_ko") for _, field, _, _ in Formatter().parse(text) if field}


def test_every_sentence_ends_with_a_full_stop() -> None:
    assert [
        name for name, texts in SENTENCES.items() if not all(text.endswith(".") for text in texts)
    ] == []


def test_sentences_stand_one_after_the_other() -> None:
    told = message(["too_small", "needed"], NUMBERS)

    assert told.en == (
        "Too small. After 1 step the loss is still 7.30. At this rate the best fit takes "
        "1,762,888 steps."
    )
    assert told.ko == (
        "너무 작습니다. 1스텝 뒤에도 손실이 7.30입니다. 이대로면 최적까지 1,762,888스텝이 걸립니다."
    )


@pytest.mark.parametrize("digit", range(10))
def test_korean_endings_follow_the_last_digit_read_aloud(digit: int) -> None:
    """이 사 오 구 end in a vowel, 영 (십, 백, 천) 일 삼 육 칠 팔 in a consonant."""
    vowel = digit in {2, 4, 5, 9}

    assert with_endings(f"손실은 26.{digit}(이)었습니다.") == (
        f"손실은 26.{digit}{'였' if vowel else '이었'}습니다."
    )
    assert with_endings(f"1e{digit}이(가)") == f"1e{digit}{'가' if vowel else '이'}"
    assert with_endings(f"1,{digit}은(는)") == f"1,{digit}{'는' if vowel else '은'}"


def test_the_message_says_what_the_lecture_needs() -> None:
    assert said() == (
        "A good rate, but a bad fit: the loss stops at 677, and 7.30 is possible. "
        "One direction is too flat for 10 steps: at the fastest rate it takes 697,692 steps, with "
        "t rescaled 24 steps."
    )


def test_the_message_says_that_the_lecture_on_rescaled_t_is_good() -> None:
    told = said(scale="standardize", steps=1000, lr=0.1)

    assert told == (
        "Good. In 1,000 steps the loss falls from 1,233 to 7.30: that is the best fit, as "
        "close as it needs to be."
    )


@pytest.mark.parametrize(
    ("lr", "sentence"),
    [
        (1e-8, "Too small. After 10 steps the loss is still 25,541."),
        (3.4e-5, "ends 7.9% closer to the bottom; after 10 steps the loss is still"),
        (1e-4, "each step multiplies the loss by 21.6, and it never comes back."),
        (
            1e300,
            "each step multiplies the loss by 3.2e609, and at step 1 it no longer fits a number.",
        ),
    ],
)
def test_the_message_has_the_numbers_of_the_rate(lr: float, sentence: str) -> None:
    assert sentence in said(lr=lr)


def test_growth_is_that_of_the_losses() -> None:
    result = fit(synthetic=Synthetic(), lr=1e-3, steps=8)

    assert (
        f"each step multiplies the loss by {number(result.losses[-1] / result.losses[-2])}"
        in result.verdict.message.en
    )


def test_the_message_says_that_a_rate_never_arrives() -> None:
    told = fit(
        data=Points.of([0, 1, 2], [1, 2, 9]), lr=1e-300, scale="orthonormal"
    ).verdict.message.en

    assert told.endswith("At this rate the best fit is never reached.")


@given(
    random_specs(steps=20),
    st.sampled_from([1, 2, 20, 1000]),
    st.sampled_from([1e-200, 1e-5, 1.0, 1.0, 1.0, 1e5, 1e200]),
)
def test_no_message_contains_what_is_no_number(
    spec: dict[str, Any], steps: int, factor: float
) -> None:
    told = fit(
        **spec | {"steps": steps, "lr": min(max(spec["lr"] * factor, 1e-300), 1e300)}
    ).verdict.message

    assert not re.search("None|nan|inf|[{}]|  ", told.en + told.ko)


@given(random_specs(steps=20))
def test_both_messages_contain_the_same_numbers(spec: dict[str, Any]) -> None:
    told = fit(**spec).verdict.message
    english, korean = (
        sorted(re.findall(r"\d[\d.,]*(?:e-?\d+)?", text.rstrip("."))) for text in (told.en, told.ko)
    )

    assert [part.rstrip(".,") for part in english] == [part.rstrip(".,") for part in korean]


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
