"""The promises in the documents are those that are tested."""

import re
from pathlib import Path

from scripts.parts import part
from tests.promises.table import PROMISES, title

DOCUMENT = (Path(__file__).parents[2] / "docs" / "promises.md").read_text()
ROWS = re.findall(r"^\| (\d+) \| (.*?) \| (.*) \| (.*?) \|$", part(DOCUMENT, "table"), re.MULTILINE)


def test_every_promise_is_in_the_table_of_the_last_run() -> None:
    assert [(int(number), promise) for number, promise, _, _ in ROWS] == [title(file) for file in PROMISES]


def test_every_promise_says_what_is_asked() -> None:
    told = re.findall(r"^\| (\d+) \| [^|]+ \|$", DOCUMENT, re.MULTILINE)

    assert [int(number) for number in told] == list(range(1, len(PROMISES) + 1))
