import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Client

from service.settings import VARIABLE_PREFIX, Settings
from tests.support.server import until
from tests.system.compose.projects import Project, docker, started

pytestmark = pytest.mark.compose

LECTURE = {
    "synthetic": {},
    "seed": 42,
    "init": "random",
    "lr": 1e-5,
    "steps": 10,
    "precision": "float32",
}
PACKAGES = "from importlib.metadata import *; print(*[each.name for each in distributions()])"


@pytest.fixture(scope="module")
def project(docker_answers: None) -> Iterator[Project]:  # noqa: ARG001 - asked first
    with started() as project:
        yield project


@pytest.fixture(scope="module")
def client(project: Project) -> Iterator[Client]:
    with project.client() as client:
        yield client


@pytest.fixture(scope="module")
def losses(client: Client) -> list[float]:
    answer = client.post("/fit", json=LECTURE)
    assert answer.status_code == 200, answer.text
    losses: list[float] = answer.json()["losses"]
    return losses


@pytest.fixture(scope="module")
def inspected(project: Project) -> dict[str, Any]:
    return project.inspect()


def test_the_lecture_has_a_loss_before_and_after_each_of_ten_steps(losses: list[float]) -> None:
    assert len(losses) == 11


def test_the_first_loss_is_the_lectures(losses: list[float]) -> None:
    assert losses[0] == pytest.approx(25823.8086, rel=1e-6)


def test_the_last_loss_is_the_lectures(losses: list[float]) -> None:
    assert losses[-1] == pytest.approx(676.9537, rel=1e-6)


@pytest.mark.parametrize(
    ("media_type", "begins"), [("image/svg+xml", b"<?xml"), ("image/png", b"\x89PNG")]
)
def test_it_draws(client: Client, media_type: str, begins: bytes) -> None:
    answer = client.post("/fit", json=LECTURE, headers={"Accept": media_type})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type)
    assert answer.content.startswith(begins)


def test_the_process_is_not_root(project: Project) -> None:
    assert docker("exec", project.container, "id", "-u") == "10001"


def test_the_root_filesystem_is_read_only(inspected: dict[str, Any]) -> None:
    assert inspected["HostConfig"]["ReadonlyRootfs"] is True


def test_all_capabilities_are_dropped(inspected: dict[str, Any]) -> None:
    assert (inspected["HostConfig"]["CapDrop"], inspected["HostConfig"]["CapAdd"]) == (
        ["ALL"],
        None,
    )


def test_no_process_gains_privileges(inspected: dict[str, Any]) -> None:
    assert "no-new-privileges:true" in inspected["HostConfig"]["SecurityOpt"]


def test_memory_is_limited_and_swap_adds_none(inspected: dict[str, Any]) -> None:
    assert inspected["HostConfig"]["MemorySwap"] == inspected["HostConfig"]["Memory"] > 0


def test_processes_are_limited(inspected: dict[str, Any]) -> None:
    assert inspected["HostConfig"]["PidsLimit"] > 0


def test_only_tmp_and_the_volume_of_jobs_can_be_written(inspected: dict[str, Any]) -> None:
    assert [(mount["Type"], mount["Destination"]) for mount in inspected["Mounts"]] == [
        ("volume", "/data")
    ]
    assert list(inspected["HostConfig"]["Tmpfs"]) == ["/tmp"]


def test_the_port_is_bound_to_the_loopback_address_only(inspected: dict[str, Any]) -> None:
    bound = [
        binding["HostIp"]
        for bindings in inspected["NetworkSettings"]["Ports"].values()
        for binding in bindings
    ]
    assert bound == ["127.0.0.1"]


def test_the_container_is_healthy_by_its_readiness(inspected: dict[str, Any]) -> None:
    assert (
        "/readyz" in str(inspected["Config"]["Healthcheck"]["Test"]),
        inspected["State"]["Health"]["Status"],
    ) == (True, "healthy")


