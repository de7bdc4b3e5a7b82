"""The manifests of deploy/kubernetes, as far as they can be tried without a cluster.

Their schemas are those of Kubernetes. The commands of the guide need a registry and a cluster, so
no test runs them.
"""

import re
from typing import Any

import kubernetes_validate
import pytest
import yaml

import service
from service.api.keys import is_open
from service.settings import Settings, variable
from tests.support.paths import ROOT

KUBERNETES = "1.32"
"""The version whose schemas the manifests must match."""
MANIFESTS: dict[str, dict[str, Any]] = {
    f"{file.stem}-{manifest['kind']}-{manifest['metadata']['name']}": manifest
    for file in sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
    for manifest in yaml.safe_load_all(file.read_text())
}
"""The manifests, by their file, kind and name."""
DEPLOYMENTS = {name: each for name, each in MANIFESTS.items() if each["kind"] == "Deployment"}
SERVING = ["single-Deployment-coaster", "cluster-Deployment-coaster"]
"""The deployments that serve HTTP."""
WORKER = "cluster-Deployment-coaster-worker"
GUIDE = (ROOT / "docs" / "how-to" / "kubernetes.md").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def pod_of(name: str) -> dict[str, Any]:
    """Return the specification of the pods of a deployment."""
    pod: dict[str, Any] = DEPLOYMENTS[name]["spec"]["template"]["spec"]
    return pod


def container_of(name: str) -> dict[str, Any]:
    """Return the only container of the pods of a deployment."""
    container: dict[str, Any]
    (container,) = pod_of(name)["containers"]
    return container


def secrets_of(name: str) -> set[str]:
    """Return the names of the secrets that the pods of a deployment use."""
    volumes = [each["secret"]["secretName"] for each in pod_of(name)["volumes"] if "secret" in each]
    variables = [
        each["valueFrom"]["secretKeyRef"]["name"]
        for each in container_of(name)["env"]
        if "valueFrom" in each
    ]
    return {*volumes, *variables}


def seconds_before_shutdown(name: str) -> int:
    """Return the time that a container waits before it receives SIGTERM, in seconds."""
    if "lifecycle" not in container_of(name):
        return 0
    _, seconds = container_of(name)["lifecycle"]["preStop"]["exec"]["command"]
    return int(seconds)


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_matches_its_schema(name: str) -> None:
    assert kubernetes_validate.validate(MANIFESTS[name], KUBERNETES, strict=True) == KUBERNETES


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_deployment_selects_its_pods(name: str) -> None:
    spec = DEPLOYMENTS[name]["spec"]

    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_deployment_runs_this_version(name: str) -> None:
    assert container_of(name)["image"].endswith(f":{service.VERSION}")


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_the_environment_of_a_pod_has_settings_only(name: str) -> None:
    """Links to services would add COASTER_PORT and more, which the service rejects."""
    names = {each["name"] for each in container_of(name)["env"]}

    assert names <= {variable(field) for field in Settings.model_fields}
    assert pod_of(name)["enableServiceLinks"] is False


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_pod_is_as_restricted_as_the_strictest_standard_asks(name: str) -> None:
    pod, container = pod_of(name)["securityContext"], container_of(name)["securityContext"]

    assert (pod["runAsNonRoot"], pod["runAsUser"]) == (True, 10001)
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["capabilities"] == {"drop": ["ALL"]}
    assert container["allowPrivilegeEscalation"] is False
    assert container["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_pod_has_the_time_to_shut_down(name: str) -> None:
    needed = seconds_before_shutdown(name) + Settings().shutdown_seconds

    assert pod_of(name)["terminationGracePeriodSeconds"] > needed


@pytest.mark.parametrize("name", SERVING)
@pytest.mark.parametrize("probe", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_a_probe_needs_no_key(name: str, probe: str) -> None:
    assert is_open(container_of(name)[probe]["httpGet"]["path"])


@pytest.mark.parametrize("name", SERVING)
def test_the_file_of_keys_is_mounted(name: str) -> None:
    settings = {each["name"]: each.get("value") for each in container_of(name)["env"]}
    mounted = {each["name"]: each["mountPath"] for each in container_of(name)["volumeMounts"]}

    assert settings["COASTER_API_KEYS_FILE"] == f"{mounted['keys']}/api-keys"


def test_a_worker_is_ready_as_in_compose() -> None:
    *_, check = container_of(WORKER)["readinessProbe"]["exec"]["command"]

    assert check == COMPOSE["services"]["worker"]["healthcheck"]["test"].replace("$$", "$")


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_the_guide_creates_each_secret(name: str) -> None:
    created = set(re.findall(r"kubectl create secret generic ([\w-]+)", GUIDE))

    assert secrets_of(name) <= created
    assert secrets_of(name)
