"""The document, and Swagger UI to read it, from this service alone."""

import re
from base64 import b64encode
from hashlib import sha256
from urllib.parse import urljoin

import httpx
import pytest

FILES = {
    "/docs": "text/html; charset=utf-8",
    "/docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "/docs/swagger-ui.css": "text/css; charset=utf-8",
    "/openapi.json": "application/json",
}


@pytest.mark.parametrize("path", FILES)
def test_each_file_has_its_type(client: httpx.Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, FILES[path])


@pytest.mark.parametrize("path", FILES)
def test_each_file_answers_to_head(client: httpx.Client, path: str) -> None:
    answer = client.head(path)

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", FILES)
def test_a_file_that_the_browser_has_is_not_sent_again(client: httpx.Client, path: str) -> None:
    tag = client.get(path).headers["ETag"]

    again = client.get(path, headers={"If-None-Match": tag})

    assert (again.status_code, again.headers["Cache-Control"]) == (304, "no-cache")


@pytest.mark.parametrize("path", FILES)
def test_each_file_travels_compressed(client: httpx.Client, path: str) -> None:
    assert client.get(path).headers["Content-Encoding"] == "gzip"


def test_the_page_reads_the_document_of_its_own_service(client: httpx.Client) -> None:
    page = client.get("/docs").text

    assert re.findall(r"url: '([^']*)'", page) == ["openapi.json"]
    assert "<title>Coaster</title>" in page


def test_the_page_refers_to_files_of_its_own_service(client: httpx.Client) -> None:
    references = re.findall(r"""(?:src|href)=["']([^"']+)""", client.get("/docs").text)

    assert len(references) == 3
    assert [
        reference
        for reference in references
        if client.get(urljoin("/docs", reference)).status_code != 200
    ] == []


def test_the_policy_of_the_page_allows_its_own_script_and_no_other_service(
    client: httpx.Client,
) -> None:
    page = client.get("/docs")
    (script,) = re.findall("<script>(.*?)</script>", page.text, re.DOTALL)
    allowed = b64encode(sha256(script.encode()).digest()).decode()

    policy = page.headers["Content-Security-Policy"]

    assert f"script-src 'self' 'sha256-{allowed}'" in policy
    assert "default-src 'none'" in policy
    assert not re.search("http|unsafe|[*]", policy)


@pytest.mark.parametrize("name", ["swagger-ui.css.map", "main.py", "%2e%2e%2fmain.py"])
def test_no_other_file_of_the_package_is_served(client: httpx.Client, name: str) -> None:
    assert client.get(f"/docs/{name}").status_code == 404
