"""The metrics that are read for each scrape: workers, streams and jobs."""

import platform
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import version

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from service import VERSION
from service.jobs.job import Counted
from service.pool.interface import FitPool, Load

FITS, JOBS = "fits", "jobs"
"""The names of the two pools in the metrics."""
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
OLDEST_JOB = "Age of the oldest waiting job, in seconds; 0 if no job waits."


@cache
def build_metrics() -> list[Metric]:
    """Return the versions of the service, of Python and of torch.

    The version of torch is read from its package, as only the workers import torch.
    """
    labels = {"version": VERSION, "python": platform.python_version(), "torch": version("torch")}
    family = GaugeMetricFamily(
        "coaster_build_info", "Always 1; its labels give the versions.", labels=list(labels)
    )
    family.add_metric(list(labels.values()), 1)
    return [family]


def worker_metrics(pools: Mapping[str, FitPool]) -> Iterator[Metric]:
    """Yield the load of each pool and the number of its replaced workers."""
    loads = {name: pool.load for name, pool in pools.items()}
    for metric, documentation, of in LOADS:
        yield _by("pool", metric, documentation, {name: of(load) for name, load in loads.items()})
    replaced = CounterMetricFamily("coaster_workers_replaced", REPLACED, labels=["pool", "how"])
    for name, pool in pools.items():
        for how, count in pool.replaced.items():
            replaced.add_metric([name, how], count)
    yield replaced


def stream_metrics(open_now: int, most: int) -> Iterator[Metric]:
    """Yield the number of open streams and its limit."""
    yield GaugeMetricFamily("coaster_streams_open", "Streams that are open.", open_now)
    yield GaugeMetricFamily("coaster_streams_limit", "Streams that may be open at once.", most)


def job_metrics(counted: Counted | None, limit: int) -> Iterator[Metric]:
    """Yield the number of jobs. If the database does not answer, yield only that fact and the
    limit.
    """
    yield GaugeMetricFamily(
        "coaster_store_up",
        "1 if the job database has just answered, otherwise 0.",
        int(counted is not None),
    )
    yield GaugeMetricFamily("coaster_queued_jobs_limit", "Jobs that may wait.", limit)
    if counted:
        yield _by(
            "status", "coaster_jobs", "Jobs that are stored, of all replicas.", counted.by_status
        )
        yield GaugeMetricFamily(
            "coaster_oldest_queued_job_seconds", OLDEST_JOB, counted.oldest_seconds
        )


def _by(label: str, name: str, documentation: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family
