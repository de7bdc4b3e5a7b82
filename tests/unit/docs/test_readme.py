"""What the README names exists, and its generated parts are those of the code."""

import json
import re

from scripts.parts import part
from scripts.readme import OPERATIONS, limits, renewed, settings, shown
from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
CONTRACT = json.loads((ROOT / "openapi" / "openapi.json").read_text())


def test_its_settings_are_the_services() -> None:
    assert part(OPERATIONS.read_text(), "settings") == settings()


def test_its_limits_are_the_services() -> None:
    assert part(OPERATIONS.read_text(), "limits") == limits()


def test_an_answer_that_still_holds_changes_nothing() -> None:
    assert renewed(README, shown(README)) == README


def test_an_answer_that_no_longer_holds_is_replaced() -> None:
    answer = shown(README)
    assert isinstance(answer, dict)
    changed = answer | {"loss": 2 * answer["loss"]}

    assert shown(renewed(README, changed)) == changed


def test_every_endpoint_of_the_contract_is_in_its_table() -> None:
    rows = re.findall(r"^\| (`[A-Z]+(?: /|`,).*?) \|", README, re.MULTILINE)
    named = {path for row in rows for path in re.findall(r"/[a-z]\S*?(?=[`,])", row)}

    assert CONTRACT["paths"].keys() - named == set()


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)

    assert links != []
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_make_target_it_names_exists() -> None:
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))

    assert named != set()
    assert named - targets == set()
