"""What is measured as it happens: requests, problems, and the fits that are answered."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from starlette.types import Scope

from service.api.problems import Code
from service.descent.questions.specs import (
    AnalysisSpec,
    FitSpec,
    PictureSpec,
    Question,
    StreamSpec,
    SweepSpec,
)
from service.pool.frames import Tally
from service.pool.stats import Count

BUCKETS = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
)
"""In seconds. Most fits take one millisecond, the largest ten seconds and more."""
ASKING = {"/fit", "/fit/stream", "/sweep", "/analysis"}
"""Paths of requests that need a worker at once."""
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
OTHER = "other"
"""Paths and methods that the service does not know: one word for all, as callers make them up."""
QUESTIONS = {
    FitSpec: "fit",
    StreamSpec: "stream",
    PictureSpec: "picture",
    SweepSpec: "sweep",
    AnalysisSpec: "analysis",
}
NONE = "none"
"""Of an analysis, which makes no step, and of a sweep, whose rates end in different ways."""


class Measures:
    """Counts with labels of few values. What has been counted once is found by one look-up: it
    stands on the way of every request.
    """

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        disable_created_metrics()  # type: ignore[no-untyped-call]  # else each series has another, of when it began
        self._requests = Histogram(
            "coaster_request_duration_seconds",
            (
                "Time from the head of a request to the end of its answer; of a stream, as long as "
                "it was open."
            ),
            ("route", "method", "status"),
            buckets=BUCKETS,
            registry=registry,
        )
        self._problems = Counter(
            "coaster_problems", "Problems told, by their code.", ("code",), registry=registry
        )
        self._fits = Histogram(
            "coaster_fit_duration_seconds",
            "Time that a worker took for one answer, as in its elapsed_ms.",
            ("pool", "question", "solver", "outcome"),
            buckets=BUCKETS,
            registry=registry,
        )
        self._steps = Counter(
            "coaster_steps", "Steps of the fits answered.", ("pool", "solver"), registry=registry
        )
        self._answered: dict[tuple[str, str, int], Histogram] = {}
        for code in Code:
            self._problems.labels(code)  # a rate needs a zero to begin from

    def request(self, scope: Scope, status: int, seconds: float) -> None:
        """A request has ended."""
        key = (template(scope), scope["method"], status)
        measured = self._answered.get(key)
        if measured is None:
            measured = self._answered[key] = self._requests.labels(
                key[0], key[1] if key[1] in METHODS else OTHER, str(status)
            )
        measured.observe(seconds)

    def problem(self, code: Code) -> None:
        """A problem is told."""
        self._problems.labels(code).inc()

    def counting(self, pool: str) -> Count:
        """Counts the answers of one pool."""
        found: dict[tuple[type[Question], str, str | None], tuple[Histogram, Counter]] = {}

        def count(question: Question, tally: Tally) -> None:
            key = (type(question), getattr(question, "solver", NONE), tally.outcome)
            measured = found.get(key)
            if measured is None:
                kind, solver, outcome = key
                fits = self._fits.labels(pool, QUESTIONS[kind], solver, outcome or NONE)
                measured = found[key] = fits, self._steps.labels(pool, solver)
            fits, steps = measured
            fits.observe(tally.seconds)
            steps.inc(tally.steps)

        return count


def template(scope: Scope) -> str:
    """The path as the router has it, where one of its routes was found: /jobs/{id}."""
    if route := scope.get("route"):
        found: str = route.path_format
        return found
    # some are refused before the router sees them
    return str(scope["path"]) if scope["path"] in ASKING else OTHER
