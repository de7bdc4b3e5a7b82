"""Write the answers and pictures of the service into the lessons."""

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
from service.descent.judging.writing import number

TUTORIAL = Path(__file__).parent.parent / "docs" / "tutorial"
LESSONS = [TUTORIAL / "learning-rate.md", TUTORIAL / "optimizers.md"]
PICTURES = TUTORIAL / "pictures"
PARTS = re.compile(r"<!-- ((?:fit|sweep|analysis|after) [a-z-]+) -->")
REQUEST = re.compile(r"```json\n(.*?)```\n", re.DOTALL)

Json = Mapping[str, Any]
"""An answer of the service."""


@dataclass(frozen=True)
class Lesson:
    """A page and its pictures, by name."""

    path: Path
    page: str
    pictures: dict[str, bytes]


def pages() -> dict[Path, str]:
    """Return the text of every lesson."""
    return {path: path.read_text() for path in LESSONS}


async def renewed(pages: Mapping[Path, str]) -> list[Lesson]:
    """Return the pages with a new answer to every request."""
    async with running() as client:
        return [await answered(client, path, page) for path, page in pages.items()]


async def answered(client: httpx.AsyncClient, path: Path, page: str) -> Lesson:
    """Return one page with a new answer to every request."""
    pictures = {}
    for name in PARTS.findall(page):
        asked = REQUEST.match(part(page, name))
        assert asked is not None
        kind, _, title = name.partition(" ")
        if kind == "fit":
            pictures[title] = await picture(client, asked[1])
            text = shown(title, words(pictures[title]))
        else:
            text = await table(client, kind, asked[1])
        page = with_part(page, name, asked[0] + text)
    return Lesson(path, page, pictures)


def shown(title: str, words: Mapping[str, str]) -> str:
    """Return the verdict and the picture of a fit, in Markdown."""
    return f"> {words['Title']}\n\n![{words['Description']}](pictures/{title}.png)\n"


async def table(client: httpx.AsyncClient, kind: str, asked: str) -> str:
    """Return the table of a sweep, of an analysis, or of the analysis after a fit."""
    path = "fit" if kind == "after" else kind
    answer = (await client.post(f"/{path}", json=json.loads(asked))).raise_for_status().json()
    return rows_of_sweep(answer) if kind == "sweep" else rows_of_analysis(answer)


def rows_of_sweep(answer: Json) -> str:
    """Return a table with a row for each rate."""
    rows = (
        (
            f"| {number(run['lr'])} | {number(run['loss'])} | {run['verdict']['rate']} | "
            f"{run['verdict']['reach']} |\n"
        )
        for run in answer["runs"]
    )
    return "\n| lr | last loss | rate | reach |\n|---:|---:|---|---|\n" + "".join(rows)


def rows_of_analysis(answer: Json) -> str:
    """Return a table with a row for each value of the analysis that is not null."""
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
    """Return the members of an object, which may be null, by the path to each."""
    return {f"{name}.{member}": value for member, value in (known[name] or {}).items()}


def written(value: float) -> str:
    """Return a number of steps in full, and other numbers with three digits."""
    return f"{value:,}" if isinstance(value, int) else number(value)


async def picture(client: httpx.AsyncClient, asked: str) -> bytes:
    """Return the picture of a fit, as PNG."""
    return (
        (await client.post("/fit", json=json.loads(asked), headers={"Accept": "image/png"}))
        .raise_for_status()
        .content
    )


def words(png: bytes) -> Mapping[str, str]:
    """Return the texts in a picture: machines round its pixels differently, but not its words."""
    image = Image.open(BytesIO(png))
    image.load()
    return {str(name): text for name, text in image.info.items() if isinstance(text, str)}


def holds(lessons: Sequence[Lesson]) -> bool:
    """Return whether the pages and all stored pictures agree with the answers of the service."""
    shown = {path.stem: path.read_bytes() for path in PICTURES.glob("*.png")}
    drawn = {name: png for lesson in lessons for name, png in lesson.pictures.items()}
    return (
        shown.keys() == drawn.keys()
        and all(same(dict(words(shown[name])), dict(words(drawn[name]))) for name in shown)
        and all(same(lesson.page, lesson.path.read_text()) for lesson in lessons)
    )


def main() -> None:
    """Write pages and pictures if an answer has changed."""
    lessons = asyncio.run(renewed(pages()))
    if holds(lessons):
        return
    for lesson in lessons:
        lesson.path.write_text(lesson.page)
        for name, drawn in lesson.pictures.items():
            (PICTURES / f"{name}.png").write_bytes(drawn)


if __name__ == "__main__":
    main()
