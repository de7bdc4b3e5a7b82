import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.lesson import LESSON, PARTS, PICTURES, REQUEST, Lesson, holds, renewed, words
from scripts.readme import part

PAGE = LESSON.read_text()


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    """The page, with every request asked again."""
    return asyncio.run(renewed(PAGE))


def request(name: str) -> Any:
    asked = REQUEST.match(part(PAGE, name))
    assert asked
    return json.loads(asked[1])


def test_the_page_and_its_pictures_are_what_the_service_gives(lesson: Lesson) -> None:
    assert lesson.page == PAGE
    assert holds(lesson)


def test_another_answer_would_be_noticed(lesson: Lesson) -> None:
    assert not holds(Lesson(lesson.page.replace("697,692", "697,693"), lesson.pictures))
    assert not holds(Lesson(lesson.page, lesson.pictures | {"lecture": lesson.pictures["bouncing"]}))


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*.png")), ids=lambda path: path.stem)
def test_a_picture_is_small_and_says_what_it_shows(path: Path) -> None:
    assert path.stat().st_size < 200_000
    assert {"Title", "Description"} <= words(path.read_bytes()).keys()


def test_every_kind_of_question_is_taught() -> None:
    assert {name.partition(" ")[0] for name in PARTS.findall(PAGE)} == {"fit", "sweep", "analysis"}


def test_bouncing_and_crawling_have_the_same_loss(client: httpx.Client) -> None:
    crawling, bouncing = (client.post("/fit", json=request(f"fit {name}")).json() for name in ("crawling", "bouncing"))

    assert crawling["losses"] == pytest.approx(bouncing["losses"], rel=1e-3)
    assert (crawling["verdict"]["rate"], bouncing["verdict"]["rate"]) == ("too_small", "bouncing")
