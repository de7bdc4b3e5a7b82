"""The Python client, when connections and the service break."""

import os
import re
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from coaster_client import Coaster, Fit, FitRequest
from coaster_client.models import JobEvent, StepsEvent, StreamEvent
from tests.support.cutting import cutting
from tests.support.ports import free_port
from tests.support.server import PATIENCE_SECONDS, Server, serving

STEPS = 5000
JOB: Any = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": STEPS, "solver": "loop"}
STREAMS, READERS = 200, 16
MOST_BYTES = 300_000
"""A whole stream has about 400,000 bytes, and a block of steps up to 90,000."""
METRICS = 500


def recorded(events: Iterable[StreamEvent | JobEvent]) -> tuple[list[int], list[float]]:
    """Return the number and the loss of each step in a stream of consecutive steps."""
    steps = [event for event in events if isinstance(event, StepsEvent)]
    numbers = [number for event in steps for number in range(event.first, event.last + 1)]
    return numbers, [loss for event in steps for loss in event.loss]


def test_each_step_arrives_once_and_in_order_over_connections_that_break(server: Server) -> None:
    with (
        Coaster(server.url) as direct,
        cutting(server.url, most_bytes=MOST_BYTES, seed=18) as proxy,
        Coaster(proxy.url) as coaster,
        ThreadPoolExecutor(READERS) as readers,
    ):
        job = direct.jobs.create(**JOB)
        streams = list(readers.map(lambda _: recorded(coaster.jobs.events(job.id)), range(STREAMS)))
        losses = direct.jobs.wait(job.id).losses

    assert proxy.cuts > STREAMS
    assert [stream != (list(range(STEPS + 1)), losses) for stream in streams] == [False] * STREAMS


@contextmanager
def killed_service(folder: Path, port: int) -> Iterator[None]:
    """Run a service until the block ends, and kill it as a loss of power would."""
    database = f"sqlite:///{folder}/jobs.db"
    with serving("--port", str(port), "--workers", "1", COASTER_DATABASE_URL=database) as server:
        yield
        os.kill(server.pid, signal.SIGKILL)


def test_each_step_arrives_once_and_in_order_though_the_service_is_killed_twice(
    tmp_path: Path,
) -> None:
    port = free_port()
    steps = 8 * STEPS
    reached = {part: Event() for part in (1, 3)}

    def follow(coaster: Coaster, job_id: str) -> tuple[list[int], list[float]]:
        events = []
        for event in coaster.jobs.events(job_id):
            events.append(event)
            for part, event_of_part in reached.items():
                if isinstance(event, StepsEvent) and event.last > part * steps / 5:
                    event_of_part.set()
        return recorded(events)

    with Coaster(f"http://127.0.0.1:{port}") as coaster, ThreadPoolExecutor(8) as readers:
        with killed_service(tmp_path, port):
            job = coaster.jobs.create(**JOB | {"steps": steps, "record_every": 1})
            streams = [readers.submit(follow, coaster, job.id) for _ in range(8)]
            assert reached[1].wait(PATIENCE_SECONDS)
        with killed_service(tmp_path, port):
            assert reached[3].wait(PATIENCE_SECONDS)
        with killed_service(tmp_path, port):
            found = [stream.result(PATIENCE_SECONDS) for stream in streams]
            losses = coaster.jobs.wait(job.id).losses

    assert [stream != (list(range(steps + 1)), losses) for stream in found] == [False] * 8


def metrics() -> list[FitRequest]:
    """Return a request for each metric, whose slope is its number."""
    t = list(range(20))
    return [
        {"data": (t, [slope * each - 3 for each in t]), "model": {"degree": 1}, "seed": slope}
        for slope in range(METRICS)
    ]


def slopes(url: str, concurrency: int) -> list[float]:
    """Return the slope of each metric that is fitted, as a client finds it."""
    with Coaster(url) as coaster:
        fits = list(coaster.map(metrics(), concurrency=concurrency))
    return [fit.raw["params"]["a"] for fit in fits if isinstance(fit, Fit) and fit.converged]


RIGHT = pytest.approx(list(range(METRICS)), abs=1e-6)


def test_five_hundred_metrics_have_five_hundred_right_answers(server: Server) -> None:
    assert slopes(server.url, 8) == RIGHT


def test_a_caller_sees_no_error_of_a_service_that_rejects_some_for_a_moment() -> None:
    with serving("--workers", "2", COASTER_MAX_FITS_PER_CLIENT="2") as limited:
        found = slopes(limited.url, 8)
        rejected = httpx.get(f"{limited.url}/metrics").text

    assert found == RIGHT
    assert re.search(r'code="too_many_fits"} [1-9]', rejected)
