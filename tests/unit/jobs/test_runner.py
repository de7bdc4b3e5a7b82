import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence

import pytest
from orjson import loads

from service.descent.questions.fit import FitSpec, StreamSpec
from service.jobs.claim import Claim
from service.jobs.errors import StoreUnavailableError
from service.jobs.job import Failure
from service.jobs.runner import Execution
from service.jobs.storage import claims, commands, queries
from service.jobs.storage.claims import ATTEMPTS, POISON
from service.jobs.storage.store import Store
from service.pool.frames import EventBytes
from service.pool.interface import (
    FailedError,
    FitPool,
    FitTimeoutError,
    PoolError,
    QueueFullError,
    RejectedError,
    ShuttingDownError,
    SlowReaderError,
    Streamed,
    WorkerLostError,
    WorkerStoppedError,
)
from tests.support.executions import (
    LECTURE,
    PARTS,
    SERIES,
    SWEEP,
    created,
    losses,
    reference,
    rows,
    when,
)
from tests.support.pools import InProcessPool
from tests.support.stores import STARTED, again, age, logged, steps, watch
from tests.support.time import settled

DONE = EventBytes("done", 0, b"the end")
TOUCHED = 1.03
"""Seconds until a job that has no events is touched."""
CANCELLED = 0.03
"""Seconds until a cancel is felt."""


class Script(InProcessPool):
    """A pool whose only fit goes as a test says: batches of events, and perhaps a failure."""

    def __init__(self) -> None:
        super().__init__()
        self.specs: list[StreamSpec] = []
        self.costs: list[float] = []
        self.closed = False
        self.closing_seconds = 0.0
        self._script: asyncio.Queue[Sequence[EventBytes] | PoolError] = asyncio.Queue()

    def say(self, *said: Sequence[EventBytes] | PoolError) -> None:
        for each in said:
            self._script.put_nowait(each)

    async def batches(
        self,
        spec: Streamed,
        cost: float,
        client: str = "",  # noqa: ARG002 - the protocol's name
    ) -> AsyncGenerator[Sequence[EventBytes], None]:
        assert isinstance(spec, StreamSpec)
        self.specs.append(spec)
        self.costs.append(cost)
        try:
            while True:
                said = await self._script.get()
                if isinstance(said, PoolError):
                    raise said
                yield said
                if said[-1].type == "done":
                    return
        finally:
            self.closed = True
            await asyncio.sleep(self.closing_seconds)


