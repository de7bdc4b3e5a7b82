"""The promises in the documents are those that are tested."""

import re
from xml.etree.ElementTree import fromstring

import pytest

from scripts.parts import part
from tests.support.paths import ROOT
from tests.system.promises.table import KEPT, PROMISES, rows, title

DOCUMENT = (ROOT / "docs" / "explanation" / "promises.md").read_text()
ROWS = re.findall(r"^\| (\d+) \| (.*?) \| (.*) \| (.*?) \|$", part(DOCUMENT, "table"), re.MULTILINE)
GOOD = """
<testcase classname="tests.system.promises.test_14_the_same_request_gives_the_same_answer">
  <properties><property name="figure" value="1000 answers"/></properties>
</testcase>"""


def test_every_promise_was_kept_in_the_last_run() -> None:
    assert [(int(number), promise) for number, promise, _, _ in ROWS] == [
        title(file) for file in PROMISES
    ]
    assert {verdict for *_, verdict in ROWS} == {KEPT}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("", "pass"),
        ("<failure/>", "FAIL"),
        ("<error/>", "FAIL"),
        ("<skipped/>", "1 skipped"),
    ],
)
def test_a_promise_is_kept_where_all_its_tests_pass(other: str, expected: str) -> None:
    report = fromstring(
        f"<testsuite>{GOOD}{GOOD.replace('<properties>', f'{other}<properties>')}</testsuite>"
    )

    found = {
        number: (measured, verdict)
        for number, _, measured, verdict in rows(report.iter("testcase"))
    }

    assert found[14] == ("1000 answers<br>1000 answers<br>2 tests", expected)
    assert {verdict for number, (_, verdict) in found.items() if number != 14} == {"not run"}


def test_every_promise_says_what_is_asked() -> None:
    numbered = re.findall(r"^\| (\d+) \| [^|]+ \|$", DOCUMENT, re.MULTILINE)

    assert [int(number) for number in numbered] == [title(file)[0] for file in PROMISES]
