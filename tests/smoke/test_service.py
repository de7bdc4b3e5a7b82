"""A real service, tried as its users do: one request for each thing that it does."""

import httpx
import pytest

from tests.support.paths import WEB
from tests.support.server import Server, until
from tests.support.streams import Json, events, folded, sse, timeless

LECTURE: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}


@pytest.fixture(scope="module")
def fit(client: httpx.Client) -> Json:
    """The answer to the lecture's fit, in closed form."""
    answer: Json = client.post("/fit", json=LECTURE).raise_for_status().json()
    return answer


def test_the_closed_form_and_the_loop_fit_the_lectures_points(
    client: httpx.Client, fit: Json
) -> None:
    looped = client.post("/fit", json=LECTURE | {"solver": "loop"}).json()

    assert fit["resolved"]["solver"] == "exact"
    assert looped["losses"] == pytest.approx(fit["losses"], rel=1e-9)


def test_a_stream_adds_up_to_the_fit(client: httpx.Client, fit: Json) -> None:
    assert folded(events(client, LECTURE)) == timeless(fit)


def test_a_job_ends_with_the_fit(client: httpx.Client, fit: Json) -> None:
    job = client.post("/jobs", json=LECTURE).json()

    told = [event.content for event in sse(client.get(f"/jobs/{job['id']}/events").content)]

    assert folded(told) == timeless(fit)
    assert timeless(client.get(f"/jobs/{job['id']}/result").json()) == timeless(fit)


def test_a_picture_a_sweep_and_an_analysis_are_answered(client: httpx.Client, fit: Json) -> None:
    picture = client.post("/fit/picture", json=LECTURE)
    sweep = client.post("/sweep", json={"synthetic": {}, "seed": 42, "lrs": [1e-6, 1e-5]})
    analysis = client.post("/analysis", json=LECTURE)

    assert (picture.status_code, picture.content[:5]) == (200, b"<?xml")
    assert [run["lr"] for run in sweep.json()["runs"]] == [1e-6, 1e-5]
    assert analysis.json()["analysis"] == fit["analysis"]


def test_a_mistake_is_answered_with_a_problem(client: httpx.Client) -> None:
    answer = client.post("/fit", json=LECTURE | {"learning_rate": 0.1})

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")


def test_every_file_of_the_page_is_served(client: httpx.Client) -> None:
    files = {f"/page/{file.name}": file for file in WEB.iterdir() if file.name != "index.html"}
    files["/"] = WEB / "index.html"

    served = {path: client.get(path).content for path in files}

    assert served == {path: file.read_bytes() for path, file in files.items()}


def test_the_log_names_the_address_and_the_file_of_the_jobs(server: Server) -> None:
    until(lambda: bool(server.events("ready")))

    (ready,) = server.events("ready")
    assert ready["open"] == f"{server.url}/"
    assert ready["jobs_in"].endswith("/jobs.db")
