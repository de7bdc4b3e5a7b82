"""Query parameters: names that no request has, and wrong values."""

from typing import Any

import httpx
import pytest

from tests.support.streams import Json

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}


@pytest.mark.parametrize(
    ("method", "path", "detail"),
    [
        ("POST", "/fit/stream?fields=loss", "`fields`."),
        ("POST", "/fit?q=1", "`q`."),
        ("GET", "/jobs?stauts=queued", "`stauts`. Did you mean `status`?"),
        ("GET", "/jobs?offset=3", "`offset`. Known query parameters are status, after, limit."),
        ("GET", f"/jobs/{'0' * 26}/events?from=3", "`from`. Known query parameters are after."),
        ("GET", f"/jobs/{'0' * 26}?a=3", "`a`."),
    ],
)
def test_an_unknown_query_parameter_is_told(
    client: httpx.Client, method: str, path: str, detail: str
) -> None:
    answer = client.request(method, path, json=LECTURE if method == "POST" else None)

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")
    assert answer.json()["detail"] == f"Unknown query parameter {detail}"


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        (
            {"status": "finished"},
            "`status` must be one of queued, running, succeeded, failed, cancelled.",
        ),
        ({"limit": 101}, "`limit` must be less than or equal to 100."),
    ],
)
def test_a_wrong_query_parameter_is_told_what_was_expected(
    client: httpx.Client, query: dict[str, Any], detail: str
) -> None:
    assert client.get("/jobs", params=query).json()["detail"] == detail


def test_operations_ignore_query_parameters(client: httpx.Client) -> None:
    assert client.get("/livez?cache=0").status_code == 200
