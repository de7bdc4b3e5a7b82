"""Links to attempts are read as people paste them from a chat, with the names before them."""

from typing import Any

import pytest

from tests.support.modules import Modules

LINK = "http://school.example:8000/#points=20&noise=3&seed=42&lr=0.1&steps=20&scale=standardize"
TRIED = f"{LINK}&challenge=tried"
OPEN = f"{LINK}&challenge=open"


def read(modules: Modules, text: str) -> dict[str, Any]:
    found: dict[str, Any] = modules.call("links.js", "module.readLinks", text)
    return found


def names(modules: Modules, text: str) -> list[str]:
    return [link["name"] for link in read(modules, text)["links"]]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (f"Minji Kim {TRIED}", "Minji Kim"),
        (f"Minji: {TRIED}", "Minji"),
        (f"- 김민지 - {TRIED}", "김민지"),
        (f"[김민지] [오후 2:31] {TRIED}", "김민지"),
        (f"[10:32 AM] Jun Park: {TRIED}", "Jun Park"),
        (f"<{TRIED}>", ""),
        (f"3 Kim\t{TRIED}", "3 Kim"),
        (f"이준호 (3학년 2반) {TRIED}", "이준호 (3학년 2반)"),
        (f"(A) Jun - {TRIED}", "(A) Jun"),
        (f"a) Jun ({TRIED})", "a) Jun"),
        (TRIED, ""),
    ],
)
def test_the_name_is_the_text_before_the_link(modules: Modules, line: str, name: str) -> None:
    assert names(modules, line) == [name]


def test_the_name_can_be_the_line_before_the_link(modules: Modules) -> None:
    text = f"Minji Kim  2:31 PM\n{TRIED}\n\nJun Park\n\n{TRIED}\n"

    assert names(modules, text) == ["Minji Kim", "Jun Park"]


def test_a_line_can_have_several_links(modules: Modules) -> None:
    assert names(modules, f"Minji {TRIED} Jun {TRIED}, Sora {TRIED}") == ["Minji", "Jun", "Sora"]


@pytest.mark.parametrize("end", ["", ".", ",", ";", ")", ">", '"', " thanks"])
def test_the_link_ends_where_its_fields_end(modules: Modules, end: str) -> None:
    (link,) = read(modules, f"Minji ({TRIED}{end}")["links"]

    assert link["fragment"] == TRIED.partition("#")[2]


def test_a_link_of_a_web_page_is_read(modules: Modules) -> None:
    (link,) = read(modules, f"Minji {TRIED.replace('&', '&amp;')}")["links"]

    assert (link["setting"]["rate"], link["setting"]["steps"]) == ({"lr": 0.1}, 20)


def test_a_link_to_a_view_with_a_rate_is_an_attempt(modules: Modules) -> None:
    assert names(modules, f"Minji {LINK}") == ["Minji"]


def test_the_number_of_the_line_counts_empty_lines(modules: Modules) -> None:
    (link,) = read(modules, f"\n\r\nMinji {TRIED}")["links"]

    assert link["line"] == 3


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (f"Good luck!\nMinji {TRIED}", 1, "lineNoLink"),
        (f"Minji {TRIED}\nthanks", 2, "lineNoLink"),
        ("Minji http://school.example/", 1, "lineNoLink"),
        (f"Minji {OPEN}", 1, "lineNoAttempt"),
        ("Minji http://school.example/#steps=20&challenge=tried", 1, "lineNoAttempt"),
        ("Minji http://school.example/#part=0.5&steps=20", 1, "lineNoAttempt"),
        (f"Minji {TRIED}&optimizer=adam", 1, "lineNoBest"),
        ("Minji http://school.example/#data=AAAA&lr=0.1&steps=20", 1, "lineLost"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(
    modules: Modules, text: str, line: int, reason: str
) -> None:
    (wrong,) = read(modules, text)["wrong"]

    assert (wrong["line"], wrong["text"]) == (line, reason)


def test_a_line_without_a_link_is_quoted_in_part(modules: Modules) -> None:
    (wrong,) = read(modules, "x" * 500)["wrong"]

    assert wrong["values"]["content"] == "x" * 60


def test_a_text_without_lines_has_neither_links_nor_wrong_lines(modules: Modules) -> None:
    assert read(modules, " \n\n") == {"links": [], "wrong": []}
