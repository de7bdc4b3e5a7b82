"""Jobs of each kind of question, in this process."""

import json

import httpx
import numpy as np
import pytest

from tests.support.streams import NDJSON, Json, ndjson, sse, timeless

POINTS: Json = {"data": {"t": [3.0, 1.0, 2.0, 5.0], "y": [1.0, 4.0, 2.0, 8.0]}}
FIT: Json = POINTS | {"kind": "fit", "seed": 1}
SWEEP: Json = {"kind": "sweep", "synthetic": {}, "seed": 42, "lrs": [1e-6, 1e-5, 1], "steps": 20}
SERIES: Json = {
    "kind": "series",
    "seed": 42,
    "steps": 50,
    "at": [1, 2],
    "include": ["losses", "messages"],
    "t": [0, 1, 2, 3],
    "y": [[1, 2, number, 4] for number in range(500)] + [[1, None, None, 2]],
}
"""Series whose rows come in several blocks, and one that has too few points."""
FACTOR: Json = {
    "points": 2,
    "degree": 2,
    "extent": [0, 2],
    "mean": 1,
    "scale": 1,
    "nodes": [0, 2],
    "level": 0,
    "triangle": [[1.5, 1, 3], [1, 2], [0]],
}
FACTORS: Json = {"kind": "fit", "seed": 1, "data": {"factors": [FACTOR, FACTOR]}}
LISTED: Json = {"kind": "series", "seed": 42, "series": [{"id": "one", **POINTS["data"]}]}
QUESTIONS = {
    "fit": FIT,
    "factors": FACTORS,
    "sweep": SWEEP,
    "series": SERIES,
    "listed series": LISTED,
}


def asked(body: Json) -> Json:
    """The same question without what only a job has."""
    return {name: value for name, value in body.items() if name != "kind"}


def ended(client: httpx.Client, body: Json) -> Json:
    """A job of this body, when it has ended."""
    created = client.post("/jobs", json=body)
    assert created.status_code == 202, created.text
    client.get(f"/jobs/{created.json()['id']}/events").raise_for_status()
    job: Json = client.get(f"/jobs/{created.json()['id']}").json()
    assert job["status"] == "succeeded", job
    return job


