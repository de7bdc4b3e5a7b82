"""Jobs as a client sees them, in this process."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from uuid import uuid4

import httpx
import pytest

from service.api.state import state_of
from service.descent.questions.options import Include
from service.jobs.engine import RECOVERY_SECONDS, ROUNDS_TO_EXPIRY
from service.jobs.errors import (
    ExpiredJobError,
    JobsFullError,
    KeyReusedError,
    NotFinishedError,
    RunningJobError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    StoreUnopenedError,
    TooManyJobsError,
    UnknownJobError,
)
from service.jobs.jobs import Jobs
from service.pool.interface import (
    FailedError,
    FitTimeoutError,
    PoolError,
    RejectedError,
    WorkerLostError,
)
from tests.support.applications import Client, application, client_in_process
from tests.support.exchange import Exchange
from tests.support.streams import NDJSON, Event, Json, folded, ndjson, sse, timeless
from tests.support.time import instant

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}
LONG: Json = LECTURE | {"steps": 3000, "solver": "loop"}
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
    | {"include": list(get_args(Include)), "validation": THIRD, "at": [1]},
    "stopped": LECTURE | {"steps": 1000, "stop": {"gap": 669.695}},
}


def made(client: httpx.Client, body: Json, **headers: str) -> Json:
    answer = client.post("/jobs", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    job: Json = answer.json()
    return job


def ended(client: httpx.Client, body: Json) -> Json:
    """A job of this body, when it has ended: then its events end too."""
    job_id = made(client, body)["id"]
    client.get(f"/jobs/{job_id}/events").raise_for_status()
    job: Json = client.get(f"/jobs/{job_id}").json()
    return job


@pytest.fixture
def held() -> Iterator[Client]:
    """A client of an application in which no job goes on."""
    with client_in_process() as client:
        client.inside.job_pool.hold()
        yield client


@pytest.fixture
def running(held: Client) -> str:
    """A job that has reported some steps, and does not go on."""
    pool = held.inside.job_pool
    pool.release()
    job_id: str = made(held, LONG)["id"]
    while not held.get(f"/jobs/{job_id}").json()["progress"]["steps_done"]:
        pass  # it goes on while the application answers
    pool.hold()
    return job_id


def test_a_new_job_is_accepted_with_its_location(client: httpx.Client) -> None:
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
    assert set(job) == {"id", "kind", "status", "progress", "created_at", "request", "metadata"}


@pytest.mark.parametrize(
    ("name", "length", "entries", "status"),
    [
        ("n" * 64, 512, 1, 202),
        ("n" * 65, 512, 1, 422),
        ("n" * 64, 513, 1, 422),
        ("n", 0, 16, 202),
        ("n", 0, 17, 422),
    ],
)
def test_metadata_has_its_limits(
    client: httpx.Client, name: str, length: int, entries: int, status: int
) -> None:
    metadata = {name: "x" * length} | {f"{number}": "" for number in range(1, entries)}

    answer = client.post("/jobs", json=LECTURE | {"metadata": metadata})

    assert answer.status_code == status


@dataclass(frozen=True)
class Run:
    """A job that has ended, and the answer to the same request as a fit."""

    job: Json
    result: Json
    events: list[Event]
    fit: Json


@pytest.fixture(scope="module", params=FITS.values(), ids=list(FITS))
def run(request: pytest.FixtureRequest, client: httpx.Client) -> Run:
    job = ended(client, request.param)
    result, events = (client.get(f"/jobs/{job['id']}/{part}") for part in ("result", "events"))
    fit = client.post("/fit", json=request.param).json()
    return Run(job, result.json(), sse(events.content), fit)


def test_its_result_is_the_answer_of_a_fit(run: Run) -> None:
    assert run.job["status"] == "succeeded"
    assert timeless(run.result) == timeless(run.fit)


def test_its_events_add_up_to_its_result(run: Run) -> None:
    assert folded(event.content for event in run.events) == timeless(run.result)


def test_a_job_that_has_ended_says_when_and_how_far_it_came(run: Run) -> None:
    created, started, finished = (
        datetime.fromisoformat(run.job[f"{name}_at"]) for name in ("created", "started", "finished")
    )

    assert created <= started <= finished
    assert run.job["progress"]["steps_done"] == run.result["steps"]


@pytest.mark.parametrize("after", [0, 6, 7, 8, 50, 97, 98, 99])
@pytest.mark.parametrize("how", ["query", "header"])
def test_events_begin_after_the_step_asked_for(client: httpx.Client, after: int, how: str) -> None:
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


def test_after_the_last_step_there_is_the_end_alone(client: httpx.Client) -> None:
    job = ended(client, LECTURE)

    assert [
        event.content["type"]
        for event in sse(client.get(f"/jobs/{job['id']}/events?after=10").content)
    ] == ["done"]


def test_events_can_be_lines(client: httpx.Client) -> None:
    job = ended(client, LECTURE)

    answer = client.get(f"/jobs/{job['id']}/events", headers={"Accept": NDJSON})

    assert [event["type"] for event in ndjson(answer.content)] == ["started", "steps", "done"]


@pytest.mark.parametrize("event_id", ["0", "10", "0000000000000010", "9" * 16])
def test_an_event_id_has_up_to_sixteen_digits(client: httpx.Client, event_id: str) -> None:
    job = ended(client, LECTURE)

    answer = client.get(f"/jobs/{job['id']}/events", params={"after": event_id})

    assert answer.status_code == 200
    assert sse(answer.content)[-1].content["type"] == "done"


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


def test_without_a_seed_one_is_drawn_and_reported(client: httpx.Client) -> None:
    job = ended(client, {"synthetic": {}, "lr": 1e-5, "steps": 10})

    result = client.get(f"/jobs/{job['id']}/result").json()
    assert result["resolved"]["seed"] == job["request"]["seed"]


def test_points_are_not_sent_back(client: httpx.Client) -> None:
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


@pytest.mark.parametrize("path", ["/jobs/abc", "/jobs/abc/result", "/jobs/abc/events"])
def test_what_is_no_id_of_a_job_is_told_what_an_id_looks_like(
    client: httpx.Client, path: str
) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "There is no job with this ID. The ID of a job has 26 hexadecimal digits.",
    )


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
    held: httpx.Client, running: str
) -> None:
    answer = held.get(f"/jobs/{running}")

    job = answer.json()
    assert (job["status"], answer.headers["retry-after"]) == ("running", "1")
    assert 0 < job["progress"]["steps_done"] < job["progress"]["steps"] == LONG["steps"]
    assert "finished_at" not in job
    result = held.get(f"/jobs/{running}/result")
    assert (result.status_code, result.json()["code"]) == (409, "not_finished")


def test_a_running_job_cannot_be_deleted(held: httpx.Client, running: str) -> None:
    answer = held.delete(f"/jobs/{running}")

    assert (answer.status_code, answer.json()["code"]) == (409, "job_running")


def test_a_cancelled_job_has_ended_at_once_and_keeps_what_it_reported(
    held: Client, running: str
) -> None:
    answer = held.post(f"/jobs/{running}/cancel")

    job = answer.json()
    assert (job["status"], job["error"]["code"]) == ("cancelled", "cancelled")
    assert "retry-after" not in answer.headers
    started, *steps, failed = sse(held.get(f"/jobs/{running}/events").content)
    assert steps[-1].id == job["progress"]["steps_done"]
    assert (started.content["type"], failed.content["type"], failed.content["problem"]["code"]) == (
        "started",
        "failed",
        "cancelled",
    )
    result = held.get(f"/jobs/{running}/result")
    assert (result.status_code, result.json()["code"]) == (409, "cancelled")


def test_a_cancel_frees_the_worker(held: Client, running: str) -> None:
    pool = held.inside.job_pool
    assert pool.load.busy == 1
    held.post(f"/jobs/{running}/cancel")
    held.inside.wait(1)
    assert pool.load.busy == 0
    pool.release()

    assert ended(held, LECTURE)["status"] == "succeeded"


def test_a_job_that_has_ended_is_not_cancelled(client: httpx.Client) -> None:
    job = ended(client, LECTURE)

    assert client.post(f"/jobs/{job['id']}/cancel").json() == job


def test_a_deleted_job_is_gone(client: httpx.Client) -> None:
    job = ended(client, LECTURE)

    assert client.delete(f"/jobs/{job['id']}").status_code == 204
    assert client.get(f"/jobs/{job['id']}").status_code == 404


def test_jobs_are_listed_in_pages_the_newest_first(held: httpx.Client) -> None:
    ids = [made(held, LECTURE)["id"] for _ in range(4)]

    first = held.get("/jobs", params={"limit": 3}).json()
    second = held.get("/jobs", params={"limit": 1, "after": first["data"][-1]["id"]}).json()

    assert [job["id"] for job in first["data"] + second["data"]] == ids[::-1]
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert "request" not in first["data"][0]


@pytest.mark.parametrize("limit", [1, 100])
def test_the_smallest_and_the_largest_page_are_given(client: httpx.Client, limit: int) -> None:
    assert client.get("/jobs", params={"limit": limit}).status_code == 200


def test_without_a_limit_a_page_has_twenty_jobs(held: httpx.Client) -> None:
    for _ in range(21):
        made(held, LECTURE)

    page = held.get("/jobs").json()

    assert (len(page["data"]), page["has_more"]) == (20, True)


def test_jobs_are_listed_by_status(held: httpx.Client, running: str) -> None:
    made(held, LONG)

    listed = held.get("/jobs", params={"status": "running"}).json()

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


def test_a_job_that_would_take_too_long_is_refused_with_the_steps_that_would_not() -> None:
    with client_in_process(max_job_seconds=1) as client:
        answer = client.post("/jobs", json=LONG | {"steps": 300_000})
        largest = int(answer.json()["detail"].split()[3])
        accepted = client.post("/jobs", json=LONG | {"steps": largest})

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["limit"]) == (422, "cost_over_budget", 1.0)
    assert accepted.status_code == 202


def test_a_job_may_cost_more_than_a_fit() -> None:
    with client_in_process(max_fit_seconds=0.001, max_job_seconds=100) as client:
        client.inside.job_pool.hold()
        job, fit = (client.post(path, json=LONG) for path in ("/jobs", "/fit"))

    assert (job.status_code, fit.json()["code"]) == (202, "cost_over_budget")


def test_a_full_queue_refuses_jobs_but_not_those_it_knows() -> None:
    with client_in_process(max_waiting_jobs=2) as client:
        client.inside.job_pool.hold()
        keys = [{"Idempotency-Key": uuid4().hex} for _ in range(4)]
        answers = [client.post("/jobs", json=LONG, headers=key) for key in keys]
        again = client.post("/jobs", json=LONG, headers=keys[0])

    # one runs, and two wait for it
    assert [answer.status_code for answer in answers] == [202, 202, 202, 503]
    refused = answers[-1]
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("queue_full", "1")
    assert (again.status_code, again.json()["id"]) == (202, answers[0].json()["id"])


def test_a_job_that_the_store_has_no_space_for_is_refused() -> None:
    with client_in_process(max_store_bytes=1024 * 1024) as client:
        client.inside.job_pool.hold()
        small = client.post("/jobs", json=LONG)
        large = client.post("/jobs", json=LONG | {"steps": 50_000, "record_every": 1})

    assert small.status_code == 202
    assert (large.status_code, large.json()["code"]) == (503, "store_full")
    assert large.headers["retry-after"] == "1"


def test_one_client_leaves_a_quarter_of_the_waiting_jobs_to_others() -> None:
    with client_in_process(max_waiting_jobs=4) as client:
        client.inside.job_pool.hold()
        answers = [client.post("/jobs", json=LONG) for _ in range(5)]

    # one runs, and three wait for it
    assert [answer.status_code for answer in answers] == [202, 202, 202, 202, 503]


ENDINGS = {
    UnknownJobError: (404, "not_found"),
    ExpiredJobError: (410, "expired"),
    KeyReusedError: (422, "key_reused"),
    JobsFullError: (503, "queue_full"),
    StoreFullError: (503, "store_full"),
    TooManyJobsError: (429, "too_many_jobs"),
    RunningJobError: (409, "job_running"),
    NotFinishedError: (409, "not_finished"),
    StoreUnavailableError: (503, "store_unavailable"),
    StoreUnopenedError: (503, "store_unavailable"),
}


@pytest.mark.parametrize("error", ENDINGS)
def test_an_error_of_the_store_is_a_problem_without_its_message(
    monkeypatch: pytest.MonkeyPatch, error: type[StoreError]
) -> None:
    async def fail(_query: object, _job_id: str, *, owner: str) -> None:
        assert owner == ""
        raise error("at /secret/place")

    @instant
    async def test() -> None:
        async with application() as (app, _):
            jobs: Jobs = state_of(app).jobs
            monkeypatch.setattr(jobs.store, "read", fail)
            answer = await Exchange(app, "GET", f"/jobs/{'a' * 26}").begin().ended()

            problem = answer.json()
            assert (answer.status, problem["code"]) == ENDINGS[error]
            assert problem["detail"] == error.__doc__
            assert ("retry-after" in answer.headers) == (answer.status in {429, 503})

    test()


JOB_FAILURES = {
    WorkerLostError: (409, "poison"),
    FitTimeoutError: (504, "fit_timeout"),
    RejectedError: (422, "not_computable"),
    FailedError: (500, "internal_error"),
}


@pytest.mark.parametrize("error", JOB_FAILURES)
def test_a_job_that_the_pool_cannot_finish_has_failed_and_says_why(
    error: type[PoolError],
) -> None:
    status, code = JOB_FAILURES[error]
    with client_in_process() as client:
        client.inside.job_pool.failure = error("in words")
        job = ended(client, LECTURE)
        result = client.get(f"/jobs/{job['id']}/result")
        (failed,) = sse(client.get(f"/jobs/{job['id']}/events").content)

    assert (job["status"], job["error"]["code"], job["error"]["detail"]) == (
        "failed",
        code,
        "in words",
    )
    assert (result.status_code, result.json()["code"]) == (status, code)
    assert failed.content["problem"]["code"] == code


def test_a_job_is_kept_for_as_long_as_the_setting_says() -> None:
    with client_in_process(job_kept_seconds=1e-9) as client:
        job_id = made(client, LECTURE)["id"]
        client.get(f"/jobs/{job_id}/events")
        client.inside.wait(2 * ROUNDS_TO_EXPIRY * RECOVERY_SECONDS)
        answer = client.get(f"/jobs/{job_id}")

    assert (answer.status_code, answer.json()["code"]) == (410, "expired")
