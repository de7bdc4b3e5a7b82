"""GET /metrics: the metrics of this process, for Prometheus.

`Measures` counts requests, problems and fits as they happen. The metrics of workers, streams and
jobs are read for each scrape.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from service.api.measures import FITS, JOBS
from service.api.routing import router_of
from service.api.state import AppState, state_of
from service.jobs.job import Counted
from service.pool.interface import Load

router = router_of("operations")

LOADS: tuple[tuple[str, str, Callable[[Load], int]], ...] = (
    ("coaster_workers_expected", "Workers that should be running.", lambda load: load.workers),
    ("coaster_workers_warm", "Workers that are alive and warm.", lambda load: load.warm),
    ("coaster_workers_busy", "Workers that compute a fit.", lambda load: load.busy),
    ("coaster_waiting_fits", "Fits that no worker has taken yet.", lambda load: load.waiting),
    (
        "coaster_waiting_fits_limit",
        "Fits that may wait while long ones run.",
        lambda load: load.waiting_limit,
    ),
)
REPLACED = (
    "Workers that died, or were killed because their fit was no longer wanted or took too long."
)


@dataclass(frozen=True)
class Scrape(Collector):
    """The metrics of one scrape. `counted` is missing if the job database does not answer."""

    state: AppState
    counted: Counted | None

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        yield from self.state.measures.registry.collect()
        yield from _workers(self.state)
        yield from _streams_and_jobs(self.state, self.counted)


@router.get(
    "/metrics",
    summary="Get the metrics of this process for Prometheus",
    response_class=PlainTextResponse,
)
async def metrics(request: Request) -> Response:
    """Return metrics of requests, fits, workers, streams and jobs in Prometheus' text format. Each
    replica reports its own, but the jobs are those of all replicas.
    """
    state = state_of(request.app)
    scrape = Scrape(state, await state.jobs.counted())
    return Response(generate_latest(scrape), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _workers(state: AppState) -> Iterator[Metric]:
    pools = {FITS: state.pool}
    if state.jobs.pool:
        pools[JOBS] = state.jobs.pool
    loads = {name: pool.load for name, pool in pools.items()}
    for metric, documentation, of in LOADS:
        yield _by("pool", metric, documentation, {name: of(load) for name, load in loads.items()})
    replaced = CounterMetricFamily("coaster_workers_replaced", REPLACED, labels=["pool", "how"])
    for name, pool in pools.items():
        for how, count in pool.replaced.items():
            replaced.add_metric([name, how], count)
    yield replaced


def _streams_and_jobs(state: AppState, counted: Counted | None) -> Iterator[Metric]:
    up = "1 if the job database has just answered, otherwise 0."
    for name, documentation, value in (
        ("coaster_streams_open", "Streams that are open.", len(state.streams)),
        ("coaster_streams_limit", "Streams that may be open at once.", state.streams.most),
        ("coaster_store_up", up, int(counted is not None)),
        ("coaster_queued_jobs_limit", "Jobs that may wait.", state.settings.max_waiting_jobs),
    ):
        yield GaugeMetricFamily(name, documentation, value)
    if counted:
        stored = "Jobs that are stored, of all replicas."
        yield _by("status", "coaster_jobs", stored, counted.by_status)
        age = "Age of the oldest waiting job, in seconds; 0 if no job waits."
        yield GaugeMetricFamily("coaster_oldest_queued_job_seconds", age, counted.oldest_seconds)


def _by(label: str, name: str, documentation: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family