@pytest.mark.parametrize("body", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_the_result_of_a_job_is_the_answer_to_its_question(
    client: httpx.Client, body: Json
) -> None:
    job = ended(client, body)
    answer = client.post(f"/{body['kind']}", json=asked(body))

    result = client.get(f"/jobs/{job['id']}/result")

    assert timeless(result.json()) == timeless(answer.json())


@pytest.mark.parametrize("kind", ["fit", "sweep", "series"])
def test_a_job_and_a_list_of_jobs_name_its_kind(client: httpx.Client, kind: str) -> None:
    job = ended(client, QUESTIONS[kind])

    listed = client.get("/jobs", params={"limit": 1}).json()["data"]

    assert (job["kind"], [each["kind"] for each in listed]) == (kind, [kind])


def test_a_job_without_a_kind_is_a_fit(client: httpx.Client) -> None:
    assert ended(client, asked(FIT))["kind"] == "fit"


def test_a_sweep_has_its_last_event_alone(client: httpx.Client) -> None:
    job = ended(client, SWEEP)

    (done,) = ndjson(client.get(f"/jobs/{job['id']}/events", headers={"Accept": NDJSON}).content)

    answer = client.post("/sweep", json=asked(SWEEP)).json()
    assert done["type"] == "done"
    assert timeless(done["result"]) == timeless(answer)


def test_the_events_of_series_are_those_of_their_stream(client: httpx.Client) -> None:
    job = ended(client, SERIES)

    logged = client.get(f"/jobs/{job['id']}/events", headers={"Accept": NDJSON}).content

    streamed = client.post("/series", json=asked(SERIES), headers={"Accept": NDJSON}).content
    assert len(ndjson(logged)) > 2
    assert ndjson(logged)[:-1] == ndjson(streamed)[:-1]
    assert timeless(ndjson(logged)[-1]["result"]) == timeless(ndjson(streamed)[-1]["result"])


@pytest.mark.parametrize("inside", [0, 1])
def test_events_of_series_begin_with_the_block_after_the_row(
    client: httpx.Client, inside: int
) -> None:
    job = ended(client, SERIES)
    path = f"/jobs/{job['id']}/events"
    first, second, *_ = sse(client.get(path).content)
    assert first.id is not None

    begun = sse(client.get(path, headers={"Last-Event-ID": str(first.id + inside)}).content)

    assert begun[0] == second


def test_the_progress_of_series_is_in_rows(client: httpx.Client) -> None:
    job = ended(client, SERIES)

    assert job["progress"] == {"steps_done": 501, "steps": 501}


def test_the_points_of_series_are_not_sent_back(client: httpx.Client) -> None:
    job = ended(client, LISTED)

    assert job["request"] == {"kind": "series", "seed": 42}


def test_members_of_the_result_of_series_can_be_chosen(client: httpx.Client) -> None:
    job = ended(client, SERIES)

    result = client.get(f"/jobs/{job['id']}/result", params={"fields": "loss,problems"}).json()

    assert [*result] == ["loss", "problems"]
    assert len(result["loss"]) == 501


def test_series_can_have_metadata(client: httpx.Client) -> None:
    job = ended(client, LISTED | {"metadata": {"who": "me"}})

    assert job["metadata"] == {"who": "me"}


@pytest.mark.parametrize("kind", ["sweeps", 3, ["fit"], {}, ""])
def test_an_unknown_kind_is_rejected_with_the_known_ones(
    client: httpx.Client, kind: object
) -> None:
    answer = client.post("/jobs", json=FIT | {"kind": kind}).json()

    assert answer["code"] == "unknown_value"
    assert answer["errors"][0]["pointer"] == "/kind"
    assert "`kind` must be one of fit, sweep, series." in answer["errors"][0]["detail"]


def test_a_kind_that_is_null_is_absent(client: httpx.Client) -> None:
    assert ended(client, FIT | {"kind": None})["kind"] == "fit"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (SWEEP | {"lrs": []}, "/lrs", "too_few_items"),
        (SERIES | {"steps": 0}, "/steps", "out_of_range"),
        (LISTED | {"series": [{"t": [1], "y": ["1"]}]}, "/series/0/y/0", "wrong_type"),
        (SERIES | {"series": LISTED["series"]}, "", "conflicting_fields"),
    ],
)
def test_a_mistake_is_reported_as_for_the_question_itself(
    client: httpx.Client, body: Json, pointer: str, code: str
) -> None:
    mistake = client.post("/jobs", json=body).json()["errors"][0]

    assert (mistake["pointer"], mistake["code"]) == (pointer, code)
    assert mistake == client.post(f"/{body['kind']}", json=asked(body)).json()["errors"][0]


@pytest.mark.parametrize("kind", ["fit", "sweep", "series"])
def test_nan_is_reported_as_for_the_question_itself(client: httpx.Client, kind: str) -> None:
    headers = {"Content-Type": "application/json"}
    body = QUESTIONS[kind] | {"at": [np.nan]}

    answer = client.post("/jobs", content=json.dumps(body), headers=headers)

    expected = client.post(f"/{kind}", content=json.dumps(asked(body)), headers=headers)
    assert answer.json()["errors"][0] == expected.json()["errors"][0]


def test_a_body_that_is_no_json_is_malformed(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}

    answer = client.post("/jobs", content=b'{"kind": "sweep"', headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


def test_large_series_are_read_as_series_are(client: httpx.Client) -> None:
    many = SERIES | {"include": [], "y": [[1, 2, 3, number] for number in range(6_000)]}
    assert len(json.dumps(many)) > 64 * 1024

    assert ended(client, many)["progress"]["steps"] == 6_000


def test_the_result_of_series_has_its_limit(client: httpx.Client) -> None:
    many = SERIES | {"steps": 9_000, "include": ["losses"]}

    answer = client.post("/jobs", json=many)

    assert (answer.status_code, answer.json()["code"]) == (422, "answer_too_large")


@pytest.mark.parametrize("kind", ["fit", "series"])
def test_a_large_body_with_too_many_lists_is_rejected_before_it_is_read(
    client: httpx.Client, kind: str
) -> None:
    body = f'{{"kind": "{kind}", "y": [{"[]," * 100_000}[]]}}'

    answer = client.post("/jobs", content=body, headers={"Content-Type": "application/json"}).json()

    assert (answer["code"], answer["limit"]) == ("too_many_items", 51_000)


def test_a_large_fit_has_the_limit_of_values_of_a_fit(client: httpx.Client) -> None:
    many = FIT | {"at": list(range(250_000))}

    answer = client.post("/jobs", json=many).json()

    assert (answer["code"], answer["limit"]) == ("too_many_items", 200_000)
