"""The metrics that are counted as events happen: requests, problems and answered fits."""

from bisect import bisect_left
from collections.abc import Iterator
from functools import cache, partial
from importlib.metadata import version
from itertools import accumulate
from platform import python_version

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Info, Metric, ProcessCollector
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from starlette.types import Scope

from service import VERSION
from service.api.endpoints import ASKING_PATHS
from service.api.problems import Code
from service.descent.questions.asked import Asked
from service.pool.frames import Tally
from service.pool.interface import Count

FITS, JOBS = "fits", "jobs"
"""The names of the two pools in the metrics."""
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""The bounds of the buckets in seconds. Most fits take one millisecond, large ones ten seconds."""
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
OTHER = "other"
"""The label for all paths and methods that the service does not know, as callers invent them."""
NONE = "none"
"""The label for a value that does not exist: an analysis has no outcome, a sweep has several."""


class Durations(Collector):
    """A histogram of times in seconds, by labels.

    Every fit adds to two of them. `Histogram` of prometheus_client would take a lock for each
    number, and three times as long.
    """

    def __init__(self, name: str, documentation: str, labels: tuple[str, ...]) -> None:
        self._name = name
        self._documentation = documentation
        self._labels = labels
        self._counts: dict[tuple[str, ...], list[int]] = {}
        self._sums: dict[tuple[str, ...], float] = {}

    def add(self, labels: tuple[str, ...], seconds: float) -> None:
        """Count a time under the values of the labels."""
        if labels not in self._counts:
            self._counts[labels] = [0] * (len(BUCKETS) + 1)
            self._sums[labels] = 0.0
        self._counts[labels][bisect_left(BUCKETS, seconds)] += 1
        self._sums[labels] += seconds

    def collect(self) -> Iterator[Metric]:
        """Yield the histogram."""
        family = HistogramMetricFamily(self._name, self._documentation, labels=self._labels)
        bounds = [*(str(float(bound)) for bound in BUCKETS), "+Inf"]
        for labels, counts in self._counts.items():
            buckets = [*zip(bounds, accumulate(counts), strict=True)]
            family.add_metric(labels, buckets, self._sums[labels])
        yield family


class Measures:
    """Counters whose labels have few values, so that each look-up by labels is cached."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        # each series would have another one for its creation time
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # as it has it
        counter = partial(Counter, registry=registry)
        self._requests = Durations(
            "coaster_request_duration_seconds",
            "Time from the head of a request to the end of its answer; for a stream, the time that "
            "it was open.",
            ("route", "method", "status"),
        )
        problems = counter("coaster_problems", "Problems sent to clients, by code.", ("code",))
        self._fits = Durations(
            "coaster_fit_duration_seconds",
            "Time that a worker took for one answer, as in its elapsed_ms.",
            ("pool", "question", "solver", "outcome"),
        )
        steps = counter("coaster_steps", "Steps of answered fits.", ("pool", "solver"))
        # the version of torch comes from its metadata: only workers import it
        versions = {"python": python_version(), "torch": version("torch"), "version": VERSION}
        build = Info("coaster_build", "Always 1; its labels give the versions.", registry=registry)
        build.info(versions)
        registry.register(self._requests)
        registry.register(self._fits)
        self._problems, self._steps = cache(problems.labels), cache(steps.labels)
        for code in Code:
            self._problems(code)  # a rate needs a zero to begin from

    def request(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request that has ended."""
        method = scope["method"] if scope["method"] in METHODS else OTHER
        self._requests.add((template(scope), method, str(status)), seconds)

    def problem(self, code: Code) -> None:
        """Count a problem that is sent to a client."""
        self._problems(code).inc()

    def counting(self, pool: str) -> Count:
        """Return a function that counts the answers of one pool."""

        def count(question: Asked, tally: Tally) -> None:
            solver = question.chosen_solver or NONE
            self._fits.add((pool, question.label, solver, tally.outcome or NONE), tally.seconds)
            self._steps(pool, solver).inc(tally.steps)

        return count


def template(scope: Scope) -> str:
    """Return the path template of the route that was found, for example /jobs/{id}."""
    if route := scope.get("route"):
        return str(route.path_format)
    path: str = scope["path"]
    return path if path in ASKING_PATHS else OTHER  # these may be rejected before the router
