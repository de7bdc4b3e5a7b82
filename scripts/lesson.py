"""Writes what docs/learning-rate.md takes from the service, its pictures among it; with --check, tells whether they still hold."""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from scripts.readme import part, with_part
from scripts.running import running
from service.descent.numerals import number

LESSON = Path(__file__).parent.parent / "docs" / "learning-rate.md"
PICTURES = LESSON.parent / "pictures"
PARTS = re.compile(r"<!-- ((?:fit|sweep|analysis) [a-z-]+) -->")
REQUEST = re.compile(r"```json\n(.*?)```\n", re.DOTALL)

Json = Mapping[str, Any]  # what the service answers


@dataclass(frozen=True)
class Lesson:
    """The page, and its pictures by name."""

    page: str
    pictures: dict[str, bytes]


async def renewed(page: str) -> Lesson:
    """The page with every request asked again."""
    pictures = {}
    async with running() as client:
        for name in PARTS.findall(page):
            asked = REQUEST.match(part(page, name))
            assert asked is not None
            kind, _, title = name.partition(" ")
            if kind == "fit":
                pictures[title] = await picture(client, asked[1])
                text = shown(title, words(pictures[title]))
            else:
                text = await told(client, kind, asked[1])
            page = with_part(page, name, asked[0] + text)
    return Lesson(page, pictures)


def shown(title: str, words: Mapping[str, str]) -> str:
    """The verdict and the picture of a fit."""
    return f"> {words['Title']}\n\n![{words['Description']}](pictures/{title}.png)\n"


async def told(client: httpx.AsyncClient, kind: str, asked: str) -> str:
    """What a sweep or an analysis answers."""
    answer = (await client.post(f"/{kind}", json=json.loads(asked))).raise_for_status().json()
    return rows_of_sweep(answer) if kind == "sweep" else rows_of_analysis(answer)


def rows_of_sweep(answer: Json) -> str:
    """A row a rate."""
    rows = (
        f"| {number(run['lr'])} | {number(run['loss'])} | {run['verdict']['rate']} | {run['verdict']['reach']} |\n"
        for run in answer["runs"]
    )
    return "\n| lr | last loss | rate | reach |\n|---:|---:|---|---|\n" + "".join(rows)


def rows_of_analysis(answer: Json) -> str:
    """What was known without a step."""
    known, steps = answer["analysis"], answer["analysis"]["steps_to_one_percent"]
    rows = {
        "condition": number(known["condition"]),
        "lr_limit": number(known["lr_limit"]),
        "lr_no_bounce": number(known["lr_no_bounce"]),
        "lr_best": number(known["lr_best"]),
        **{f"steps_to_one_percent.{name}": f"{count:,}" for name, count in steps.items()},
    }
    return "\n| | |\n|---|---:|\n" + "".join(f"| `{name}` | {value} |\n" for name, value in rows.items())


async def picture(client: httpx.AsyncClient, asked: str) -> bytes:
    """The picture of a fit, as PNG."""
    return (await client.post("/fit", json=json.loads(asked), headers={"Accept": "image/png"})).raise_for_status().content


def words(png: bytes) -> Mapping[str, str]:
    """What a picture says of itself: other machines round its pixels elsewhere."""
    image = Image.open(BytesIO(png))
    image.load()
    return {str(name): text for name, text in image.info.items() if isinstance(text, str)}


def holds(lesson: Lesson) -> bool:
    """Whether the page and its pictures are what the service gives."""
    shown = {path.stem: path.read_bytes() for path in PICTURES.glob("*.png")}
    same = shown.keys() == lesson.pictures.keys() and all(words(shown[name]) == words(lesson.pictures[name]) for name in shown)
    return same and lesson.page == LESSON.read_text()


def main(arguments: list[str]) -> int:
    """1 where --check finds a difference."""
    lesson = asyncio.run(renewed(LESSON.read_text()))
    if holds(lesson):
        return 0
    if "--check" in arguments:
        print(f"{LESSON.name} is not what the service gives: make lesson")
        return 1
    LESSON.write_text(lesson.page)
    for name, drawn in lesson.pictures.items():
        (PICTURES / f"{name}.png").write_bytes(drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
