"""The sentences of the page: each in both languages, each used, and none missing."""

import re

from tests.support.paths import WEB

TEXTS = {
    name: re.findall(r'"((?:[^"\\]|\\.)*)"', pair)
    for name, pair in re.findall(
        r"^  (\w+): (\[.*?\]),$", (WEB / "texts.js").read_text(), re.MULTILINE | re.DOTALL
    )
}
"""English and Korean by name."""
SOURCES = "".join(
    file.read_text()
    for file in sorted(WEB.iterdir())
    if file.suffix in {".js", ".html"} and file.name != "texts.js"
)
COMPOSED = {"tableSteps", "tableSweep", "tablePoints", "tableDirections"}
"""Names that tables.js composes."""
ASKED = set(
    re.findall(r'(?:\b(?:text|notice|UnreadableError)\(|\bdata-(?:text|label)=)"(\w+)"', SOURCES)
)
SHOWN = re.findall(r'data-text="(\w+)"[^>]*>([^<]+)<', SOURCES)
"""Names, and what stands in their places before the script runs."""
LABELLED = [
    tuple(
        re.findall(rf'\b{attribute}="([^"]*)"', tag) for attribute in ("data-label", "aria-label")
    )
    for tag in re.findall(r"<[^>]*data-label=[^>]*>", SOURCES)
]
"""The same of labels: each has one name and one label."""
SAME = {"t", "y"}
"""Names of sentences that are alike in both languages."""
OTHER = {"language"}
"""Names of sentences that name the other language, in its own letters."""


def values(sentence: str) -> set[str]:
    """Return the names of the values in a sentence."""
    return set(re.findall(r"\{(\w+)\}", sentence))


def is_korean(sentence: str) -> bool:
    """Return whether a sentence has Korean letters."""
    return re.search("[가-힣]", sentence) is not None


def test_the_sentences_are_found_in_the_sources() -> None:
    assert len(TEXTS) > 100
    assert len(ASKED) > 100
    assert len(SHOWN) > 30
    assert len(LABELLED) > 10


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


def test_every_sentence_is_used() -> None:
    quoted = set(re.findall(r"""["'](\w+)["']""", SOURCES))

    assert TEXTS.keys() - COMPOSED - quoted == set()


def test_every_sentence_that_is_asked_for_exists() -> None:
    assert ASKED - TEXTS.keys() == set()


def test_the_page_is_english_before_the_script_runs() -> None:
    assert [(name, shown) for name, shown in SHOWN if shown != TEXTS[name][0]] == []


def test_the_labels_are_english_before_the_script_runs() -> None:
    assert [
        (names, labels)
        for names, labels in LABELLED
        if labels != [TEXTS[name][0] for name in names]
    ] == []
