"""GET /metrics: how this process is, for Prometheus."""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from service.api.measuring import gauges
from service.api.measuring.measures import Measures

if TYPE_CHECKING:
    from service.jobs.jobs import Jobs

router = APIRouter(tags=["operations"])


class Scrape(Collector):
    """Measures, and what was looked up for this scrape."""

    def __init__(self, measured: Collector, found: Iterable[Metric]) -> None:
        self._measured = measured
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        return chain(self._measured.collect(), self._found)


def install(app: FastAPI) -> None:
    """Gives the application a registry of its own: it counts nothing in common with another in the
    same process.
    """
    app.state.registry = CollectorRegistry()
    app.state.measures = Measures(app.state.registry)
    ProcessCollector(registry=app.state.registry)
    app.include_router(router)


@router.get(
    "/metrics", summary="How this process is, for Prometheus", response_class=PlainTextResponse
)
async def metrics(request: Request) -> Response:
    """Requests, fits, workers, streams and jobs, in Prometheus' text format. Each replica tells of
    itself; jobs are those of all.
    """
    state = request.app.state
    jobs = _opened(state.jobs)
    pools = {gauges.FITS: state.pool} | ({gauges.JOBS: jobs.pool} if jobs and jobs.pool else {})
    found = chain(
        gauges.build(),
        gauges.workers(pools),
        gauges.streams(state.streams),
        gauges.jobs(await jobs.census.known() if jobs else None, state.settings.max_waiting_jobs),
    )
    return Response(
        generate_latest(Scrape(state.registry, found)), media_type=CONTENT_TYPE_PLAIN_0_0_4
    )


def _opened(jobs: asyncio.Future["Jobs"]) -> "Jobs | None":
    return jobs.result() if jobs.done() and not jobs.exception() else None
