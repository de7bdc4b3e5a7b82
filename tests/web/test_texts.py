"""The sentences of the page: each in both languages, each used, and none missing."""

import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "service" / "web"
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
ASKED = re.compile(r'(?:\b(?:text|notice|UnreadableError)\(|\bdata-(?:text|label)=)"(\w+)"')
SAME = {"t", "y"}
"""Said alike in both languages."""


def test_there_are_sentences() -> None:
    assert len(TEXTS) > 100


@pytest.mark.parametrize("name", TEXTS)
def test_a_sentence_is_said_in_both_languages(name: str) -> None:
    english, korean = TEXTS[name]

    assert english
    assert korean
    assert name in SAME or english != korean


@pytest.mark.parametrize("name", TEXTS)
def test_both_languages_of_a_sentence_tell_the_same_values(name: str) -> None:
    english, korean = (set(re.findall(r"\{(\w+)\}", sentence)) for sentence in TEXTS[name])

    assert english == korean


@pytest.mark.parametrize("name", sorted(TEXTS.keys() - SAME))
def test_the_korean_of_a_sentence_has_korean_letters(name: str) -> None:
    english, korean = TEXTS[name]

    assert bool(re.search("[가-힣]", korean)) != bool(re.search("[가-힣]", english))


@pytest.mark.parametrize("name", sorted(TEXTS.keys() - COMPOSED))
def test_a_sentence_is_used(name: str) -> None:
    assert re.search(rf"""["']{name}["']""", SOURCES)


@pytest.mark.parametrize("name", sorted(set(ASKED.findall(SOURCES))))
def test_a_sentence_that_is_asked_for_is_there(name: str) -> None:
    assert name in TEXTS


@pytest.mark.parametrize(
    ("name", "content"), re.findall(r'data-text="(\w+)"[^>]*>([^<]+)<', SOURCES)
)
def test_what_stands_before_the_script_runs_is_the_english(name: str, content: str) -> None:
    assert content == TEXTS[name][0]


@pytest.mark.parametrize("tag", re.findall(r"<[^>]*data-label=[^>]*>", SOURCES))
def test_a_label_before_the_script_runs_is_the_english(tag: str) -> None:
    name, content = (
        re.search(rf'{attribute}="([^"]*)"', tag) for attribute in ("data-label", "aria-label")
    )

    assert name
    assert content
    assert content[1] == TEXTS[name[1]][0]
