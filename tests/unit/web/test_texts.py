"""Test that the page has every sentence it uses, in both languages."""

import re

from scripts.prose import WORDS
from tests.support.paths import WEB

TEXTS = {
    name: re.findall(r'"((?:[^"\\]|\\.)*)"', pair)
    for name, pair in re.findall(
        r"^  (\w+): (\[.*?\]),$", (WEB / "texts.js").read_text(), re.MULTILINE | re.DOTALL
    )
}
"""The English and the Korean sentence by name."""
SOURCES = "".join(
    file.read_text()
    for file in sorted(WEB.iterdir())
    if file.suffix in {".js", ".html"} and file.name != "texts.js"
)
TABLES = {"tableSteps", "tableSweep", "tablePoints", "tableDirections"}
"""The names that tables.js composes."""
STOPS = {
    f"{kind}{stop}"
    for kind in ("ask", "why")
    for stop in ("Lecture", "Small", "Bounce", "Large", "Rescaled")
}
"""The names that guide.js composes."""
TERMS = {f"{name}Term" for name in re.findall(r'data-term="(\w+)"', SOURCES)} | (
    {f"{name}Term" for name in re.findall(r'"(\w+)"', (WEB / "advanced.js").read_text())}
    & TEXTS.keys()
)
"""The names that terms.js composes, also of the terms that advanced.js chooses."""
ASKED = set(
    re.findall(r'(?:\b(?:text|notice|UnreadableError)\(|\bdata-(?:text|label)=)"(\w+)"', SOURCES)
)
SHOWN = re.findall(r'data-text="(\w+)"[^>]*>([^<]+)<', SOURCES)
"""The names in index.html, with the text that the page shows before the script runs."""
SAME = {"adam", "adamw", "rmsprop", "beta1", "alpha"}
"""The names of sentences that are the same in both languages."""
OTHER = {"language"}
"""The names of sentences that name the other language, in its own letters."""
PARTICLE = re.compile(r"\}(?:은|는|이|가|을|를|과|와|으로|로|였)")
"""A Korean particle whose form depends on the value before it."""


def values(sentence: str) -> set[str]:
    """Return the names of the values in a sentence."""
    return set(re.findall(r"\{(\w+)\}", sentence))


def is_korean(sentence: str) -> bool:
    """Return whether a sentence has Korean letters."""
    return re.search("[가-힣]", sentence) is not None


def test_the_sentences_are_found_in_the_sources() -> None:
    assert len(TEXTS) > 100
    assert len(ASKED) > 100
    assert len(SHOWN) > 20


def test_every_sentence_has_two_languages() -> None:
    assert [name for name, pair in TEXTS.items() if len(pair) != 2 or not all(pair)] == []


def test_english_has_no_korean_letters_except_to_name_korean() -> None:
    assert {name for name, (english, _) in TEXTS.items() if is_korean(english)} == OTHER


def test_korean_has_korean_letters_except_to_name_english_or_where_both_are_alike() -> None:
    assert {name for name, (_, korean) in TEXTS.items() if not is_korean(korean)} == SAME | OTHER


def test_both_languages_of_a_sentence_have_the_same_values() -> None:
    assert [
        name for name, (english, korean) in TEXTS.items() if values(english) != values(korean)
    ] == []


def test_no_korean_particle_depends_on_a_value() -> None:
    assert [name for name, (_, korean) in TEXTS.items() if PARTICLE.search(korean)] == []


def test_the_sources_use_the_words_of_the_field() -> None:
    found = {
        (file.name, match[0])
        for file in WEB.iterdir()
        for avoided in WORDS
        for match in avoided.finditer(file.read_text())
    }

    assert found == set()


def test_every_sentence_is_used() -> None:
    quoted = set(re.findall(r"""["'](\w+)["']""", SOURCES))

    assert TEXTS.keys() - TABLES - STOPS - TERMS - quoted == set()


def test_every_sentence_that_is_asked_for_exists() -> None:
    assert (ASKED | TABLES | STOPS | TERMS) - TEXTS.keys() == set()


def test_what_is_in_sight_is_english_before_the_script_runs() -> None:
    assert [(name, shown) for name, shown in SHOWN if shown != TEXTS[name][0]] == []
