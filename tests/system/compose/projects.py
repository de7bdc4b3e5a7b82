"""Starts of the compose file, each apart from any other."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx import Client

from tests.support.paths import ROOT

OVERRIDE = "COMPOSE_OVERRIDE"
FREE_PORT = {"COASTER_PORT": "0", "COASTER_GATEWAY_PORT": "0"}
KILL_WORKERS = (Path(__file__).parent / "kill_workers.py").read_text()


def docker(*arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """What it prints; the test fails with its last words where it does not end well."""
    command = ["docker", *arguments]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        pytest.fail(
            f"`{' '.join(command)}` ended with {ended.returncode}:\n{ended.stderr[-4000:]}",
            pytrace=False,
        )
    return ended.stdout.strip()


def files() -> list[str]:
    extra = [given] if (given := os.environ.get(OVERRIDE)) else []
    return [part for file in ("docker-compose.yml", *extra) for part in ("--file", file)]


@dataclass(frozen=True)
class Project:
    """One start of the compose file, apart from any other."""

    name: str = field(default_factory=lambda: f"coaster-test-{uuid4().hex[:8]}")

    def compose(self, *arguments: str, environment: Mapping[str, str] = FREE_PORT) -> str:
        return docker(
            "compose", "--project-name", self.name, *files(), *arguments, environment=environment
        )

    @property
    def container(self) -> str:
        return self.containers("api")[0]

    def containers(self, service: str) -> list[str]:
        return self.compose("ps", "--all", "--quiet", service).split()

    def inspect(self, service: str = "api") -> dict[str, Any]:
        found: list[dict[str, Any]] = json.loads(docker("inspect", *self.containers(service)))
        return found[0]

    def kill_workers(self, *, most: int) -> None:
        docker("exec", self.container, "python", "-c", KILL_WORKERS, str(most))

    def client(self, service: str = "api", port: int = 8000) -> Client:
        return Client(
            base_url=f"http://{self.compose('port', service, str(port))}",
            timeout=30,
            trust_env=False,
        )


@contextmanager
def started(*scaled: str) -> Iterator[Project]:
    """The service alone, or scaled: a whole cluster."""
    project = Project()
    profile = ("--profile", "scale") if scaled else ()
    try:
        project.compose(
            *profile, "up", *scaled, "--build", "--detach", "--wait", "--wait-timeout", "180"
        )
        yield project
    finally:
        project.compose(
            "--profile", "scale", "down", "--volumes", "--rmi", "local", "--timeout", "0"
        )
