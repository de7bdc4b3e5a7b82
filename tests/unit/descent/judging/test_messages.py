import re
from collections.abc import Iterator, Sequence
from string import Formatter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.descent.answers.explanation import Facts
from service.descent.judging.messages import Run, Sentence, Situation, Table, written
from service.descent.judging.seen import SEEN, SEEN_ASIDES
from service.descent.judging.situations import ASIDES, SITUATIONS
from tests.support.specs import fit, random_specs
from tests.truth.wording import numbers

NUMBERS = Facts(
    steps=1,
    start_loss=1506.4,
    loss=7.3,
    lowest=3.38e-5,
    lowest_without_decay=2.5,
    exact_loss=4.5,
    precision="float32",
    degree=3,
    r2=0.4,
    progress=0.98,
    steps_needed=1_762_888,
    fewest_steps=498_015,
    rescaled_scale="standardize",
    rescaled_steps=18,
    flat_directions=2,
    directions=3,
    peak_loss=29_911,
    peak_step=4,
    passed_step=3,
    closer_percent=2.0,
    growth_decades=3.0,
    diverged_at=10,
    validation_loss=37.5,
    largest_rate=0.3,
    last_rate=3e-100,
    batch_size=4,
    lr_limit=3.54e-5,
    lr_limit_mean_square=1.2e-5,
)


def sentences_of(
    situations: Sequence[Situation[Run]], asides: Sequence[Table[Run]]
) -> Iterator[Sentence[Run]]:
    for situation in situations:
        for table in (*situation.tables, *asides):
            yield from table


SENTENCES: list[Sentence[Any]] = [
    *sentences_of(SITUATIONS, ASIDES),
    *sentences_of(SEEN, SEEN_ASIDES),
]


def test_every_sentence_has_a_name_of_its_own() -> None:
    named = {(sentence.name, sentence.en, sentence.ko) for sentence in SENTENCES}

    assert len({name for name, _, _ in named}) == len(named)


def test_every_sentence_is_written_in_both_languages_with_its_numbers() -> None:
    texts = {sentence.name: written([sentence], NUMBERS) for sentence in SENTENCES}

    assert [
        name
        for name, text in texts.items()
        if not re.search("[A-Za-z]", text.en)
        or not re.search("[가-힣]", text.ko)
        or re.search("[가-힣]", text.en)
        or re.search("[{}]", text.en + text.ko)
    ] == []


def test_both_languages_name_the_same_numbers() -> None:
    assert [
        sentence.name for sentence in SENTENCES if fields(sentence.en) != fields(sentence.ko)
    ] == []


def fields(text: str) -> set[str]:
    """Return the names of the numbers in a sentence."""
    return {field.removesuffix("_ko") for _, field, _, _ in Formatter().parse(text) if field}


def test_every_sentence_ends_with_a_full_stop() -> None:
    assert [
        sentence.name
        for sentence in SENTENCES
        if not all(text.endswith(".") for text in (sentence.en, sentence.ko))
    ] == []


def test_a_message_begins_with_words_that_have_no_number() -> None:
    """The picture prints them in colour, up to the first full stop or comma."""
    situations: list[Situation[Any]] = [*SITUATIONS, *SEEN]
    first = [each for situation in situations for each in situation.tables[0]]

    assert [each.name for each in first if "{" in re.split("[.,]", each.en)[0]] == []


def test_sentences_stand_one_after_the_other() -> None:
    by_name = {sentence.name: sentence for sentence in SENTENCES}
    named = ("seen_too_small", "seen_moves", "held_out")

    told = written([by_name[name] for name in named], NUMBERS)

    assert told.en == (
        "Too small. In 1 step the loss falls from 1,506 to 7.30 (R² 0.40). On the held-out points "
        "the loss is 37.5."
    )
    assert told.ko == (
        "너무 작습니다. 1스텝 동안 손실이 1,506에서 7.30(R² 0.40)까지 줄었습니다. 따로 떼어 둔 "
        "점의 손실은 37.5입니다."
    )


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

    assert numbers(told.en) == numbers(told.ko)
