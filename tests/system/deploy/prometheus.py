"""Debian's Prometheus, as an operator would run it, beside a service."""

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.paths import ROOT

RULES = ROOT / "deploy" / "prometheus"
SCRAPE_SECONDS = 1


@dataclass(frozen=True)
class Prometheus:
    """A running one."""

    url: str

    def ask(self, path: str, **parameters: str) -> Any:
        """What its API answers.

        Raises AssertionError with its own words.
        """
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=10).json()
        assert answer["status"] == "success", (parameters, answer)
        return answer["data"]

    def query(self, expression: str) -> list[dict[str, str]]:
        """The labels of each series that has a value now."""
        found = self.ask("query", query=expression)
        if found["resultType"] == "scalar":
            return [{}]
        return [series["metric"] for series in found["result"] if series["value"][1] != "NaN"]

    def names(self) -> set[str]:
        """Of all metrics."""
        return set(self.ask("label/__name__/values"))

    def rules(self) -> list[dict[str, Any]]:
        """Those of deploy/, as it has understood them."""
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]


@contextmanager
def watching(target: str, folder: Path) -> Iterator[Prometheus]:
    """One that scrapes this address every second, with the rules of deploy/."""
    config = (
        (RULES / "prometheus.yml")
        .read_text()
        .replace("127.0.0.1:8000", target)
        .replace("- alerts.yml", f"- {RULES}/alerts.yml")
    )
    config = re.sub(r"(?<=_interval: )15s", f"{SCRAPE_SECONDS}s", config)
    assert target in config
    (folder / "prometheus.yml").write_text(config)
    address = f"127.0.0.1:{_free_port()}"
    command = [
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address={address}",
        "--log.level=warn",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, stdout=log)
    try:
        _wait(f"http://{address}", process, folder / "log")
        yield Prometheus(f"http://{address}")
    finally:
        process.terminate()
        process.wait(15)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while not _ready(url):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def _ready(url: str) -> bool:
    try:
        return httpx.get(url + "/-/ready").status_code == 200
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
