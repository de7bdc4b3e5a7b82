"""Jobs about the points of other jobs."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.applications import Client, client_in_process
from tests.support.streams import Json, timeless
from tests.unit.api.routes.test_file_requests import CSV, FILES, FRAME, sent
from tests.unit.api.routes.test_job_files import created, events, result

QUARTERS = [FRAME[start : start + 50] for start in range(0, 200, 50)]


@pytest.fixture
def held() -> Iterator[Client]:
    """A client of an application in which no job goes on."""
    with client_in_process() as client:
        client.inside.job_pool.hold()
        yield client


@pytest.fixture(scope="module")
def parts(client: httpx.Client) -> list[str]:
    """The jobs of four files in several formats, which have their factors."""
    jobs = [
        created(client, FILES[kind](quarter), kind, include=["factor"])
        for kind, quarter in zip(FILES, QUARTERS, strict=False)
    ]
    for job_id in jobs:
        events(client, job_id)
    return jobs


def asked(client: httpx.Client, parts: object, **settings: object) -> httpx.Response:
    body: Json = {"data": {"parts": parts}, "seed": 42, "steps": 10} | settings
    return client.post("/jobs", json=body)


def refused(answer: httpx.Response) -> tuple[int, str, str]:
    problem = answer.json()
    return answer.status_code, problem["code"], problem["errors"][0]["pointer"]


def test_the_points_of_several_jobs_are_added_up(client: httpx.Client, parts: list[str]) -> None:
    job = asked(client, parts).json()

    found = result(client, job["id"])

    whole = timeless(sent(client, "/fit", FILES[CSV](FRAME)).json())
    assert found["losses"] == pytest.approx(whole["losses"], rel=1e-12)
    assert found["data_used"]["points"] == 199


def test_the_points_of_several_jobs_can_be_swept(client: httpx.Client, parts: list[str]) -> None:
    settings: Json = {"lrs": [1e-7, 1e-6]}

    job = asked(client, parts, kind="sweep", **settings).json()

    runs = result(client, job["id"])["runs"]
    whole = sent(client, "/sweep", FILES[CSV](FRAME), **settings).json()["runs"]
    assert [run["loss"] for run in runs] == pytest.approx([run["loss"] for run in whole], rel=1e-12)


def test_a_part_that_does_not_exist_is_named(client: httpx.Client, parts: list[str]) -> None:
    answer = asked(client, [parts[0], "0" * 26])

    assert refused(answer) == (422, "unknown_value", "/data/parts/1")


def test_a_part_that_has_not_ended_is_named(held: Client) -> None:
    waiting = created(held, include=["factor"])

    assert refused(asked(held, [waiting])) == (409, "not_finished", "/data/parts/0")


def test_a_part_without_a_factor_is_named(client: httpx.Client, parts: list[str]) -> None:
    job_id = created(client)
    events(client, job_id)

    assert refused(asked(client, [*parts, job_id])) == (422, "unknown_value", "/data/parts/4")


def test_a_part_that_failed_is_named(client: httpx.Client) -> None:
    job_id = created(client, b"t,y\n1,x\n", include=["factor"])
    events(client, job_id)

    assert refused(asked(client, [job_id])) == (422, "unknown_value", "/data/parts/0")


def test_a_factor_that_knows_too_little_is_named_by_its_part(
    client: httpx.Client, parts: list[str]
) -> None:
    answer = asked(client, parts, model={"degree": 5})

    assert refused(answer) == (422, "out_of_range", "/data/parts/0")


@pytest.mark.parametrize(
    ("parts", "code", "pointer"),
    [
        ([], "too_few_items", "/data/parts"),
        (["a"] * 101, "too_many_items", "/data/parts"),
        ("a", "wrong_type", "/data/parts"),
        ([1], "wrong_type", "/data/parts/0"),
    ],
)
def test_parts_are_a_list_of_ids(
    client: httpx.Client, parts: object, code: str, pointer: str
) -> None:
    assert refused(asked(client, parts)) == (422, code, pointer)


def test_what_needs_all_points_is_rejected_in_the_words_of_the_caller(
    client: httpx.Client, parts: list[str]
) -> None:
    answer = asked(client, parts, solver="loop")

    assert refused(answer) == (422, "conflicting_fields", "/solver")
    detail = "The loop would need each of the points, and `parts` have only their sums."
    assert answer.json()["detail"] == answer.json()["errors"][0]["detail"] == detail


@pytest.mark.parametrize("levels", [220, 500])
@pytest.mark.parametrize("place", ["body", "data"])
def test_a_body_that_is_nested_too_deeply_is_malformed(
    client: httpx.Client, parts: list[str], place: str, levels: int
) -> None:
    deep = "[" * levels + "]" * levels
    data = f'"parts": ["{parts[0]}"]' + (f', "deep": {deep}' if place == "data" else "")
    body = f'{{"data": {{{data}}}' + (f', "deep": {deep}}}' if place == "body" else "}")

    answer = client.post("/jobs", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


def test_parts_are_only_in_jobs(client: httpx.Client, parts: list[str]) -> None:
    answer = client.post("/fit", json={"data": {"parts": parts}})

    assert refused(answer)[1] == "unknown_field"
