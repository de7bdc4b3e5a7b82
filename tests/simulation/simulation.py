"""One simulation: machines, clients and faults, all decided by a seed."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

from service.jobs.job import Failure
from service.pool.frames import EventBytes
from service.settings import Settings
from tests.simulation.clients import Client, Entry
from tests.simulation.clock import MACHINE_CLOCK, Clock, true_time
from tests.simulation.database import Database
from tests.simulation.faults import Faults
from tests.simulation.machines import Machine
from tests.simulation.network import Network
from tests.simulation.observer import Observer
from tests.simulation.requests import PARTS, SERIES_IN_PARTS, question, reading, undisturbed
from tests.simulation.site import Site
from tests.simulation.tasks import SimulationLoop
from tests.simulation.trace import Trace
from tests.simulation.trouble import Trouble

FAULT_SECONDS = 20.0
"""The time in which faults begin, in seconds."""
PATIENCE_SECONDS = 120.0
"""The time after the last fault by which every job has ended, in seconds."""
KEPT_SECONDS = (20.0, 86_400.0)
"""The times for which jobs are kept, in seconds: one that passes in a simulation, and a day."""
EVENT_SECONDS = (0.1, 0.4, 2.0)
"""The mean times between two events of a worker, in seconds. All jobs are fast or slow."""
UNFINISHED = "SELECT id, status FROM jobs WHERE finished_at IS NULL"


def simulate(seed: int) -> Trace:
    """Simulate what this seed decides, and return its trace."""
    random = Random(seed)
    trace = Trace()
    with decided_by(random, trace), asyncio.Runner(loop_factory=SimulationLoop) as runner:
        try:
            runner.run(Simulation(random, trace).run())
        except RuntimeError as error:  # nothing can happen any more, or hours have passed
            trace.violations.append(str(error))
    return trace


class Simulation:
    """The machines and clients of a simulation."""

    def __init__(self, random: Random, trace: Trace) -> None:
        trouble = Trouble(event_seconds=random.choice(EVENT_SECONDS))
        kept = random.choice(KEPT_SECONDS)
        settings = Settings(database_url="sqlite:///simulated", job_kept_seconds=kept)
        network = random.choice([None, Network(random, trouble)])
        self._trace = trace
        clock = Clock()
        observer = Observer(clock, settings, trace)
        self._database = Database(clock, observer.look)
        self._site = Site(random, trouble, self._database, observer, network, settings)
        self._machines = self._machines_of(random, network)
        self._clients = [
            Client(f"client-{number}", self._site, self._machines, trace) for number in range(4)
        ]

    def _machines_of(self, random: Random, network: Network | None) -> list[Machine]:
        """Return machines that share a file, or the machines of a cluster."""
        if network is None:
            count = random.randint(1, 3)
            return [Machine(f"machine-{number}", self._site) for number in range(count)]
        return [
            Machine("api-0", self._site, runs=False),
            Machine("api-1", self._site, runs=False),
            Machine("worker-0", self._site, serves=False),
            Machine("worker-1", self._site, serves=False),
        ]

    async def run(self) -> None:
        """Let everything happen, and check what is left."""
        for machine in self._machines:
            machine.start()
        living = [asyncio.create_task(client.live()) for client in self._clients]
        await Faults(self._site, self._machines, self._trace).happen(FAULT_SECONDS)
        await asyncio.wait(living, timeout=PATIENCE_SECONDS)
        for client, task in zip(self._clients, living, strict=True):
            if not task.done():
                self._trace.violate(f"{client.name} waits for ever")
                task.cancel()
            elif error := task.exception():
                self._trace.violate(f"{client.name} has an unexpected error: {error!r}")
        await self._all_ended()
        for machine in self._machines:
            await machine.kill()
        self._check_jobs([entry for client in self._clients for entry in client.entries])

    async def _all_ended(self) -> None:
        """Wait until every job has ended."""
        patient_until = true_time() + PATIENCE_SECONDS
        while unfinished := self._database.rows(UNFINISHED):
            if true_time() > patient_until:
                self._trace.violate(f"jobs do not end: {unfinished}")
                return
            await asyncio.sleep(1)

    def _check_jobs(self, entries: Sequence[Entry]) -> None:
        """Compare the tables with what the clients know."""
        known = {entry.id: entry for entry in entries}
        kept = self._database.rows("SELECT id, parent, expired_at IS NOT NULL FROM jobs")
        for job_id, parent, expired in kept:
            if job_id not in known:
                self._trace.violate(f"{job_id} has no client, {parent=}")
            elif not expired and known[job_id].removed:
                self._trace.violate(f"{job_id} was removed and is there")
            elif not expired:
                self._check_log(known[job_id])
        gone = known.keys() - {job_id for job_id, *_ in kept}
        for job_id in sorted(gone):
            if not known[job_id].removing:
                self._trace.violate(f"{job_id!r} was accepted and is not there")

    def _check_log(self, entry: Entry) -> None:
        """Compare the log and the ending of a job with an undisturbed run."""
        query = f"SELECT status, error_code FROM jobs WHERE id = '{entry.id}'"
        ((status, code),) = self._database.rows(query)
        log = f"SELECT last, body FROM log WHERE job = '{entry.id}' ORDER BY last"
        events = [EventBytes("steps", last, body) for last, body in self._database.rows(log)]
        if status in {"queued", "running"}:
            return  # that was reported
        if status == "cancelled":
            if not entry.cancelling:
                self._trace.violate(f"{entry.id} was cancelled by no client")
            return
        if entry.cancelled:
            self._trace.violate(f"{entry.id} was cancelled and has {status}")
        endings = self._database.rows(f"SELECT body FROM endings WHERE job = '{entry.id}'")
        ending = Failure(code, "") if code else EventBytes("done", 0, endings[0][0])
        found = reading([*events, ending])
        if found != undisturbed(entry.body):
            self._trace.violate(f"the log of {entry.id} differs from an undisturbed run")


@contextmanager
def decided_by(random: Random, trace: Trace) -> Iterator[None]:
    """Let this source decide all ids, and machines have clocks of their own. Errors that are logged
    are violations.
    """
    with ExitStack() as stack:
        for target, stand_in in (
            ("service.jobs.runner.uuid4", lambda: UUID(int=random.getrandbits(128))),
            ("secrets.token_hex", lambda count: random.randbytes(count).hex()),
            ("time.time_ns", lambda: int(MACHINE_CLOCK.get().now() * 1e9)),
            ("service.jobs.parts.PART_SECONDS", part_seconds()),
            ("service.jobs.engine.ROUNDS_TO_EXPIRY", 3),
        ):
            stack.enter_context(patch(target, stand_in))
        for name in ("service", "asyncio"):
            stack.enter_context(reported(name, trace))
        yield


@contextmanager
def reported(name: str, trace: Trace) -> Iterator[None]:
    """Report the errors of a logger as violations. Nothing else is logged."""
    logger = logging.getLogger(name)
    with patch.multiple(logger, handlers=[Errors(trace)], level=logging.ERROR, propagate=False):
        yield


class Errors(logging.Handler):
    """A handler that reports errors as violations."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(logging.ERROR)
        self._trace = trace

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self._trace.violate(f"{record.getMessage()} was logged: {error!r}")


def part_seconds() -> float:
    """Return the length of parts for which one of the requests has some."""
    asked: Any = question(SERIES_IN_PARTS)
    seconds: float = asked.question().seconds
    return seconds / PARTS
