"""Write the answer in README.md and the tables of docs/reference from the service."""

import asyncio
import json
import re
from pathlib import Path
from textwrap import fill

from pydantic.fields import FieldInfo

from scripts import reference
from scripts.answers import kept
from scripts.parts import part, with_part
from scripts.running import running
from service.api.limits import Limits
from service.api.problems import Code
from service.settings import Settings, variable

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
REFERENCE = ROOT / "docs" / "reference"
SENT = re.compile(r"--json '(.*?)'", re.DOTALL)
WIDTH = 100
LEFT_OUT = {"analysis", "best", "resolved", "scaled"}


def sent(readme: str) -> object:
    """Return the body that the curl command of the README sends."""
    found = SENT.search(readme)
    assert found is not None
    return json.loads(found[1])


def shown(readme: str) -> object:
    """Return the answer that the README shows."""
    return json.loads(part(readme, "answer").removeprefix("```json\n").removesuffix("```\n"))


async def answered(readme: str) -> object:
    """Return the answer of the service now, without the fields that the README omits."""
    async with running() as client:
        response = await client.post("/fit", json=sent(readme))
    return {
        name: value
        for name, value in response.raise_for_status().json().items()
        if name not in LEFT_OUT
    }


def renewed(readme: str, answer: object) -> str:
    """Return the README with a new answer. An answer that still holds keeps its digits."""
    text = laid_out(kept(shown(readme), answer))
    return with_part(readme, "answer", f"```json\n{text}\n```\n")


def laid_out(value: object, indent: str = "") -> str:
    """Return JSON with each object or list on one line if it fits."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= WIDTH:
        return line
    inner = indent + "  "
    if isinstance(value, list) and isinstance(value[0], dict):
        items = ",\n".join(inner + laid_out(each, inner) for each in value)
        return f"[\n{items}\n{indent}]"
    if isinstance(value, str):
        return line
    if not isinstance(value, dict):
        items = fill(line[1:-1], WIDTH, initial_indent=inner, subsequent_indent=inner)
        return f"[\n{items}\n{indent}]"
    members = ",\n".join(
        f'{inner}"{name}": {laid_out(each, inner)}' for name, each in value.items()
    )
    return f"{{\n{members}\n{indent}}}"


def settings() -> str:
    """Return the table of all settings."""
    rows = (
        f"| `{variable(name)}` | {_default(field)} | {_line(field)} |\n"
        for name, field in Settings.model_fields.items()
    )
    return "| Name | Default | Meaning |\n|---|---|---|\n" + "".join(rows)


def _line(field: FieldInfo) -> str:
    """Return the description of a field on one line, as a cell of a table needs it."""
    return " ".join((field.description or "").split())


def _default(field: FieldInfo) -> str:
    """Return the default as an operator would set it, or nothing if it depends on the machine."""
    if field.default_factory or field.default in {(), None}:
        return ""
    return f"`{json.dumps(field.default)}`".replace('"', "")


def limits() -> str:
    """Return the table of all limits by default, without those that depend on the number of
    workers.
    """
    one, two = (Limits.model_validate(Settings(workers=workers)).model_dump() for workers in (1, 2))
    fields = Limits.model_fields.items()
    rows = (
        f"| `{name}` | {one[name]:,} | {_line(field)} |\n"
        for name, field in fields
        if one[name] is not None and one[name] == two[name]
    )
    return "| limit | by default | |\n|---|---:|---|\n" + "".join(rows)


def problems() -> str:
    """Return the table of all problem codes."""
    rows = (f"| `{code}` | {code.status} | {code.summary} |\n" for code in Code)
    return "| Code | Status | Title |\n|---|---:|---|\n" + "".join(rows)


TABLES = {
    "settings": settings,
    "limits": limits,
    "problems": problems,
    "requests": reference.requests,
    "answers": reference.answers,
    "events": reference.events,
}
"""The generated part of each page of the reference, by the name of the part and of the page."""


def page(name: str) -> Path:
    """Return the page of the reference with the table of this name."""
    return REFERENCE / f"{name}.md"


def main() -> None:
    """Write the answer and the tables."""
    readme = README.read_text()
    README.write_text(renewed(readme, asyncio.run(answered(readme))))
    for name, table in TABLES.items():
        page(name).write_text(with_part(page(name).read_text(), name, table()))


if __name__ == "__main__":
    main()