class Trouble:
    """Lets the next changes of a store fail, as if its database was away."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
        self.changes = 0
        for method in ("write", "change", "change_silently"):
            watch(monkeypatch, store, method, self._see)

    def _see(self, *_: object, **__: object) -> None:
        if self.changes:
            self.changes -= 1
            raise StoreUnavailableError


@pytest.fixture
def trouble(monkeypatch: pytest.MonkeyPatch, store: Store) -> Trouble:
    """The trouble with the database of the store."""
    return Trouble(monkeypatch, store)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def execution(store: Store, script: Script) -> Execution:
    """How jobs are run by the script."""
    return Execution(store, script)


def clock() -> float:
    return asyncio.get_running_loop().time()


async def test_a_job_that_is_run_succeeds_with_every_step_in_its_log(
    store: Store, pool: FitPool
) -> None:
    job_id = await created(store, LECTURE)

    await Execution(store, pool).run(job_id)

    assert (await store.read(queries.find, job_id)).status == "succeeded"
    assert await losses(store, job_id) == reference(LECTURE)


async def test_a_job_that_is_run_several_times_is_run_once(store: Store, pool: FitPool) -> None:
    job_id = await created(store, PARTS)
    execution = Execution(store, pool)

    await asyncio.gather(*(execution.run(job_id) for _ in range(3)))
    await execution.run(job_id)

    assert await losses(store, job_id) == reference(PARTS)


async def test_an_unknown_job_is_not_run(store: Store, pool: FitPool) -> None:
    await Execution(store, pool).run("none")


async def test_a_mistake_of_the_service_ends_the_job(
    store: Store,
    pool: FitPool,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: Claim) -> FitSpec:
        raise ValueError

    job_id = await created(store, LECTURE)

    monkeypatch.setattr(Claim, "spec", broken)
    await Execution(store, pool).run(job_id)

    assert (await store.read(queries.find, job_id)).error == Failure(
        "internal_error", "The service failed and logged the error."
    )
    assert [record.getMessage() for record in caplog.records] == ["job_failed"]


async def test_a_job_that_is_interrupted_is_continued_where_its_log_ends(
    store: Store, pool: InProcessPool
) -> None:
    execution = Execution(store, pool)
    job_id = await created(store, PARTS)
    first = asyncio.create_task(execution.run(job_id))
    begun = await when(store, job_id, lambda job: (job.position or 0) > 0)
    pool.hold()
    await settled()
    first.cancel()
    await asyncio.wait({first})
    interrupted = await store.read(queries.find, job_id)
    assert first.cancelled()
    assert interrupted.status == "queued"
    assert begun.position is not None
    assert interrupted.position is not None
    assert begun.position <= interrupted.position < 300

    pool.release()
    await execution.run(job_id)

    assert await losses(store, job_id) == reference(PARTS)


async def test_series_that_are_interrupted_are_continued_without_a_row_lost_or_repeated(
    store: Store, pool: InProcessPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.jobs.parts.PART_SECONDS", 100.0)  # it has one part
    execution = Execution(store, pool)
    job_id = await created(store, SERIES)
    first = asyncio.create_task(execution.run(job_id))
    await when(store, job_id, lambda job: (job.position or 0) > 0)
    first.cancel()
    await asyncio.wait({first})
    done = await rows(store, job_id)
    assert 0 < len(done) < 2_000

    await execution.run(job_id)

    assert await rows(store, job_id) == [str(number) for number in range(2_000)]


async def test_a_sweep_that_is_run_has_an_empty_log_and_its_answer_at_the_end(
    store: Store, pool: FitPool
) -> None:
    job_id = await created(store, SWEEP)

    await Execution(store, pool).run(job_id)

    job = await store.read(queries.find, job_id)
    ending = await store.read(queries.ending, job_id)
    assert (job.status, await logged(store, job_id)) == ("succeeded", [])
    assert isinstance(ending, bytes)
    assert [run["lr"] for run in loads(ending)["result"]["runs"]] == [1e-6, 1e-5]


async def test_the_pool_is_asked_for_what_the_log_does_not_hold(
    store: Store, script: Script, execution: Execution
) -> None:
    job_id = await created(store, LECTURE)
    claim = await store.change(claims.claim_job, job_id, token="t", kind=str(script.kind))
    assert claim is not None
    await store.change(claims.append, claim, after=None, events=[STARTED, steps(4)])
    await store.change(claims.release, claim)
    script.say([steps(10), DONE])

    await execution.run(job_id)

    [spec] = script.specs
    assert (spec.after, spec.steps, spec.lr) == (4, 10, 1e-5)
    assert script.costs == [spec.seconds]


async def test_events_are_kept_as_they_come(
    store: Store, script: Script, execution: Execution
) -> None:
    job_id = await created(store, LECTURE)
    running = asyncio.create_task(execution.run(job_id))
    kept = []
    for batch in ([STARTED], [steps(3), steps(7)], [steps(10)]):
        script.say(batch)
        await settled()
        kept.append((await store.read(queries.find, job_id)).position)
    script.say([DONE])
    await running

    assert kept == [-1, 7, 10]
    assert await store.read(queries.ending, job_id) == b"the end"
    assert await logged(store, job_id) == [
        STARTED,
        steps(3),
        steps(7),
        steps(10),
    ]
    assert (await store.read(queries.find, job_id)).status == "succeeded"
    assert script.closed


async def test_the_last_events_and_the_end_are_one_change(
    store: Store, script: Script, execution: Execution, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await created(store, LECTURE)
    changes: list[object] = []
    watch(monkeypatch, store, "change", lambda command, *_, **__: changes.append(command))
    script.say([STARTED, steps(10), DONE])

    await execution.run(job_id)

    assert changes == [claims.finish]
    assert await logged(store, job_id) == [STARTED, steps(10)]


async def test_a_claim_wakes_no_reader(store: Store, script: Script, execution: Execution) -> None:
    job_id = await created(store, LECTURE)
    ring = store.bell.next_ring(job_id)
    running = asyncio.create_task(execution.run(job_id))
    await settled()
    assert (await store.read(queries.find, job_id)).status == "running"

    assert not ring.is_set()

    script.say([STARTED, DONE])
    await running


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (
            WorkerLostError(),
            Failure(
                "poison", "Three worker processes ended during this fit, so it is not retried."
            ),
        ),
        (
            FitTimeoutError(),
            Failure(
                "fit_timeout",
                "The fit exceeded its time limit, so its worker was killed.",
            ),
        ),
        (RejectedError("the curvature"), Failure("not_computable", "the curvature")),
        (
            FailedError(),
            Failure("internal_error", "The service failed and logged the error."),
        ),
    ],
)
async def test_a_fit_that_fails_ends_its_job(
    store: Store,
    script: Script,
    execution: Execution,
    caplog: pytest.LogCaptureFixture,
    failure: PoolError,
    error: Failure,
) -> None:
    job_id = await created(store, LECTURE)
    script.say([STARTED], failure)

    with caplog.at_level(logging.INFO):
        await execution.run(job_id)

    job = await store.read(queries.find, job_id)
    assert (job.status, job.position, job.error) == ("failed", -1, error)
    assert [(record.getMessage(), record.__dict__["fields"]) for record in caplog.records] == [
        ("job_ended", {"job_id": job_id, "status": "failed", "code": error.code})
    ]


@pytest.mark.parametrize("failure", [QueueFullError(), ShuttingDownError(), SlowReaderError()])
async def test_a_pool_that_cannot_take_the_fit_gives_the_job_back(
    store: Store, script: Script, execution: Execution, failure: PoolError
) -> None:
    job_id = await created(store, LECTURE)
    script.say([STARTED], failure)

    await execution.run(job_id)

    job = await store.read(queries.find, job_id)
    assert (job.status, job.position) == ("queued", -1)


async def test_a_cancelled_job_is_left_at_once(
    store: Store, script: Script, execution: Execution, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = await created(store, LECTURE)
    running = asyncio.create_task(execution.run(job_id))
    await settled()

    with caplog.at_level(logging.INFO):
        cancelled = await store.change(commands.cancel, job_id)
        await running

    assert clock() == pytest.approx(CANCELLED, abs=1e-4)
    assert script.closed
    assert await store.read(queries.find, job_id) == cancelled
    assert [(record.getMessage(), record.__dict__["fields"]) for record in caplog.records] == [
        ("job_left", {"job_id": job_id})
    ]


async def test_a_cancelled_job_frees_its_worker(store: Store, pool: InProcessPool) -> None:
    job_id = await created(store, PARTS)
    running = asyncio.create_task(Execution(store, pool).run(job_id))
    await when(store, job_id, lambda job: (job.position or 0) > 0)
    pool.hold()
    assert pool.load.busy == 1

    await store.change(commands.cancel, job_id)
    await running

    assert pool.load.busy == 0


async def test_an_executor_that_lost_its_claim_stops_and_writes_nothing_more(
    store: Store,
    script: Script,
    execution: Execution,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    job_id = await created(store, LECTURE)
    running = asyncio.create_task(execution.run(job_id))
    script.say([STARTED])
    await settled()
    assert await again(store, job_id, str(script.kind)) is not None

    script.say([steps(5)])
    await running

    job = await store.read(queries.find, job_id)
    assert (job.status, job.position) == ("running", -1)
    assert clock() < CANCELLED
    assert [record.getMessage() for record in caplog.records] == ["job_left"]


async def test_a_job_without_events_keeps_its_claim(
    store: Store, script: Script, execution: Execution
) -> None:
    job_id = await created(store, LECTURE)
    running = asyncio.create_task(execution.run(job_id))
    script.say([STARTED])
    await settled()
    await asyncio.sleep(CANCELLED)  # the ring of its own event is over
    for _ in range(3):
        await age(store, job_id, "touched")
        await asyncio.sleep(TOUCHED)
        assert await store.write(claims.stale, again_after=0) == []
    script.say([DONE])
    await running

    assert (await store.read(queries.find, job_id)).status == "succeeded"


async def test_an_executor_that_ends_gives_its_job_back(
    store: Store, script: Script, execution: Execution
) -> None:
    job_id = await created(store, LECTURE)
    running = asyncio.create_task(execution.run(job_id))
    script.say([STARTED])
    await settled()

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert script.closed
    assert (await store.read(queries.find, job_id)).status == "queued"


async def test_an_executor_that_ends_without_its_claim_is_cancelled_too(
    store: Store, script: Script, execution: Execution
) -> None:
    job_id = await created(store, LECTURE)
    running = asyncio.create_task(execution.run(job_id))
    script.say([STARTED])
    await settled()
    script.closing_seconds = 1.0
    await store.change(commands.cancel, job_id)
    await asyncio.sleep(0.5)
    assert script.closed  # the claim is lost, and the fit is not closed yet

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert (await store.read(queries.find, job_id)).status == "cancelled"


async def test_an_executor_ends_although_its_database_is_away(
    store: Store, script: Script, trouble: Trouble
) -> None:
    job_id = await created(store, LECTURE)
    running = asyncio.create_task(Execution(store, script).run(job_id))
    await settled()

    trouble.changes = 1
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert (await store.read(queries.find, job_id)).status == "running"


async def test_every_change_is_retried_while_the_database_is_away(
    store: Store, script: Script, trouble: Trouble
) -> None:
    job_id = await created(store, LECTURE)
    running = asyncio.create_task(Execution(store, script).run(job_id))
    for number, batch in enumerate(([STARTED], [steps(10)], [DONE]), 1):
        trouble.changes = 2
        await asyncio.sleep(0.61)
        assert trouble.changes == 0, number
        script.say(batch)
    trouble.changes = 2
    await running

    assert [row.last for row in await logged(store, job_id)] == [-1, 10]
    assert await store.read(queries.ending, job_id) == b"the end"


async def test_a_job_waits_until_the_kind_of_the_workers_is_known(
    store: Store, script: Script, execution: Execution
) -> None:
    job_id = await created(store, LECTURE)
    kind, script.kind = script.kind, None
    script.say([STARTED, DONE])
    running = asyncio.create_task(execution.run(job_id))
    await asyncio.sleep(0.5)
    assert (await store.read(queries.find, job_id)).status == "queued"

    script.kind = kind
    await running

    assert clock() == pytest.approx(0.6)
    assert (await store.read(queries.find, job_id)).status == "succeeded"


async def test_a_job_whose_worker_stands_still_is_given_back_and_ends_after_ten_times(
    store: Store, script: Script, execution: Execution
) -> None:
    job_id = await created(store, LECTURE)
    script.say(*[WorkerStoppedError()] * ATTEMPTS)

    for _ in range(ATTEMPTS):
        await execution.run(job_id)
        assert (await store.read(queries.find, job_id)).status == "queued"
    await execution.run(job_id)

    assert (await store.read(queries.find, job_id)).error == POISON
