"""Writes what the lessons take from the service, their pictures among it."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from scripts.answers import same
from scripts.parts import part, with_part
from scripts.running import running
from service.descent.judging.numerals import number

DOCS = Path(__file__).parent.parent / "docs"
LESSONS = [DOCS / "learning-rate.md", DOCS / "optimizers.md"]
PICTURES = DOCS / "pictures"
PARTS = re.compile(r"<!-- ((?:fit|sweep|analysis|after) [a-z-]+) -->")
REQUEST = re.compile(r"```json\n(.*?)```\n", re.DOTALL)

Json = Mapping[str, Any]  # what the service answers


@dataclass(frozen=True)
class Lesson:
    """A page, and its pictures by name."""

    path: Path
    page: str
    pictures: dict[str, bytes]


def pages() -> dict[Path, str]:
    """Each as it is."""
    return {path: path.read_text() for path in LESSONS}


async def renewed(pages: Mapping[Path, str]) -> list[Lesson]:
    """The pages with every request asked again."""
    async with running() as client:
        return [await asked_again(client, path, page) for path, page in pages.items()]


async def asked_again(client: httpx.AsyncClient, path: Path, page: str) -> Lesson:
    """One of them."""
    pictures = {}
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
    return Lesson(path, page, pictures)


def shown(title: str, words: Mapping[str, str]) -> str:
    """The verdict and the picture of a fit."""
    return f"> {words['Title']}\n\n![{words['Description']}](pictures/{title}.png)\n"


async def told(client: httpx.AsyncClient, kind: str, asked: str) -> str:
    """What a sweep or an analysis answers, or what is known after a fit."""
    path = "fit" if kind == "after" else kind
    answer = (await client.post(f"/{path}", json=json.loads(asked))).raise_for_status().json()
    return rows_of_sweep(answer) if kind == "sweep" else rows_of_analysis(answer)


def rows_of_sweep(answer: Json) -> str:
    """A row a rate."""
    rows = (
        (
            f"| {number(run['lr'])} | {number(run['loss'])} | {run['verdict']['rate']} | "
            f"{run['verdict']['reach']} |\n"
        )
        for run in answer["runs"]
    )
    return "\n| lr | last loss | rate | reach |\n|---:|---:|---|---|\n" + "".join(rows)


def rows_of_analysis(answer: Json) -> str:
    """What is known, but for what is null."""
    known = answer["analysis"]
    values = {
        **{name: known[name] for name in ("condition", "lr_limit", "lr_no_bounce", "lr_best")},
        **inside(known, "steps_to_one_percent"),
        "lr_limit_mean_square": known["lr_limit_mean_square"],
        **inside(known, "sharpness"),
        **inside(known, "lr_limit_local"),
        "gradient_cosine": known["gradient_cosine"],
    }
    rows = {"basis": known["basis"]} | {
        name: written(value) for name, value in values.items() if value is not None
    }
    return "\n| | |\n|---|---:|\n" + "".join(
        f"| `{name}` | {value} |\n" for name, value in rows.items()
    )


def inside(known: Json, name: str) -> Json:
    """The members of an object, which may be null, by the path to each."""
    return {f"{name}.{member}": value for member, value in (known[name] or {}).items()}


def written(value: float) -> str:
    """A count of steps in full, other numbers with three digits."""
    return f"{value:,}" if isinstance(value, int) else number(value)


async def picture(client: httpx.AsyncClient, asked: str) -> bytes:
    """The picture of a fit, as PNG."""
    return (
        (await client.post("/fit", json=json.loads(asked), headers={"Accept": "image/png"}))
        .raise_for_status()
        .content
    )


def words(png: bytes) -> Mapping[str, str]:
    """What a picture says of itself: other machines round its pixels elsewhere."""
    image = Image.open(BytesIO(png))
    image.load()
    return {str(name): text for name, text in image.info.items() if isinstance(text, str)}


def holds(lessons: Sequence[Lesson]) -> bool:
    """Whether the pages, and all pictures that there are, are what the service gives."""
    shown = {path.stem: path.read_bytes() for path in PICTURES.glob("*.png")}
    drawn = {name: png for lesson in lessons for name, png in lesson.pictures.items()}
    return (
        shown.keys() == drawn.keys()
        and all(same(dict(words(shown[name])), dict(words(drawn[name]))) for name in shown)
        and all(same(lesson.page, lesson.path.read_text()) for lesson in lessons)
    )


def main() -> None:
    """Writes pages and pictures, where one of them does not hold any more."""
    lessons = asyncio.run(renewed(pages()))
    if holds(lessons):
        return
    for lesson in lessons:
        lesson.path.write_text(lesson.page)
        for name, drawn in lesson.pictures.items():
            (PICTURES / f"{name}.png").write_bytes(drawn)


if __name__ == "__main__":
    main()
