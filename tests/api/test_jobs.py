import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.server import Server, serving
from tests.streams import NDJSON, Json, folded, ndjson, sse, timeless

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
LONG: Json = LECTURE | {"steps": 300_000, "solver": "loop"}
THIRD: Json = {"fraction": 0.3, "split": "interleaved"}
FITS: dict[str, Json] = {
    "the lecture": LECTURE,
    "its own arithmetic": LECTURE | {"precision": "float32"},
    "points posted": {"data": {"t": [3.0, 1.0, 2.0, 5.0], "y": [1.0, 4.0, 2.0, 8.0]}, "seed": 1},
    "many steps": LECTURE | {"steps": 9_999},
    "thinned": LECTURE | {"steps": 100, "record_every": 7},
    "diverging": LECTURE | {"lr": 1e-3, "steps": 1000, "record_every": 37},
    "a start given": LECTURE | {"init": {"a": 1, "b": 2, "c": 3}},
    "all that there is": LECTURE
    | {"include": ["params", "gradients", "predictions", "data"], "validation": THIRD, "at": [1]},
    "stopped": LECTURE | {"steps": 1000, "stop": {"gap": 669.695}},
}


def made(client: httpx.Client, body: Json, **headers: str) -> Json:
    answer = client.post("/jobs", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    job: Json = answer.json()
    return job


def ended(client: httpx.Client, body: Json) -> Json:
    """A job of this body, when it has ended."""
    return until(
        client, made(client, body)["id"], lambda job: job["status"] not in {"queued", "running"}
    )


def until(client: httpx.Client, job_id: str, holds: Callable[[Json], bool]) -> Json:
    """The job when this holds of it."""
    deadline = time.monotonic() + 60  # a job stands back for all that runs beside it
    while not holds(job := client.get(f"/jobs/{job_id}").json()):
        assert time.monotonic() < deadline, job
        time.sleep(0.01)
    read: Json = job
    return read


@pytest.fixture
def running(client: httpx.Client) -> Iterator[str]:
    """A job that has told some steps, and runs until the test has ended."""
    job_id = made(client, LONG)["id"]
    until(client, job_id, lambda job: job["progress"]["steps_done"] > 0)
    yield job_id
    client.post(f"/jobs/{job_id}/cancel")


def test_a_new_job_is_accepted_with_its_place(client: httpx.Client) -> None:
    answer = client.post("/jobs", json=LECTURE | {"metadata": {"who": "me"}})

    job = answer.json()
    assert (answer.status_code, answer.headers["location"], answer.headers["retry-after"]) == (
        202,
        f"/jobs/{job['id']}",
        "1",
    )
    assert (job["status"], job["progress"], job["metadata"]) == (
        "queued",
        {"steps_done": 0, "steps": 10},
        {"who": "me"},
    )
    assert job["request"] == LECTURE


@pytest.mark.parametrize("body", FITS.values(), ids=FITS)
def test_its_result_is_the_answer_of_a_fit(client: httpx.Client, body: Json) -> None:
    job = ended(client, body)

    assert job["status"] == "succeeded"
    result = client.get(f"/jobs/{job['id']}/result").json()
    assert timeless(result) == timeless(client.post("/fit", json=body).json())


@pytest.mark.parametrize("body", FITS.values(), ids=FITS)
def test_its_events_add_up_to_its_result(client: httpx.Client, body: Json) -> None:
    job = ended(client, body)

    told = sse(client.get(f"/jobs/{job['id']}/events").content)
    assert folded(event.content for event in told) == timeless(
        client.get(f"/jobs/{job['id']}/result").json()
    )


@pytest.mark.parametrize("after", [0, 6, 7, 8, 50, 97, 98, 99])
@pytest.mark.parametrize("how", ["query", "header"])
def test_events_begin_behind_the_step_asked_for(client: httpx.Client, after: int, how: str) -> None:
    job = ended(client, LECTURE | {"steps": 100, "record_every": 7})
    asked: Json = (
        {"params": {"after": after}}
        if how == "query"
        else {"headers": {"Last-Event-ID": str(after)}}
    )

    *steps, done = sse(client.get(f"/jobs/{job['id']}/events", **asked).content)

    recorded = [*range(0, 100, 7), 100]
    beyond = [step for step in recorded if step > after]
    assert done.content["type"] == "done"
    assert [event.content["first"] for event in steps][:1] == beyond[:1]
    losses = client.get(f"/jobs/{job['id']}/result").json()["losses"]
    assert [loss for event in steps for loss in event.content["loss"]] == losses[-len(beyond) :]
    assert steps[-1].id == 100


def test_the_header_goes_before_the_query(client: httpx.Client) -> None:
    job = ended(client, LECTURE)

    answer = client.get(f"/jobs/{job['id']}/events?after=1", headers={"Last-Event-ID": "8"})

    assert sse(answer.content)[0].content["first"] == 9


def test_behind_the_last_step_there_is_the_end_alone(client: httpx.Client) -> None:
    job = ended(client, LECTURE)

    assert [
        event.content["type"]
        for event in sse(client.get(f"/jobs/{job['id']}/events?after=10").content)
    ] == ["done"]


def test_events_can_be_lines(client: httpx.Client) -> None:
    job = ended(client, LECTURE)

    answer = client.get(f"/jobs/{job['id']}/events", headers={"Accept": NDJSON})

    assert [event["type"] for event in ndjson(answer.content)] == ["started", "steps", "done"]


@pytest.mark.parametrize("event_id", ["x", "-1", "1.5", "", " ", "9" * 17, "\uff11"])
def test_an_event_id_that_is_no_step_is_refused(client: httpx.Client, event_id: str) -> None:
    job = ended(client, LECTURE)

    answer = client.get(f"/jobs/{job['id']}/events", params={"after": event_id})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_event_id")


def test_a_job_that_diverges_has_succeeded(client: httpx.Client) -> None:
    job = ended(client, FITS["diverging"])

    assert job["status"] == "succeeded"
    assert client.get(f"/jobs/{job['id']}/result").json()["outcome"] == "diverged"


def test_a_job_that_cannot_be_computed_has_failed_and_says_why(client: httpx.Client) -> None:
    job = ended(client, {"data": {"t": [1e100], "y": [1]}, "seed": 1, "lr": 0.1, "steps": 1})

    assert (job["status"], job["error"]["code"]) == ("failed", "not_computable")
    assert client.get(f"/jobs/{job['id']}/result").json()["code"] == "not_computable"
    assert [
        event.content["problem"]["code"]
        for event in sse(client.get(f"/jobs/{job['id']}/events").content)
    ] == ["not_computable"]


def test_without_a_seed_one_is_drawn_and_told(client: httpx.Client) -> None:
    job = ended(client, {"synthetic": {}, "lr": 1e-5, "steps": 10})

    result = client.get(f"/jobs/{job['id']}/result").json()
    assert result["resolved"]["seed"] == job["request"]["seed"]


def test_points_are_not_told_again(client: httpx.Client) -> None:
    job = ended(client, FITS["points posted"])

    assert job["request"] == {"seed": 1}


def test_the_same_key_and_body_give_the_same_job(client: httpx.Client) -> None:
    key, body = uuid4().hex, {"synthetic": {}, "lr": 1e-5, "metadata": {"a": "1", "b": "2"}}

    first = client.post("/jobs", json=body, headers={"Idempotency-Key": key})
    again = client.post(
        "/jobs",
        content=json.dumps(body, indent=2),
        headers={"Idempotency-Key": key, "Content-Type": "application/json"},
    )

    assert (again.status_code, again.json()["id"], again.headers["idempotency-replayed"]) == (
        202,
        first.json()["id"],
        "true",
    )
    assert "idempotency-replayed" not in first.headers


@pytest.mark.parametrize(
    "other",
    [
        {"steps": 11},
        {"metadata": {"a": "b"}},
        {"seed": 43},
        {"data": {"t": [1], "y": [2]}, "synthetic": None},
    ],
)
def test_the_same_key_with_another_body_is_refused(client: httpx.Client, other: Json) -> None:
    key = uuid4().hex
    made(client, LECTURE, **{"Idempotency-Key": key})

    answer = client.post("/jobs", json=LECTURE | other, headers={"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize("path", ["/jobs/none", "/jobs/none/result", "/jobs/none/events"])
def test_an_unknown_job_is_not_found(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "job_id", ["none", "a" * 5000, "%00", "%2e%2e", "%ff", "'; drop table jobs; --"]
)
def test_any_id_may_be_asked_for(client: httpx.Client, job_id: str) -> None:
    assert {
        client.get(f"/jobs/{job_id}").status_code,
        client.delete(f"/jobs/{job_id}").status_code,
    } <= {404, 405}
    assert client.post(f"/jobs/{job_id}/cancel").status_code == 404


def test_a_running_job_tells_its_progress_and_has_no_result_yet(
    client: httpx.Client, running: str
) -> None:
    answer = client.get(f"/jobs/{running}")

    assert (answer.json()["status"], answer.headers["retry-after"]) == ("running", "1")
    assert 0 < answer.json()["progress"]["steps_done"] < 300_000
    assert client.get(f"/jobs/{running}/result").json()["code"] == "not_finished"


def test_a_running_job_cannot_be_deleted(client: httpx.Client, running: str) -> None:
    answer = client.delete(f"/jobs/{running}")

    assert (answer.status_code, answer.json()["code"]) == (409, "job_running")


def test_a_cancelled_job_has_ended_at_once_and_keeps_what_it_told(
    client: httpx.Client, running: str
) -> None:
    job = client.post(f"/jobs/{running}/cancel").json()

    assert (job["status"], job["error"]["code"]) == ("cancelled", "cancelled")
    started, *steps, failed = sse(client.get(f"/jobs/{running}/events").content)
    assert steps[-1].id == client.get(f"/jobs/{running}").json()["progress"]["steps_done"]
    assert (started.content["type"], failed.content["type"], failed.content["problem"]["code"]) == (
        "started",
        "failed",
        "cancelled",
    )
    assert client.get(f"/jobs/{running}/result").json()["code"] == "cancelled"


def test_a_cancel_frees_the_worker(client: httpx.Client, running: str) -> None:
    client.post(f"/jobs/{running}/cancel")

    began = time.monotonic()
    assert ended(client, LECTURE)["status"] == "succeeded"
    assert time.monotonic() - began < 3


def test_a_job_that_has_ended_is_not_cancelled(client: httpx.Client) -> None:
    job = ended(client, LECTURE)

    assert client.post(f"/jobs/{job['id']}/cancel").json() == job


def test_a_deleted_job_is_gone(client: httpx.Client) -> None:
    job = ended(client, LECTURE)

    assert client.delete(f"/jobs/{job['id']}").status_code == 204
    assert client.get(f"/jobs/{job['id']}").status_code == 404


def test_jobs_are_listed_in_pages_the_newest_first(client: httpx.Client) -> None:
    ids = [made(client, LECTURE)["id"] for _ in range(3)]

    first = client.get("/jobs", params={"limit": 2}).json()
    second = client.get("/jobs", params={"limit": 1, "after": first["data"][-1]["id"]}).json()

    assert [job["id"] for job in first["data"] + second["data"]] == ids[::-1]
    assert first["has_more"]
    assert "request" not in first["data"][0]


def test_jobs_are_listed_by_status(client: httpx.Client, running: str) -> None:
    listed = client.get("/jobs", params={"status": "running"}).json()

    assert [job["id"] for job in listed["data"]] == [running]
    assert not listed["has_more"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("limit=0", "out_of_range"),
        ("limit=101", "out_of_range"),
        ("limit=x", "wrong_type"),
        ("status=done", "unknown_value"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(client: httpx.Client, asked: str, code: str) -> None:
    answer = client.get(f"/jobs?{asked}")

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert asked.partition("=")[0] in answer.json()["detail"]


@pytest.fixture(scope="module")
def small() -> Iterator[Server]:
    """A service whose limits are near."""
    with serving(
        "--workers", "1", COASTER_MAX_WAITING_JOBS="2", COASTER_MAX_JOB_SECONDS="1"
    ) as server:
        yield server


def test_a_job_that_would_take_too_long_is_told_the_steps_that_would_not(small: Server) -> None:
    answer = httpx.post(f"{small.url}/jobs", json=LONG)

    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (
        422,
        "cost_over_budget",
        1.0,
    )


def test_a_full_queue_refuses_jobs_but_not_those_it_knows(small: Server) -> None:
    body = LECTURE | {"steps": 2800, "solver": "loop"}
    with httpx.Client(base_url=small.url) as client:
        keys = [uuid4().hex for _ in range(20)]
        answers = [
            client.post("/jobs", json=body, headers={"Idempotency-Key": key}) for key in keys
        ]
        refused = next(answer for answer in answers if answer.status_code != 202)

        assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (
            503,
            "queue_full",
            "1",
        )
        again = client.post("/jobs", json=body, headers={"Idempotency-Key": keys[0]})
        assert (again.status_code, again.json()["id"]) == (202, answers[0].json()["id"])


def test_jobs_go_on_after_a_restart_and_after_a_kill(tmp_path: Any) -> None:
    kept = f"sqlite:///{tmp_path}/jobs.db"
    body = LECTURE | {"steps": 12_000, "solver": "loop"}
    with (
        serving("--workers", "1", COASTER_DATABASE_URL=kept) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        job_id = made(client, body)["id"]
        until(client, job_id, lambda job: job["progress"]["steps_done"] > 1000)
    with (
        serving("--workers", "1", COASTER_DATABASE_URL=kept) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        until(client, job_id, lambda job: job["progress"]["steps_done"] > 2000)
        server.process.kill()
    with (
        serving("--workers", "1", COASTER_DATABASE_URL=kept) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        job = until(client, job_id, lambda job: job["status"] == "succeeded")

        told = sse(client.get(f"/jobs/{job_id}/events").content)
        assert job["progress"] == {"steps_done": 12_000, "steps": 12_000}
        assert folded(event.content for event in told) == timeless(
            client.post("/fit", json=body).json()
        )
