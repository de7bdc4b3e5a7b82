"""Jobs of files, with a service whose jobs a test describes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coaster_client import Coaster, command
from coaster_client.client import Jobs
from coaster_client.command import main
from coaster_client.command.progress import Progress
from coaster_client.errors import JobFailedError, UnreachableError
from coaster_client.models import FitResult, Job, Problem, ReadingEvent, RowsEvent, StepsEvent
from coaster_client.uploads import Upload

EVENTS = [
    ReadingEvent({"type": "reading", "points_read": 70_000}),
    StepsEvent({"type": "steps", "first": 0, "last": 50, "loss": [4.0, 2.0]}),
    RowsEvent({"type": "rows", "first": 0, "last": 24}),
]


class Scripted(Jobs):
    """Jobs with ids from "0" on, which end at once."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.cancelled: list[str] = []
        self.failure: dict[str, BaseException] = {}
        """The exceptions with which the events and the result of a job end."""

    def create(self, **request: Any) -> Job:
        self.requests.append(request)
        return self.get(str(len(self.requests) - 1))

    def get(self, job_id: str) -> Job:
        progress = {"steps_done": 0, "steps": 100}
        return Job({"id": job_id, "kind": "fit", "status": "queued", "progress": progress})

    def events(self, job_id: str, *, after: int | None = None) -> Iterator[Any]:
        assert after is None
        yield from EVENTS
        self._fail(job_id)

    def wait(self, job_id: str, *_: Any, **__: Any) -> Any:
        self._fail(job_id)
        return FitResult({"loss": 2.0})

    def cancel(self, job_id: str) -> Job:
        self.cancelled.append(job_id)
        return self.get(job_id)

    def _fail(self, job_id: str) -> None:
        if job_id in self.failure:
            raise self.failure[job_id]


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """Return the jobs of the service that the command calls."""
    scripted = Scripted()

    class Calling(Coaster):
        def __init__(self, *_: Any, **__: Any) -> None:
            super().__init__()
            self.jobs = scripted

    monkeypatch.setattr(command, "Coaster", Calling)
    return scripted


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with two files, in which the command runs."""
    (tmp_path / "may.csv").write_text("t,y\n0,1\n1,2\n")
    (tmp_path / "june.csv").write_text("t,y\n2,3\n3,5\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fails(reason: str) -> JobFailedError:
    return JobFailedError(Problem({"code": "malformed_file", "detail": reason}))


@pytest.mark.usefixtures("files")
def test_a_job_prints_its_result(jobs: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "may.csv", "--job", "--steps", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"loss": 2.0}
    assert jobs.requests == [{"kind": "fit", "data": {"t": [0, 1], "y": [1, 2]}, "steps": 5}]


def test_a_large_file_is_sent_as_it_is(jobs: Scripted, files: Path) -> None:
    (files / "large.csv").write_text("t,y\n" + "1,2\n" * 60_000)

    main(["sweep", "large.csv", "--job", "--lrs", "0.1", "--json"])

    (request,) = jobs.requests
    assert isinstance(request["data"], Upload)
    assert request["kind"] == "sweep"


@pytest.mark.usefixtures("files")
def test_several_files_become_the_parts_of_a_job(jobs: Scripted) -> None:
    main(["fit", "may.csv", "june.csv", "--job", "--degree", "1", "--seed", "7", "--json"])

    model = {"kind": "polynomial", "degree": 1}
    assert jobs.requests == [
        {"data": {"t": [0, 1], "y": [1, 2]}, "model": model, "include": ["factor"]},
        {"data": {"t": [2, 3], "y": [3, 5]}, "model": model, "include": ["factor"]},
        {"kind": "fit", "parts": ["0", "1"], "model": model, "seed": 7},
    ]


@pytest.mark.usefixtures("files")
def test_the_meaning_of_sigma_belongs_to_the_parts(jobs: Scripted) -> None:
    main(["fit", "may.csv", "june.csv", "--job", "--options", '{"sigma_is": "absolute"}', "--json"])

    assert ["sigma_is" in request for request in jobs.requests] == [True, True, False]


@pytest.mark.usefixtures("files")
def test_a_file_that_cannot_be_read_is_named_and_the_others_are_cancelled(
    jobs: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs.failure["1"] = fails("Line 7 is too long.")

    assert main(["fit", "may.csv", "june.csv", "--job"]) == 1
    assert capsys.readouterr().err == (
        "coaster: malformed_file: Line 7 is too long.\ncoaster: This is about june.csv.\n"
    )
    assert jobs.cancelled == ["0", "1"]


@pytest.mark.usefixtures("files")
def test_an_interruption_cancels_the_jobs_of_several_files(jobs: Scripted) -> None:
    jobs.failure["0"] = KeyboardInterrupt()

    assert main(["fit", "may.csv", "june.csv", "--job"]) == 130
    assert jobs.cancelled == ["0", "1"]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("failure", "code"), [(KeyboardInterrupt(), 130), (UnreachableError("Cut."), 3)]
)
def test_a_job_that_is_left_continues_and_is_named(
    jobs: Scripted, capsys: pytest.CaptureFixture[str], failure: BaseException, code: int
) -> None:
    jobs.failure["0"] = failure

    assert main(["fit", "may.csv", "--job", "--url", "http://one:8000"]) == code
    assert jobs.cancelled == []
    assert capsys.readouterr().err.endswith(
        "coaster: The job continues. To follow it, run: coaster watch 0 --url http://one:8000\n"
    )


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("name", ["fit", "sweep"])
def test_several_files_need_a_job(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    rates = ["--lrs", "0.1"] if name == "sweep" else []

    assert main([name, "may.csv", "june.csv", *rates]) == 2
    assert "Add --job" in capsys.readouterr().err


@pytest.mark.usefixtures("jobs")
def test_the_progress_is_that_of_the_reading_the_steps_and_the_series(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(Progress, "show", lambda _, text: shown.append(text))

    main(["watch", "0", "--json"])

    assert shown == [
        "job 0",
        "70,000 points read",
        "[###############...............] 50 of 100  █▁  loss 2",
        "25 series fitted",
    ]
