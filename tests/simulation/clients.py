"""The clients of a simulation, who write down what they ask for and what they receive."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TypeVar

from orjson import loads

from service.jobs.errors import (
    ExpiredJobError,
    JobsFullError,
    KeyReusedError,
    NotFinishedError,
    RunningJobError,
    StoreUnavailableError,
    UnknownJobError,
)
from service.jobs.job import Failure
from service.jobs.jobs import Jobs
from service.jobs.storage import commands, queries
from service.pool.frames import EventBytes
from tests.simulation.machines import Machine
from tests.simulation.requests import BODIES, Reading, reading, undisturbed, whole, with_key
from tests.simulation.site import Site
from tests.simulation.trace import Trace

T = TypeVar("T")
Received = list[EventBytes | Failure]

ANSWER_SECONDS = 15.0
"""The time within which every request but that for events has a response or is lost, in seconds."""
RETRY_SECONDS = 0.5
JOBS = 3
"""The number of jobs of a client."""
PAUSE_SECONDS = 3.0
"""The mean pause before a client creates a job, in seconds."""
CONNECTION_SECONDS = 4.0
"""The mean time after which a client that follows events is disconnected, in seconds."""


class LostError(Exception):
    """A request has no response: the network or the machine lost it."""


RETRIED = (LostError, StoreUnavailableError, JobsFullError, NotFinishedError)


@dataclass(eq=False)
class Entry:
    """A job as its client knows it. `id` is empty until it is accepted."""

    body: str
    key: str
    id: str = ""
    cancelling: bool = False
    """Whether the client has asked to cancel the job."""
    cancelled: bool = False
    """Whether the service said that the job is cancelled."""
    removing: bool = False
    removed: bool = False
    readings: list[Reading] = field(default_factory=list)


class Client:
    """A client that creates jobs and does one of several things with each."""

    def __init__(self, name: str, site: Site, machines: Sequence[Machine], trace: Trace) -> None:
        self.name = name
        self.entries: list[Entry] = []
        self._site = site
        self._random = site.random
        self._machines = machines
        self._trace = trace

    async def live(self) -> None:
        """Create some jobs one after another, and see them through."""
        plans = [self._follow, self._cancel, self._remove, self._poll, self._leave]
        for number in range(JOBS):
            await asyncio.sleep(self._random.expovariate(1 / PAUSE_SECONDS))
            entry = Entry(self._random.choice(BODIES), f"{self.name}-{number}")
            self.entries.append(entry)
            await self._create(entry)
            await self._random.choice(plans)(entry)

    async def _create(self, entry: Entry) -> None:
        """Create a job, by two requests at once if chance wills it."""
        times = self._random.choice([1, 1, 2])
        async with asyncio.TaskGroup() as tasks:
            for _ in range(times):
                tasks.create_task(self._create_once(entry))
        if self._random.random() < 0.1:
            await self._reuse_key(entry)

    async def _create_once(self, entry: Entry) -> None:
        job = with_key(entry.body, entry.key)
        small = self._random.random() < 0.5
        created = await self._insist(lambda jobs: jobs.create(job, small=small))
        if entry.id not in {"", created.job.id}:
            self._trace.violate(f"the key {entry.key} has two jobs: {entry.id}, {created.job.id}")
        entry.id = created.job.id
        self._note("accepted", entry)

    async def _reuse_key(self, entry: Entry) -> None:
        """Use the key of a job with another body. That creates a job only if the first expired."""
        other = Entry(BODIES[BODIES.index(entry.body) - 1], entry.key)
        try:
            created = await self._insist(lambda jobs: jobs.create(with_key(other.body, other.key)))
        except KeyReusedError:
            return
        other.id = created.job.id
        self.entries.append(other)
        if not self._site.observer.may_be_expired(entry.id):
            self._trace.violate(f"the key {entry.key} was accepted with another body")

    async def _follow(self, entry: Entry) -> None:
        """Follow a job to its end, and compare what was received with an undisturbed run."""
        received: Received = []
        while not self._ended(received):
            after = None
            for event in received:
                assert isinstance(event, EventBytes)
                after = event.last
            try:
                received += await self._connection(entry, after)
            except RETRIED:
                await asyncio.sleep(RETRY_SECONDS)
            except (UnknownJobError, ExpiredJobError):
                self._gone(entry)
                return
        found = reading(received)
        self._note(f"followed to {_short(found)}", entry)
        self._check(entry, found)
        await self._compare_result(entry, found)

    async def _compare_result(self, entry: Entry, found: Reading) -> None:
        """Check that the result of a job is what its events say."""
        try:
            result = await self._insist(lambda jobs: jobs.result(entry.id))
        except (UnknownJobError, ExpiredJobError):
            self._gone(entry)
            return
        kind = loads(entry.body).get("kind", "fit")
        sent = result.code if isinstance(result, Failure) else loads(b"".join(result))
        if sent != whole(found, kind):
            self._trace.violate(f"the result of {entry.id} differs from its events")

    async def _poll(self, entry: Entry) -> None:
        """Ask for the result of a job until it has one."""
        while True:
            await asyncio.sleep(self._random.expovariate(1))
            try:
                await self._insist(lambda jobs: jobs.store.read(queries.ending, entry.id))
            except (UnknownJobError, ExpiredJobError):
                self._gone(entry)
                return
            await self._follow(entry)
            return

    async def _cancel(self, entry: Entry) -> None:
        """Follow a job, and cancel it after a while."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow(entry))
            await asyncio.sleep(self._random.expovariate(1 / 2))
            await self._cancel_now(entry)

    async def _cancel_now(self, entry: Entry) -> None:
        entry.cancelling = True
        try:
            job = await self._insist(lambda jobs: jobs.store.change(commands.cancel, entry.id))
        except (UnknownJobError, ExpiredJobError):
            self._gone(entry)
            return
        self._note(f"cancelled: {job.status}", entry)
        if not job.final:
            self._trace.violate(f"{entry.id} was cancelled and has not ended")
        entry.cancelled = job.status == "cancelled"

    async def _remove(self, entry: Entry) -> None:
        """Delete a job as soon as this is possible."""
        await asyncio.sleep(self._random.expovariate(1 / 2))
        entry.removing = True
        while not entry.removed:
            try:
                await self._insist(lambda jobs: jobs.store.change(commands.remove, entry.id))
            except RunningJobError:
                if self._random.random() < 0.5:
                    await self._cancel_now(entry)
                await asyncio.sleep(1)
                continue
            except (UnknownJobError, ExpiredJobError):
                pass
            entry.removed = True
        self._note("removed", entry)
        try:
            await self._insist(lambda jobs: jobs.store.read(queries.find, entry.id))
        except (UnknownJobError, ExpiredJobError):
            return
        self._trace.violate(f"{entry.id} was removed and is there")

    async def _leave(self, _entry: Entry) -> None:
        """Never ask for the job again."""

    def _ended(self, received: Received) -> bool:
        if not received:
            return False
        last = received[-1]
        return isinstance(last, Failure) or last.type == "done"

    def _gone(self, entry: Entry) -> None:
        if not entry.removing and not self._site.observer.may_be_expired(entry.id):
            self._trace.violate(f"{entry.id} was accepted and is not there")

    def _check(self, entry: Entry, found: Reading) -> None:
        entry.readings.append(found)
        if entry.cancelling and found.ending == "cancelled":
            return
        if entry.cancelled:
            self._trace.violate(f"{entry.id} was cancelled and ended as {_short(found)}")
        if found != undisturbed(entry.body):
            self._trace.violate(f"{entry.id} differs from an undisturbed run: {_short(found)}")

    def _note(self, what: str, entry: Entry) -> None:
        self._trace.note(self.name, f"{what} {entry.id}")

    async def _insist(self, ask: Callable[[Jobs], Awaitable[T]]) -> T:
        """Repeat a request until it has a response."""
        while True:
            try:
                return await self._request(ask)
            except RETRIED:
                await asyncio.sleep(RETRY_SECONDS)

    async def _request(self, ask: Callable[[Jobs], Awaitable[T]]) -> T:
        """Send a request to a machine. Raises LostError."""
        machine, jobs = await self._reached()
        work = machine.spawn(_awaited(ask, jobs))
        await asyncio.wait({work}, timeout=ANSWER_SECONDS)
        if not work.done():
            work.cancel()
            self._trace.violate(f"{machine.name} did not answer {self.name}")
            raise LostError
        received = _received(work)
        await self._way()
        return received

    async def _connection(self, entry: Entry, after: int | None) -> Received:
        """Return the events that arrive on one connection after the step `after`."""
        machine, jobs = await self._reached()
        sent: Received = []
        following = machine.spawn(_pass_on(jobs, entry.id, after, sent))
        await asyncio.wait({following}, timeout=self._connection_seconds())
        if following.done():
            _received(following)
            return sent
        following.cancel()
        return sent[: self._random.randint(0, len(sent))]

    def _connection_seconds(self) -> float | None:
        if self._site.trouble.cut:
            return self._random.expovariate(1 / CONNECTION_SECONDS)
        return None

    async def _reached(self) -> tuple[Machine, Jobs]:
        await self._way()
        machine = self._random.choice(self._machines)
        if machine.jobs is None:
            raise LostError
        return machine, machine.jobs

    async def _way(self) -> None:
        """Take the time of a way over the network. Raises LostError."""
        await asyncio.sleep(self._random.expovariate(1 / self._site.trouble.delay))
        if self._random.random() < self._site.trouble.cut:
            raise LostError


async def _awaited(ask: Callable[[Jobs], Awaitable[T]], jobs: Jobs) -> T:
    return await ask(jobs)


async def _pass_on(jobs: Jobs, job_id: str, after: int | None, sent: Received) -> None:
    async with aclosing(await jobs.follow(job_id, after)) as events:
        async for event in events:
            sent.append(event)


def _received(work: asyncio.Task[T]) -> T:
    """Return what a machine answered. Raises LostError if the machine was lost."""
    if work.cancelled():
        raise LostError
    return work.result()


def _short(found: Reading) -> str:
    return found.ending if isinstance(found.ending, str) else "done"
