"""What is looked up when somebody asks: workers, streams, jobs."""

import platform
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import version

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from service import VERSION
from service.jobs.job import Counted
from service.pool.interface import FitPool
from service.pool.stats import Load

FITS, JOBS = "fits", "jobs"
"""The two pools, as their metrics name them."""
LOADS: tuple[tuple[str, str, Callable[[Load], int]], ...] = (
    ("coaster_workers_expected", "Workers that there should be.", lambda load: load.workers),
    ("coaster_workers_warm", "Workers that are alive and warm.", lambda load: load.warm),
    ("coaster_workers_busy", "Workers at work.", lambda load: load.busy),
    ("coaster_waiting_fits", "Fits that no worker has taken yet.", lambda load: load.waiting),
    ("coaster_waiting_fits_limit", "Fits that may wait behind long ones.", lambda load: load.room),
)
REPLACED = (
    "Workers that ended: died, or were killed, as nobody wanted their fit any more or it took too "
    "long."
)
OLDEST = "Age of the oldest job that waits, in seconds; 0 where none does."


@cache
def build() -> list[Metric]:
    """What this is. torch is the workers': its version is read, not asked of it."""
    labels = {"version": VERSION, "python": platform.python_version(), "torch": version("torch")}
    family = GaugeMetricFamily(
        "coaster_build_info", "Always 1: the versions stand in its labels.", labels=list(labels)
    )
    family.add_metric(list(labels.values()), 1)
    return [family]


def workers(pools: Mapping[str, FitPool]) -> Iterator[Metric]:
    """What the pools have to do, and who does it."""
    loads = {name: pool.load for name, pool in pools.items()}
    for metric, documentation, of in LOADS:
        yield _by("pool", metric, documentation, {name: of(load) for name, load in loads.items()})
    replaced = CounterMetricFamily("coaster_workers_replaced", REPLACED, labels=["pool", "how"])
    for name, pool in pools.items():
        for how, count in pool.replaced.items():
            replaced.add_metric([name, how], count)
    yield replaced


def streams(open_now: int, most: int) -> Iterator[Metric]:
    """How many readers there are."""
    yield GaugeMetricFamily("coaster_streams_open", "Streams that are open.", open_now)
    yield GaugeMetricFamily("coaster_streams_limit", "Streams that may be open at once.", most)


def jobs(counted: Counted | None, limit: int) -> Iterator[Metric]:
    """How many jobs there are; nothing but that it is not known while the database does not
    work.
    """
    yield GaugeMetricFamily(
        "coaster_store_up",
        "Whether the database of the jobs has just answered.",
        int(counted is not None),
    )
    yield GaugeMetricFamily("coaster_queued_jobs_limit", "Jobs that may wait.", limit)
    if counted:
        yield _by(
            "status", "coaster_jobs", "Jobs that are kept, of all replicas.", counted.by_status
        )
        yield GaugeMetricFamily("coaster_oldest_queued_job_seconds", OLDEST, counted.oldest_seconds)


def _by(label: str, name: str, documentation: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family
