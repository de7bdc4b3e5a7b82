"""The configuration, the alerts and the dashboard of deploy/, on a real Prometheus.

Grafana is not packaged for Debian, so no test runs the commands that import the dashboard.
"""

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.keys import key_file
from tests.support.paths import ROOT
from tests.support.server import LONG, PATIENCE_SECONDS, Server, serving, until
from tests.system.deploy.prometheus import GUIDE, RULES, Prometheus, watching

pytestmark = pytest.mark.prometheus

DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "coaster.json").read_text())
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"]}
QUERIES = [
    (title, target["expr"]) for title, panel in PANELS.items() for target in panel["targets"]
]
ALERTS = re.findall(r"- alert: (\w+)", (RULES / "alerts.yml").read_text())
LECTURE = {"synthetic": {}, "seed": 42, "lr": 1e-5}
RANGE = "20s"
"""The interval that Grafana would choose: it holds several scrapes."""


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that has seen some traffic, which goes on."""
    with (
        serving("--workers", "1", COASTER_WAITING_PER_WORKER="1") as server,
        watching(
            server.url.removeprefix("http://"), tmp_path_factory.mktemp("prometheus")
        ) as started,
        traffic(server),
    ):
        yield started


@contextmanager
def traffic(server: Server) -> Iterator[None]:
    """Repeat everything that a dashboard can show, until the block ends."""
    ended = threading.Event()

    def go_on() -> None:
        with (
            httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as client,
            ThreadPoolExecutor(6) as crowd,
        ):
            while not ended.is_set():
                for given in (
                    {},
                    {"solver": "loop"},
                    {"lr": 1, "steps": 1000},
                    {"stop": {"patience": 1}},
                    {"degree": 99},
                ):
                    client.post("/fit", json=LECTURE | given)
                client.get("/nothing")
                client.post("/fit/stream", json=LECTURE)
                client.post("/jobs", json=LECTURE)
                list(
                    crowd.map(lambda _: client.post("/fit", json=LONG | {"steps": 3000}), range(6))
                )

    with ThreadPoolExecutor(1) as thread:
        going = thread.submit(go_on)
        try:
            yield
        finally:
            ended.set()
    going.result()


def series_of(prometheus: Prometheus, expression: str) -> list[dict[str, str]]:
    """Return the labels of each series of an expression, once it has some."""
    found: list[dict[str, str]] = []

    def answered() -> bool:
        found[:] = prometheus.query(expression)
        return bool(found)

    until(answered, pause=0.5)
    return found


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *arguments], cwd=RULES, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
)
def test_promtool_finds_nothing_wrong(arguments: tuple[str, ...]) -> None:
    done = promtool(*arguments)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_made_to_fire_by_a_test() -> None:
    fired = set(
        re.findall(r"alertname: (\w+)\n +exp_alerts", (RULES / "alerts_test.yml").read_text())
    )

    assert fired == set(ALERTS)


def test_what_the_service_tells_is_well_formed() -> None:
    with serving("--workers", "1") as server:
        httpx.post(server.url + "/fit", json=LECTURE, timeout=PATIENCE_SECONDS).raise_for_status()
        scraped = httpx.get(server.url + "/metrics", timeout=PATIENCE_SECONDS).content
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=scraped, capture_output=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    ("title", "expression"),
    QUERIES,
    ids=[f"{title}-{number}" for number, (title, _) in enumerate(QUERIES)],
)
def test_a_query_of_the_dashboard_yields_data(
    prometheus: Prometheus, title: str, expression: str
) -> None:
    asked = expression.replace("$__rate_interval", RANGE).replace("$instance", ".*")

    found = series_of(prometheus, asked)

    labels = {
        name
        for target in PANELS[title]["targets"]
        for name in re.findall(r"{{(\w+)}}", target["legendFormat"])
    }
    assert all(labels <= series.keys() for series in found)


def test_a_service_that_requires_keys_is_scraped_with_a_key(tmp_path: Path) -> None:
    file, keys = key_file(tmp_path, ["prometheus"])
    with (
        serving("--workers", "1", COASTER_API_KEYS_FILE=str(file)) as server,
        watching(server.url.removeprefix("http://"), tmp_path, keys["prometheus"]) as started,
    ):
        assert series_of(started, 'up{job="coaster"} == 1')


def test_an_alert_is_understood(prometheus: Prometheus) -> None:
    rules = prometheus.rules()

    assert [rule["name"] for rule in rules] == ALERTS
    assert {rule["health"] for rule in rules} <= {"ok", "unknown"}


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_is_explained(prometheus: Prometheus, alert: str) -> None:
    (rule,) = [rule for rule in prometheus.rules() if rule["name"] == alert]

    assert rule["annotations"].keys() == {"summary", "description", "runbook"}
    assert rule["annotations"]["runbook"] == f"docs/how-to/monitor.md#{alert.lower()}"
    assert f"\n### {alert}\n" in GUIDE


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_looks_at_what_there_is(prometheus: Prometheus, alert: str) -> None:
    """With traffic each side of the comparison has data, whatever the threshold."""
    (rule,) = [rule for rule in prometheus.rules() if rule["name"] == alert]
    observed, _, bound = re.fullmatch(r"(.+) (<|>|==) (.+)", rule["query"], re.DOTALL).groups()  # type: ignore[union-attr]

    prometheus.query(rule["query"])

    assert series_of(prometheus, observed)
    assert series_of(prometheus, bound)
    assert set(re.findall(r"\b(?:coaster|process)_\w+", rule["query"])) <= prometheus.names()
