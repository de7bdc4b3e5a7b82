"""Debian's Prometheus, as an operator would run it, next to a service."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.paths import ROOT
from tests.support.ports import free_port
from tests.support.server import PATIENCE_SECONDS, until

RULES = ROOT / "deploy" / "prometheus"
SCRAPE_SECONDS = 1
GUIDE = (ROOT / "docs" / "how-to" / "monitor.md").read_text()
(COMMAND,) = re.findall(r"^ *(prometheus --.*)$", GUIDE, re.MULTILINE)
"""The command with which the guide starts Prometheus."""


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    url: str

    def ask(self, path: str, **parameters: str) -> Any:
        """Return what its API answers. An error fails the test with its message."""
        url = f"{self.url}/api/v1/{path}"
        answer = httpx.get(url, params=parameters, timeout=PATIENCE_SECONDS).json()
        assert answer["status"] == "success", (parameters, answer)
        return answer["data"]

    def query(self, expression: str) -> list[dict[str, str]]:
        """Return the labels of each series that has a value now."""
        found = self.ask("query", query=expression)
        if found["resultType"] == "scalar":
            return [{}]
        return [series["metric"] for series in found["result"] if series["value"][1] != "NaN"]

    def names(self) -> set[str]:
        """Return the names of all metrics."""
        return set(self.ask("label/__name__/values"))

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules of deploy/ as Prometheus has understood them."""
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]


@contextmanager
def watching(target: str, folder: Path, key: str = "") -> Iterator[Prometheus]:
    """Run the command of the guide: a Prometheus with the rules of deploy/ that scrapes an address,
    with a key if one is given. It scrapes every second.
    """
    (folder / "coaster-key").write_text(key)
    given = {"127.0.0.1:8000": target, "- alerts.yml": f"- {RULES}/alerts.yml"}
    if key:
        given |= {"# authorization": "authorization", "/etc/prometheus": str(folder)}
    config = _replaced((RULES / "prometheus.yml").read_text(), given)
    config = re.sub(r"(?<=_interval: )15s", f"{SCRAPE_SECONDS}s", config)
    (folder / "prometheus.yml").write_text(config)
    address = f"127.0.0.1:{free_port()}"
    places = {"deploy/prometheus": str(folder), "/var/tmp": str(folder), "127.0.0.1:9091": address}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(_replaced(COMMAND, places).split(), stderr=log, stdout=log)
    try:
        until(lambda: _ready(f"http://{address}", process, folder / "log"))
        yield Prometheus(f"http://{address}")
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _replaced(text: str, given: dict[str, str]) -> str:
    """Return the text with each of these parts replaced."""
    for old, new in given.items():
        assert old in text
        text = text.replace(old, new)
    return text


def _ready(url: str, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    try:
        return httpx.get(url + "/-/ready", timeout=PATIENCE_SECONDS).status_code == 200
    except httpx.TransportError:
        return False
