import gzip
import re
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.server import Server

FOLDER = Path(__file__).parents[2] / "service" / "web"
FILES = sorted(file for file in FOLDER.iterdir() if file.name != "index.html")
SERVED = {"/": FOLDER / "index.html"} | {f"/page/{file.name}": file for file in FILES}
"""The files of the page by their paths."""
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
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
}
NAMESPACES = "http://www.w3.org/"
"""They look like addresses, and nobody asks there."""


def raw(server: Server, path: str) -> int:
    """The status of a path that is sent as it stands: httpx would resolve its dots."""
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("path", SERVED)
def test_a_file_of_the_page_is_served_as_it_is_and_with_its_type(
    client: httpx.Client, path: str
) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.content) == (200, SERVED[path].read_bytes())
    assert answer.headers["Content-Type"] == TYPES[SERVED[path].suffix]


@pytest.mark.parametrize("path", SERVED)
def test_a_file_of_the_page_may_ask_this_service_alone(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers

    assert headers["Content-Security-Policy"] == POLICY
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == (
        "nosniff",
        "no-referrer",
    )


@pytest.mark.parametrize("path", SERVED)
def test_head_tells_of_a_file_and_sends_none(client: httpx.Client, path: str) -> None:
    answer = client.head(path)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"] == client.get(path).headers["ETag"]


@pytest.mark.parametrize("path", SERVED)
def test_a_file_that_the_browser_has_is_not_sent_again(client: httpx.Client, path: str) -> None:
    first = client.get(path)

    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert (again.headers["ETag"], again.headers["Cache-Control"]) == (
        first.headers["ETag"],
        "no-cache",
    )


def test_a_file_that_has_changed_is_sent(client: httpx.Client) -> None:
    assert client.get("/", headers={"If-None-Match": '"another"'}).status_code == 200


def test_the_page_travels_compressed_to_who_can_read_it(client: httpx.Client) -> None:
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
def test_whoever_asks_for_a_part_is_given_the_whole(client: httpx.Client, asked: str) -> None:
    assert client.get("/", headers={"Range": asked}).content == SERVED["/"].read_bytes()


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


@pytest.mark.parametrize("path", SERVED)
def test_the_page_takes_nothing(client: httpx.Client, path: str) -> None:
    answer = client.post(path, json={})

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leaves_the_folder(server: Server, path: str) -> None:
    assert raw(server, path) == 404


def test_the_contract_does_not_have_the_page(client: httpx.Client) -> None:
    assert not {
        path
        for path in client.get("/openapi.json").json()["paths"]
        if path == "/" or path.startswith("/page")
    }


@pytest.mark.parametrize("path", SERVED)
def test_what_a_file_of_the_page_refers_to_is_there(client: httpx.Client, path: str) -> None:
    for reference in re.findall(
        REFERENCES[SERVED[path].suffix], SERVED[path].read_text(), re.MULTILINE
    ):
        assert client.get(urljoin(path, reference)).status_code == 200, reference


@pytest.mark.parametrize("path", SERVED)
def test_a_file_of_the_page_names_no_other_origin(path: str) -> None:
    addresses = re.findall(r"""(?:https?:|["'(=])//[^"'`\s)>]*""", SERVED[path].read_text())

    assert all(address.startswith(NAMESPACES) for address in addresses)


def test_the_whole_page_is_smaller_than_a_photo() -> None:
    assert sum(len(gzip.compress(file.read_bytes())) for file in SERVED.values()) < 100_000