def test_the_image_is_healthy_by_its_life(inspected: dict[str, Any]) -> None:
    (image,) = json.loads(docker("image", "inspect", inspected["Image"]))

    assert "/livez" in str(image["Config"]["Healthcheck"]["Test"])


def test_the_image_lists_its_packages_with_their_licences(project: Project) -> None:
    listed = json.loads(docker("exec", project.container, "cat", "/app/sbom.cdx.json"))
    installed = docker("exec", project.container, "python", "-c", PACKAGES).split()

    assert listed["bomFormat"] == "CycloneDX"
    assert sorted(each["name"] for each in listed["components"]) == sorted(installed)
    assert [each["name"] for each in listed["components"] if not each.get("licenses")] == []


def test_the_image_has_its_own_licence(project: Project) -> None:
    assert docker("exec", project.container, "cat", "/app/LICENSE").startswith("MIT License")


def test_the_grace_period_is_longer_than_the_shutdown(
    inspected: dict[str, Any], client: Client
) -> None:
    assert inspected["Config"]["StopTimeout"] > client.get("/limits").json()["shutdown_seconds"]


def test_every_setting_reaches_the_container() -> None:
    wanted = {f"{VARIABLE_PREFIX}{name.upper()}" for name in Settings.model_fields} - {
        f"{VARIABLE_PREFIX}HOST",
        f"{VARIABLE_PREFIX}PORT",
    }
    config = json.loads(
        Project().compose("config", "--format", "json", environment=dict.fromkeys(wanted, "1"))
    )
    assert set(config["services"]["api"]["environment"]) == wanted


def test_an_image_that_others_could_reach_does_not_start_unless_told_to(
    inspected: dict[str, Any],
) -> None:
    command = ["docker", "run", "--rm", inspected["Image"]]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, "COASTER_ALLOW_ANYONE=true" in ended.stderr) == (2, True)


def test_a_fit_is_answered_after_a_worker_was_killed(project: Project, client: Client) -> None:
    project.kill_workers(most=1)
    assert client.post("/fit", json=LECTURE).status_code == 200


def test_fits_are_answered_again_after_every_worker_was_killed(
    project: Project, client: Client
) -> None:
    project.kill_workers(most=256)
    until(lambda: client.post("/fit", json=LECTURE).status_code == 200)


def test_a_job_goes_on_after_the_container_was_made_anew(project: Project, client: Client) -> None:
    job = client.post(
        "/jobs", json=LECTURE | {"steps": 60_000, "precision": "float64", "solver": "loop"}
    ).json()
    project.compose("up", "--force-recreate", "--detach", "--wait", "--wait-timeout", "120")

    with project.client() as again:
        path = f"/jobs/{job['id']}"
        until(lambda: again.get(path).json()["status"] == "succeeded")
        assert again.get(path).json()["progress"] == {"steps_done": 60_000, "steps": 60_000}


def test_the_jobs_are_backed_up_while_the_container_runs(project: Project) -> None:
    with project.client() as client:  # a container that was made anew has another port
        client.post("/jobs", json=LECTURE).raise_for_status()
        kept = len(client.get("/jobs").json()["data"])

    command = ["python", "-m", "service", "backup", "/data/backup.db"]
    printed = project.compose("exec", "-T", "api", *command)
    project.compose("exec", "-T", "api", "rm", "/data/backup.db")

    assert printed == f"Backed up /data/coaster.db to /data/backup.db. Number of jobs: {kept}."


def test_stopping_ends_well_within_the_grace_period_with_code_zero(
    docker_answers: None,  # noqa: ARG001 - asked first
) -> None:
    """Docker kills what has not ended after half the grace period; its code is not zero then."""
    with started() as project:
        half = project.inspect()["Config"]["StopTimeout"] // 2
        project.compose("stop", "--timeout", str(half))

        assert project.inspect()["State"]["ExitCode"] == 0
