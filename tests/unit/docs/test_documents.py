"""The documents name what exists, and their generated parts are those of the code."""

import json
import re
from pathlib import Path

import pytest

from scripts.parts import part
from scripts.readme import README, REFERENCE, TABLES, page, renewed, shown
from tests.support.paths import ROOT

TEXT = README.read_text()
DOCS = ROOT / "docs"
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
INDEXES = [README, DOCS / "README.md", DOCS / "explanation" / "decisions" / "README.md"]
MAKEFILE = (ROOT / "Makefile").read_text()
CONTRACT = json.loads((ROOT / "openapi" / "openapi.json").read_text())
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def path_of(document: Path) -> str:
    """Return the path of a document in the repository."""
    return str(document.relative_to(ROOT))


def links(document: Path) -> list[tuple[Path, str]]:
    """Return the file and the heading of each link to a document or another file."""
    return [
        ((document.parent / file).resolve() if file else document, heading)
        for file, heading in LINK.findall(document.read_text())
    ]


def headings(document: Path) -> set[str]:
    """Return the headings of a document as they appear in links."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in HEADING.findall(document.read_text())
    }


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_the_reference_is_that_of_the_service(name: str) -> None:
    assert part(page(name).read_text(), name) == TABLES[name]()


def test_an_answer_that_still_holds_changes_nothing() -> None:
    assert renewed(TEXT, shown(TEXT)) == TEXT


def test_an_answer_that_no_longer_holds_is_replaced() -> None:
    answer = shown(TEXT)
    assert isinstance(answer, dict)
    changed = answer | {"loss": 2 * answer["loss"]}

    assert shown(renewed(TEXT, changed)) == changed


def test_the_readme_fits_on_a_screen() -> None:
    assert len(TEXT.split()) <= 800


def test_every_endpoint_of_the_contract_is_in_the_reference() -> None:
    endpoints = (REFERENCE / "endpoints.md").read_text()
    rows = re.findall(r"^\| (`[A-Z]+(?: /|`,).*?) \|", endpoints, re.MULTILINE)
    named = {path for row in rows for path in re.findall(r"/[a-z]\S*?(?=[`,])", row)}

    assert CONTRACT["paths"].keys() - named == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=path_of)
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    found = links(document)

    assert [file for file, _ in found if not file.exists()] == []
    assert [
        (file, heading)
        for file, heading in found
        if heading and file.suffix == ".md" and heading not in headings(file)
    ] == []


def test_every_document_is_in_an_index() -> None:
    listed = {file for index in INDEXES for file, _ in links(index)}

    assert set(DOCUMENTS) - listed == {README}


@pytest.mark.parametrize("document", DOCUMENTS, ids=path_of)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    command = re.compile(r"(?:^|`)make ([a-z-]+)(?=`|$| [A-Z])", re.MULTILINE)
    named = set(command.findall(document.read_text()))
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))

    assert named - targets == set()
