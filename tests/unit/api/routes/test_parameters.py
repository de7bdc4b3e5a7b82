"""Query parameters: `fields`, and names that no request has."""

from typing import Any

import httpx
import pytest

from tests.support.streams import Json, timeless

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
ASKED: dict[str, Json] = {
    "/fit": LECTURE,
    "/sweep": {"synthetic": {}, "seed": 42, "lrs": [1e-6, 1e-5]},
    "/analysis": LECTURE,
}
MEMBERS = {
    "/fit": ["params", "converged", "losses"],
    "/sweep": ["runs", "best"],
    "/analysis": ["optimum", "verdict"],
}


@pytest.mark.parametrize("path", ASKED)
def test_only_the_chosen_members_are_answered(client: httpx.Client, path: str) -> None:
    whole = client.post(path, json=ASKED[path]).json()

    answer = client.post(path, json=ASKED[path], params={"fields": ",".join(MEMBERS[path])}).json()

    assert answer == {name: whole[name] for name in MEMBERS[path]}


def test_chosen_members_are_in_the_order_of_the_answer(client: httpx.Client) -> None:
    whole = client.post("/fit", json=LECTURE).json()

    answer = client.post("/fit?fields=losses,loss,params", json=LECTURE).json()

    assert [*answer] == [name for name in whole if name in answer] == ["params", "loss", "losses"]


def test_members_that_do_not_apply_are_absent(client: httpx.Client) -> None:
    answer = client.post("/fit?fields=predictions_at,diverged_at,converged", json=LECTURE).json()

    assert answer == {"converged": False}


def test_the_time_of_the_computation_is_a_member(client: httpx.Client) -> None:
    assert [*client.post("/fit?fields=elapsed_ms", json=LECTURE).json()] == ["elapsed_ms"]


def test_repeated_parameters_are_joined(client: httpx.Client) -> None:
    answer = client.post("/fit?fields=loss&fields=params", json=LECTURE).json()

    assert [*answer] == ["params", "loss"]


def test_a_picture_has_no_members_to_choose(client: httpx.Client) -> None:
    headers = {"Accept": "image/svg+xml"}

    answer = client.post("/fit?fields=loss", json=LECTURE, headers=headers)

    assert answer.headers["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize("names", ["params,converged", "losses", "steps,losses"])
def test_a_result_of_a_job_has_only_the_chosen_members(client: httpx.Client, names: str) -> None:
    job = client.post("/jobs", json=LECTURE).headers["Location"]
    client.get(f"{job}/events")
    whole = client.get(f"{job}/result").json()

    answer = client.get(f"{job}/result", params={"fields": names}).json()

    assert answer == {name: whole[name] for name in names.split(",")}
    assert timeless(whole) == timeless(client.post("/fit", json=LECTURE).json())


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ("parms", "`fields`: Unknown member `parms`. Did you mean `params`?"),
        ("params,converge", "`fields`: Unknown member `converge`. Did you mean `converged`?"),
        ("x", "`fields`: Unknown member `x`. Known members: params, scaled,"),
        ("zz", "`fields`: Unknown member `zz`. Known members: params, scaled,"),
        ("<b>", "`fields`: Unknown member. Known members: params, scaled,"),
        ("", "`fields`: Unknown member. Known members: params, scaled,"),
        ("params,", "`fields`: Unknown member. Known members: params, scaled,"),
        ("verdict.rate", "`fields`: Unknown member. Known members: params, scaled,"),
    ],
)
def test_an_unknown_member_is_told_with_the_known_ones(
    client: httpx.Client, fields: str, detail: str
) -> None:
    answer = client.post("/fit", json=LECTURE, params={"fields": fields})

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_value")
    assert answer.json()["detail"].startswith(detail)


def test_a_sweep_has_the_members_of_a_sweep(client: httpx.Client) -> None:
    answer = client.post("/sweep?fields=params", json=ASKED["/sweep"])

    assert "Known members: runs, best, exact, resolved, data_used, elapsed_ms." in answer.text


@pytest.mark.parametrize(
    ("method", "path", "detail"),
    [
        ("POST", "/fit?feilds=loss", "`feilds`. Did you mean `fields`?"),
        ("POST", "/sweep?fieldz=loss", "`fieldz`. Did you mean `fields`?"),
        ("POST", "/fit/stream?fields=loss", "`fields`. Known query parameters: options."),
        ("POST", "/fit?q=1", "`q`. Known query parameters: fields, options."),
        ("GET", "/jobs?stauts=queued", "`stauts`. Did you mean `status`?"),
        ("GET", "/jobs?offset=3", "`offset`. Known query parameters: status, after, limit."),
        ("GET", f"/jobs/{'0' * 26}/events?from=3", "`from`. Known query parameters: after."),
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
