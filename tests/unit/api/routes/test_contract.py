"""The document and the page to read it."""

import re

import httpx


def test_the_document_is_read_on_a_page(client: httpx.Client) -> None:
    page = client.get("/docs")

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert re.findall(r"url: '([^']*)'", page.text) == ["openapi.json"]
    assert "<title>Coaster</title>" in page.text


def test_the_document_and_its_page_answer_to_head(client: httpx.Client) -> None:
    assert [client.head(path).status_code for path in ("/openapi.json", "/docs")] == [200, 200]
