"""GET /metrics: the metrics of this process, for Prometheus."""

from collections.abc import Iterable, Iterator
from itertools import chain

from fastapi import APIRouter
from prometheus_client import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from service.api.measuring import gauges
from service.api.state import app_state

router = APIRouter(tags=["operations"])


class Scrape(Collector):
    """The counted metrics, and those that were read for this scrape."""

    def __init__(self, measured: Collector, found: Iterable[Metric]) -> None:
        self._measured = measured
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """Return all metrics."""
        return chain(self._measured.collect(), self._found)


@router.get(
    "/metrics",
    summary="Get the metrics of this process for Prometheus",
    response_class=PlainTextResponse,
)
async def metrics(request: Request) -> Response:
    """Return metrics of requests, fits, workers, streams and jobs in Prometheus' text format. Each
    replica reports its own, but the jobs are those of all replicas.
    """
    state = app_state(request)
    pools = {gauges.FITS: state.pool}
    if state.jobs.pool:
        pools[gauges.JOBS] = state.jobs.pool
    found = chain(
        gauges.build_metrics(),
        gauges.worker_metrics(pools),
        gauges.stream_metrics(len(state.streams), state.streams.most),
        gauges.job_metrics(await state.jobs.counts.latest(), state.settings.max_waiting_jobs),
    )
    return Response(
        generate_latest(Scrape(state.measures.registry, found)), media_type=CONTENT_TYPE_PLAIN_0_0_4
    )
