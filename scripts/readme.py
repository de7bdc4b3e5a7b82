"""Writes what README.md and the operations take from the service."""

import asyncio
import json
import re
from pathlib import Path
from textwrap import fill

from pydantic.fields import FieldInfo

from scripts.answers import kept
from scripts.parts import part, with_part
from scripts.running import running
from service.api.routes.operations import Limits
from service.settings import VARIABLE_PREFIX, Settings

README = Path(__file__).parent.parent / "README.md"
OPERATIONS = README.parent / "docs" / "operations.md"
SENT = re.compile(r"--json '(.*?)'", re.DOTALL)
WIDTH = 100
LEFT_OUT = {"analysis", "best", "resolved", "scaled"}


def sent(readme: str) -> object:
    """The body that its curl command sends."""
    found = SENT.search(readme)
    assert found is not None
    return json.loads(found[1])


def shown(readme: str) -> object:
    """The answer that it shows."""
    return json.loads(part(readme, "answer").removeprefix("```json\n").removesuffix("```\n"))


async def answered(readme: str) -> object:
    """The answer that the service gives now, without what the README leaves to the contract."""
    async with running() as client:
        response = await client.post("/fit", json=sent(readme))
    return {
        name: value
        for name, value in response.raise_for_status().json().items()
        if name not in LEFT_OUT
    }


def renewed(readme: str, answer: object) -> str:
    """The README with its answer as it should be; one that still holds keeps its digits."""
    text = laid_out(kept(shown(readme), answer))
    return with_part(readme, "answer", f"```json\n{text}\n```\n")


def laid_out(value: object, indent: str = "") -> str:
    """JSON in which an object or a list stands on one line where it fits."""
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
    """The table of every setting."""
    rows = (
        f"| `{VARIABLE_PREFIX}{name.upper()}` | {_default(field)} | {_line(field)} |\n"
        for name, field in Settings.model_fields.items()
    )
    return "| Name | Default | Meaning |\n|---|---|---|\n" + "".join(rows)


def _line(field: FieldInfo) -> str:
    """The description of a field on one line: a cell of a table has no other."""
    return " ".join((field.description or "").split())


def _default(field: FieldInfo) -> str:
    """As it would be set; nothing where the default depends on the machine, or is nothing."""
    if field.default_factory or field.default in {(), None}:
        return ""
    return f"`{json.dumps(field.default)}`".replace('"', "")


def limits() -> str:
    """The table of every limit as it is by default; what depends on the number of workers is left
    out.
    """
    one, two = (Limits.of(Settings(workers=workers)).model_dump() for workers in (1, 2))
    fields = Limits.model_fields.items()
    rows = (
        f"| `{name}` | {one[name]:,} | {_line(field)} |\n"
        for name, field in fields
        if one[name] is not None and one[name] == two[name]
    )
    return "| limit | by default | |\n|---|---:|---|\n" + "".join(rows)


def operations(document: str) -> str:
    """The operations with their tables as they should be."""
    return with_part(with_part(document, "settings", settings()), "limits", limits())


def main() -> None:
    """Writes both."""
    readme = README.read_text()
    README.write_text(renewed(readme, asyncio.run(answered(readme))))
    OPERATIONS.write_text(operations(OPERATIONS.read_text()))


if __name__ == "__main__":
    main()
