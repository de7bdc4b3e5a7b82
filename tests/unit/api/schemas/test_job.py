"""A job as a client sees it."""

import pytest
from starlette.requests import Request

from service.api.schemas.job import job_document, problem_of
from service.jobs.job import Failure, Status, StoredJob
from service.jobs.kinds import QuestionKind

REQUEST = Request({"type": "http", "state": {"request_id": "mine"}})


def job(
    status: Status = "queued",
    question: QuestionKind = "fit",
    *,
    position: int | None = None,
    started_at: float | None = None,
    finished_at: float | None = None,
    error: Failure | None = None,
) -> StoredJob:
    return StoredJob(
        id="a" * 26,
        question=question,
        status=status,
        position=position,
        steps=50,
        record_every=1,
        points_read=None,
        created_at=1_000_000_000.25,
        started_at=started_at,
        finished_at=finished_at,
        request=b'{"seed":1}',
        metadata={"who": "me"},
        error=error,
    )


def test_a_job_that_waits_has_made_no_step() -> None:
    content = job_document(job(), REQUEST, whole=True).model_dump_json(exclude_none=True)

    assert content == (
        '{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaa","kind":"fit","status":"queued",'
        '"progress":{"steps_done":0,"steps":50},"created_at":"2001-09-09T01:46:40.250000Z",'
        '"request":{"seed":1},"metadata":{"who":"me"}}'
    )


@pytest.mark.parametrize(("position", "done"), [(None, 0), (-1, 0), (0, 0), (1, 1), (50, 50)])
def test_its_progress_is_the_last_step_in_its_log(position: int | None, done: int) -> None:
    shown = job_document(job("running", position=position), REQUEST, whole=True)

    assert (shown.progress.steps_done, shown.progress.steps) == (done, 50)


@pytest.mark.parametrize(("position", "done"), [(None, 0), (0, 1), (49, 50)])
def test_the_progress_of_series_counts_rows(position: int | None, done: int) -> None:
    shown = job_document(job("running", "series", position=position), REQUEST, whole=True)

    assert shown.progress.steps_done == done


@pytest.mark.parametrize(("status", "done"), [("running", 0), ("failed", 0), ("succeeded", 50)])
def test_a_sweep_has_no_progress_until_it_has_succeeded(status: Status, done: int) -> None:
    shown = job_document(job(status, "sweep"), REQUEST, whole=True)

    assert shown.progress.steps_done == done


def test_its_times_are_in_utc() -> None:
    shown = job_document(job("succeeded", started_at=1.5, finished_at=0.0), REQUEST, whole=True)

    assert [str(shown.started_at), str(shown.finished_at)] == [
        "1970-01-01 00:00:01.500000+00:00",
        "1970-01-01 00:00:00+00:00",
    ]


def test_in_a_list_its_request_is_left_out() -> None:
    assert job_document(job(), REQUEST, whole=False).request is None


def test_a_job_that_failed_has_the_problem_of_its_code() -> None:
    failed = job("failed", error=Failure("poison", "It lost its workers."))

    problem = job_document(failed, REQUEST, whole=True).error

    assert problem
    assert (problem.code, problem.status, problem.detail, problem.request_id) == (
        "poison",
        409,
        "It lost its workers.",
        "mine",
    )
    assert problem_of(Failure("cancelled", "Gone.")).detail == "Gone."
