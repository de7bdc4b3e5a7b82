"""A ledger of jobs: clients create jobs with keys and write down what they receive, while processes
are killed.
"""

import json
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from multiprocessing import get_context
from typing import Any
from uuid import uuid4

import httpx

from service.api.requests import parse
from service.descent.fit import collect, events
from service.descent.questions.fit import FitSpec
from tests.support.server import until

SIZES: list[dict[str, Any]] = [
    {"steps": 10},
    {"steps": 200_000, "record_every": 20},
    {"steps": 600, "solver": "loop"},
    {"steps": 2400, "solver": "loop", "record_every": 7},
    {"steps": 400, "lr": 1e-3, "solver": "loop"},
]
"""Jobs that take from milliseconds to a second; the last diverges."""


@dataclass
class Entry:
    """A job as its client knows it, with every id that the service ever returned for its key."""

    request: dict[str, Any]
    key: str = field(default_factory=lambda: uuid4().hex)
    ids: set[str] = field(default_factory=set)
    status: str = ""
    losses: list[float] = field(default_factory=list)
    last: int | None = None
    endings: int = 0


@dataclass
class Ledger:
    """What the clients wrote down."""

    entries: list[Entry] = field(default_factory=list)

    def received(self) -> int:
        """Return how many steps and endings the clients have received so far."""
        return sum(len(entry.losses) + entry.endings for entry in [*self.entries])

    def accepted(self) -> list[Entry]:
        """Return the jobs that the service accepted."""
        return [entry for entry in self.entries if entry.ids]

    def lost(self) -> list[Entry]:
        """Return the accepted jobs without a result."""
        return [entry for entry in self.accepted() if entry.status != "succeeded"]

    def double(self) -> list[Entry]:
        """Return the keys with more than one job."""
        return [entry for entry in self.entries if len(entry.ids) > 1]

    def different(self) -> list[Entry]:
        """Return the logs with a gap, a step twice, another number, or not exactly one ending."""
        accepted = self.accepted()
        with ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as processes:
            undisturbed = processes.map(reference, [entry.request for entry in accepted])
            return [
                entry
                for entry, losses in zip(accepted, undisturbed, strict=True)
                if entry.losses != losses or entry.endings != 1
            ]


def reference(request: dict[str, Any]) -> list[float]:
    """Return the losses of an undisturbed run."""
    return collect(events(parse(json.dumps(request).encode(), FitSpec))).losses


def requests() -> Callable[[], dict[str, Any]]:
    """Return a function that returns the next request, each with points of its own."""
    sizes, generator = cycle(SIZES), random.Random(42)
    return lambda: {"synthetic": {}, "seed": generator.randrange(2**53), "lr": 1e-5} | next(sizes)


def keep(
    ledger: Ledger,
    urls: Sequence[str],
    *,
    clients: int,
    enough: Callable[[], bool],
    patience: float,
) -> None:
    """Let some clients create jobs until it is enough, and follow each of them to its end.

    They give up a job that has not ended after `patience` seconds.
    """
    following = requests()
    lock = threading.Lock()

    def client(number: int) -> None:
        url = urls[number % len(urls)]
        while not enough():
            with lock:
                entry = Entry(following())
                ledger.entries.append(entry)
            see_through(url, entry, deadline=time.monotonic() + patience)

    with ThreadPoolExecutor(clients) as threads:
        for done in [threads.submit(client, number) for number in range(clients)]:
            done.result()


def kill_for(killings: Sequence[Callable[[], None]], *, seconds: float, pause: float) -> int:
    """Kill one process after the other for so long, with pauses; return how many."""
    end, count = time.monotonic() + seconds, 0
    for killing in cycle(killings):
        time.sleep(pause)
        if time.monotonic() > end:
            break
        killing()
        count += 1
    return count


def kill_in_turn(killings: Sequence[Callable[[], None]], ledger: Ledger) -> int:
    """Kill each process once, always while clients receive events; return how many."""
    for killing in killings:
        until_grown(ledger)
        killing()
    until_grown(ledger)
    return len(killings)


def until_grown(ledger: Ledger) -> None:
    """Wait until some client has received more."""
    received = ledger.received()
    until(lambda: ledger.received() > received)


def see_through(url: str, entry: Entry, *, deadline: float) -> None:
    """Create a job and follow its events to the last, however often the service goes away."""
    with httpx.Client(base_url=url, timeout=5) as http:
        while not entry.status and time.monotonic() < deadline:
            try:
                made = http.post(
                    "/jobs", json=entry.request, headers={"Idempotency-Key": entry.key}
                )
                if made.status_code == 202:
                    entry.ids.add(made.json()["id"])
                    follow(http, made.json()["id"], entry)
                else:
                    assert made.status_code == 503, made.text
            except httpx.HTTPError:
                pass
            time.sleep(0.2)


def follow(http: httpx.Client, job_id: str, entry: Entry) -> None:
    """Read on after the last event, until the job or the connection ends."""
    place = {} if entry.last is None else {"Last-Event-ID": str(entry.last)}
    with http.stream("GET", f"/jobs/{job_id}/events", headers=place) as answer:
        if answer.status_code != 200:
            return
        for event, last in received(answer.iter_lines()):
            if event["type"] == "steps":
                entry.losses += event["loss"]
                entry.last = last
            elif event["type"] in {"done", "failed"}:
                entry.endings += 1
                entry.status = "succeeded" if event["type"] == "done" else json.dumps(event)


def received(lines: Iterable[str]) -> Iterator[tuple[dict[str, Any], int | None]]:
    """Yield whole events with their ids, as a browser reads them."""
    data, last = "", None
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "id":
            last = int(value)
        elif name == "data":
            data = value
        elif not line and data:
            yield json.loads(data), last
            data, last = "", None
