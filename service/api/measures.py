"""The metrics that are counted as events happen: requests, problems and answered fits."""

from functools import cache, partial
from importlib.metadata import version
from platform import python_version

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector
from starlette.types import Scope

from service import VERSION
from service.api.endpoints import ASKING_PATHS
from service.api.problems import Code
from service.descent.questions.excerpt import Asked
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


class Measures:
    """Counters whose labels have few values, so that each look-up by labels is cached."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        # each series would have another one for its creation time
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # as it has it
        counter = partial(Counter, registry=registry)
        histogram = partial(Histogram, buckets=BUCKETS, registry=registry)
        requests = histogram(
            "coaster_request_duration_seconds",
            "Time from the head of a request to the end of its answer; for a stream, the time that "
            "it was open.",
            ("route", "method", "status"),
        )
        problems = counter("coaster_problems", "Problems sent to clients, by code.", ("code",))
        fits = histogram(
            "coaster_fit_duration_seconds",
            "Time that a worker took for one answer, as in its elapsed_ms.",
            ("pool", "question", "solver", "outcome"),
        )
        steps = counter("coaster_steps", "Steps of answered fits.", ("pool", "solver"))
        # the version of torch comes from its metadata: only workers import it
        versions = {"python": python_version(), "torch": version("torch"), "version": VERSION}
        build = Info("coaster_build", "Always 1; its labels give the versions.", registry=registry)
        build.info(versions)
        self._requests, self._problems = cache(requests.labels), cache(problems.labels)
        self._fits, self._steps = cache(fits.labels), cache(steps.labels)
        for code in Code:
            self._problems(code)  # a rate needs a zero to begin from

    def request(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request that has ended."""
        method = scope["method"] if scope["method"] in METHODS else OTHER
        self._requests(template(scope), method, status).observe(seconds)

    def problem(self, code: Code) -> None:
        """Count a problem that is sent to a client."""
        self._problems(code).inc()

    def counting(self, pool: str) -> Count:
        """Return a function that counts the answers of one pool."""

        def count(question: Asked, tally: Tally) -> None:
            solver = question.chosen_solver or NONE
            fits = self._fits(pool, question.label, solver, tally.outcome or NONE)
            fits.observe(tally.seconds)
            self._steps(pool, solver).inc(tally.steps)

        return count


def template(scope: Scope) -> str:
    """Return the path template of the route that was found, for example /jobs/{id}."""
    if route := scope.get("route"):
        return str(route.path_format)
    path: str = scope["path"]
    return path if path in ASKING_PATHS else OTHER  # these may be rejected before the router
