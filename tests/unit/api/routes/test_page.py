import gzip
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from tests.support.applications import application, client_in_process
from tests.support.exchange import Exchange
from tests.support.paths import WEB
from tests.support.time import instant

NAMED = {"/": WEB / "index.html", "/llms.txt": WEB / "llms.txt"}
FILES = sorted(set(WEB.iterdir()) - set(NAMED.values()))
SERVED = NAMED | {f"/page/{file.name}": file for file in FILES}
"""The files of the page by their paths."""
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
OUTSIDE = [
    "/page/../app.py",
    "/page/%2e%2e/app.py",
    "/page/%2e%2e%2fapp.py",
    "/page/..%5capp.py",
    "/page//etc/passwd",
    "/page/%2fetc%2fpasswd",
]
REFERENCES = {
    ".css": r"""url\(["']?([^"')]+)""",
    ".html": r"""(?:src|href)=["']?([^"'\s>]+)""",
    ".js": r"""(?:^import|\bfrom)\s+["']([^"']+)["'];$""",
    ".svg": r"""href=["']([^"']+)""",
    ".txt": r"""\]\((.*?)\)""",
}
OUTGOING = re.compile(r"""<a href="https:[^"]*"[^>]*>""")
"""Links that a person may follow. The page loads nothing from them."""
NAMESPACES = "http://www.w3.org/"
"""They look like addresses, and nobody asks there."""


Answers = dict[str, httpx.Response]


@pytest.fixture(scope="module")
def served() -> Iterable[Answers]:
    """The answers to a GET of every file of the page, by path."""
    with client_in_process() as client:
        yield {path: client.get(path) for path in SERVED}


def test_each_file_of_the_page_is_served_as_it_is_and_with_its_type(served: Answers) -> None:
    assert not [
        path
        for path, answer in served.items()
        if answer.status_code != 200
        or answer.content != SERVED[path].read_bytes()
        or answer.headers["Content-Type"] != TYPES[SERVED[path].suffix]
    ]


def test_each_file_of_the_page_may_ask_this_service_alone(served: Answers) -> None:
    headers = {
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-cache",
    }

    assert not [
        path
        for path, answer in served.items()
        if not headers.items() <= dict(answer.headers).items()
    ]


def test_head_describes_each_file_and_sends_none(client: httpx.Client, served: Answers) -> None:
    heads = {path: client.head(path) for path in SERVED}

    assert not [
        path
        for path, answer in heads.items()
        if (answer.status_code, answer.content, answer.headers["ETag"])
        != (200, b"", served[path].headers["ETag"])
    ]


def test_each_file_has_a_tag_of_its_own(served: Answers) -> None:
    assert len({answer.headers["ETag"] for answer in served.values()}) == len(SERVED)


def test_a_file_that_the_browser_has_is_not_sent_again(
    client: httpx.Client, served: Answers
) -> None:
    tags = {path: answer.headers["ETag"] for path, answer in served.items()}
    again = {path: client.get(path, headers={"If-None-Match": tags[path]}) for path in SERVED}

    assert not [
        path
        for path, answer in again.items()
        if (answer.status_code, answer.content) != (304, b"")
        or (answer.headers["ETag"], answer.headers["Cache-Control"]) != (tags[path], "no-cache")
    ]


def test_a_file_that_has_changed_is_sent(client: httpx.Client) -> None:
    assert client.get("/", headers={"If-None-Match": '"another"'}).status_code == 200


def test_the_page_travels_compressed_to_clients_that_accept_it(client: httpx.Client) -> None:
    compressed, plain = (
        client.get("/", headers={"Accept-Encoding": encoding}) for encoding in ("gzip", "identity")
    )

    assert (compressed.headers["Content-Encoding"], compressed.headers["Vary"]) == (
        "gzip",
        "Accept-Encoding",
    )
    assert "Content-Encoding" not in plain.headers
    assert compressed.content == plain.content


def test_an_answer_of_the_service_is_not_compressed(client: httpx.Client) -> None:
    answer = client.post(
        "/fit", json={"synthetic": {}, "seed": 42, "lr": 1e-5}, headers={"Accept-Encoding": "gzip"}
    )

    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("asked", ["bytes=0-1", "bytes=99999999-", "nonsense"])
def test_a_request_for_a_part_is_answered_with_the_whole(client: httpx.Client, asked: str) -> None:
    answer = client.get("/", headers={"Range": asked})

    assert (answer.status_code, answer.content) == (200, SERVED["/"].read_bytes())


@pytest.mark.parametrize(
    "path",
    [
        "/page",
        "/page/",
        "/page/nothing.js",
        "/page/index.html/more",
        "/page/%00",
        f"/page/{'long' * 100}",
    ],
)
def test_an_unknown_file_is_a_problem(client: httpx.Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_page_takes_nothing(client: httpx.Client) -> None:
    posted = {path: client.post(path, json={}) for path in SERVED}

    assert not [
        path
        for path, answer in posted.items()
        if (answer.status_code, answer.json()["code"]) != (405, "method_not_allowed")
        or set(answer.headers["Allow"].split(", ")) != {"GET", "HEAD"}
    ]


def test_no_path_leaves_the_folder() -> None:
    @instant
    async def test() -> None:
        async with application() as (app, _):
            answers = {path: await Exchange(app, "GET", path).begin().ended() for path in OUTSIDE}
            assert not [path for path, answer in answers.items() if answer.status != 404]

    test()


def test_the_contract_does_not_have_the_page(contract: dict[str, Any]) -> None:
    assert not [path for path in contract["paths"] if path == "/" or path.startswith("/page")]


def own(file: Path) -> str:
    """Return the text of a file without its outgoing links."""
    return OUTGOING.sub("", file.read_text())


def test_what_a_file_of_the_page_refers_to_is_there(client: httpx.Client) -> None:
    references = {
        urljoin(path, reference)
        for path, file in SERVED.items()
        for reference in re.findall(REFERENCES[file.suffix], own(file), re.MULTILINE)
    }

    assert "/page/app.js" in references
    assert not [path for path in references if client.get(path).status_code != 200]


def test_no_file_of_the_page_names_another_origin() -> None:
    addresses = {
        address
        for file in SERVED.values()
        for address in re.findall(r"""(?:https?:|["'(=])//[^"'`\s)>]*""", own(file))
    }

    assert not [address for address in addresses if not address.startswith(NAMESPACES)]


def test_the_whole_page_is_smaller_than_a_photo() -> None:
    """A browser loads all files but `llms.txt`, which is for programs."""
    assert (
        sum(len(gzip.compress(file.read_bytes())) for file in (WEB / "index.html", *FILES))
        < 120_000
    )
