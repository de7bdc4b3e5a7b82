from collections.abc import Iterator

import pytest
from httpx import Client

from tests.support.proxies import BUFFER_BYTES, first_steps
from tests.support.server import until
from tests.support.streams import Json, folded, ndjson, sse, timeless
from tests.system.compose.projects import Project, docker, started

pytestmark = pytest.mark.compose

SECONDS: Json = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 12_000, "solver": "loop"}


@pytest.fixture(scope="module")
def project(docker_answers: None) -> Iterator[Project]:  # noqa: ARG001 - asked first
    with started("--scale", "worker=3") as project:
        yield project


@pytest.fixture(scope="module")
def client(project: Project) -> Iterator[Client]:
    with project.client("gateway", 8080) as client:
        yield client


def made(client: Client) -> str:
    job_id: str = client.post("/jobs", json=SECONDS).json()["id"]
    return job_id


def status(client: Client, job_id: str) -> str:
    read: str = client.get(f"/jobs/{job_id}").json()["status"]
    return read


def ended(client: Client, job_id: str) -> str:
    until(lambda: status(client, job_id) not in {"queued", "running"})
    return status(client, job_id)


def test_there_are_as_many_workers_as_asked_for(project: Project) -> None:
    assert (len(project.containers("worker")), len(project.containers("replica"))) == (3, 2)


def test_a_fit_through_the_gateway_is_answered(client: Client) -> None:
    assert client.post("/fit", json={"synthetic": {}, "lr": 1e-5}).status_code == 200


def test_events_come_through_the_gateway_as_they_happen(client: Client) -> None:
    state, size = first_steps(client)

    assert state == "running"
    assert size < BUFFER_BYTES


def test_a_job_is_followed_through_the_gateway(client: Client) -> None:
    events = sse(client.get(f"/jobs/{made(client)}/events", timeout=60).content)

    assert folded(event.content for event in events) == timeless(
        client.post("/fit", json=SECONDS).json()
    )


def test_jobs_run_on_several_workers_at_once(client: Client) -> None:
    jobs = [made(client) for _ in range(3)]

    until(lambda: len(client.get("/jobs?status=running").json()["data"]) >= 3)
    assert {ended(client, job_id) for job_id in jobs} == {"succeeded"}


def test_a_job_survives_the_workers_that_ran_it(project: Project, client: Client) -> None:
    job_id = made(client)
    until(lambda: status(client, job_id) == "running")
    docker("kill", *project.containers("worker"))
    docker("start", *project.containers("worker"))

    assert ended(client, job_id) == "succeeded"
    events = ndjson(
        client.get(f"/jobs/{job_id}/events", headers={"Accept": "application/x-ndjson"}).content
    )
    assert folded(events) == timeless(client.post("/fit", json=SECONDS).json())


def test_the_gateway_goes_on_with_one_replica(project: Project, client: Client) -> None:
    docker("kill", project.containers("replica")[0])

    assert {client.get("/jobs").status_code for _ in range(6)} == {200}


@pytest.mark.parametrize("service", ["gateway", "replica", "worker", "postgres"])
def test_every_container_is_hardened(project: Project, service: str) -> None:
    inspected = project.inspect(service)
    host = inspected["HostConfig"]

    assert (host["ReadonlyRootfs"], host["CapDrop"], host["SecurityOpt"]) == (
        True,
        ["ALL"],
        ["no-new-privileges:true"],
    )
    assert host["MemorySwap"] == host["Memory"] > 0
    assert inspected["Config"]["User"] not in {"", "root", "0"}


def test_only_the_gateway_and_the_single_service_are_published(project: Project) -> None:
    published = {
        service: bool(project.inspect(service)["HostConfig"]["PortBindings"])
        for service in ("replica", "worker", "postgres")
    }

    assert published == {"replica": False, "worker": False, "postgres": False}
