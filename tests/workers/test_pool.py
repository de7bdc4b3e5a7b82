import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from time import perf_counter

import pytest

from service.descent.parts import Points, Synthetic
from service.descent.spec import FitSpec
from service.workers.errors import (
    FitTimeoutError,
    QueueFullError,
    RefusedError,
    ShuttingDownError,
    WorkerLostError,
)
from service.workers.pool import Pool, PoolLimits
from service.workers.queue import MESSAGE_FITS
from service.workers.ticket import SMALL_SECONDS
from service.workers.worker import PATIENCE_SECONDS
from tests.workers.pools import (
    LARGE,
    QUICK,
    SECOND,
    SLOW,
    SMALL,
    alive,
    begun,
    busy,
    pids,
    until,
    with_pool,
)

AHEAD = int(SMALL_SECONDS / SMALL)
"""Small fits in 10 ms."""


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with other work to do may take its time."""
    monkeypatch.setattr("service.workers.worker.PATIENCE_SECONDS", 60.0)


def test_a_fit_comes_back_as_json() -> None:
    async def test(pool: Pool) -> None:
        assert len(json.loads(await pool.answer(QUICK, SMALL))["losses"]) == 11

    with_pool(test)


def test_fits_keep_their_own_answers() -> None:
    async def test(pool: Pool) -> None:
        specs = [FitSpec(synthetic=Synthetic(), seed=seed, lr=1e-5, steps=10) for seed in range(30)]
        answers = await asyncio.gather(*(pool.answer(spec, SMALL) for spec in specs))
        assert [json.loads(answer)["resolved"]["seed"] for answer in answers] == list(range(30))

    with_pool(test, workers=2)


def test_a_refusal_tells_why() -> None:
    async def test(pool: Pool) -> None:
        with pytest.raises(RefusedError, match="scale"):
            await pool.answer(FitSpec(data=Points.of([1e100], [1]), seed=1, lr=0.1, steps=1), SMALL)

    with_pool(test)


def test_a_client_that_leaves_frees_its_worker() -> None:
    async def test(pool: Pool) -> None:
        leaving = await begun(pool, SLOW, LARGE)
        leaving.cancel()
        began = perf_counter()
        await pool.answer(QUICK, SMALL)
        assert perf_counter() - began < 1

    with_pool(test)


def test_a_client_that_leaves_the_queue_leaves_no_trace() -> None:
    async def test(pool: Pool) -> None:
        running = await begun(pool, SECOND, LARGE)
        leaving = asyncio.create_task(pool.answer(QUICK, SMALL))
        await until(lambda: len(pool._queue) == 1)
        leaving.cancel()
        await until(lambda: not len(pool._queue))
        assert await running

    with_pool(test)


def test_a_small_fit_that_is_left_does_not_cost_a_worker() -> None:
    async def test(pool: Pool) -> None:
        before = pids(pool)
        leaving = await begun(pool, SECOND, SMALL)
        leaving.cancel()
        assert await pool.answer(QUICK, SMALL)
        assert pids(pool) == before

    with_pool(test)


def test_a_killed_worker_is_replaced_and_its_fit_made_again() -> None:
    async def test(pool: Pool) -> None:
        fit = await begun(pool, SECOND, LARGE)
        os.kill(pids(pool)[0], signal.SIGKILL)
        assert json.loads(await fit)["steps"] == 10_000

    with_pool(test)


def test_a_fit_that_loses_three_workers_is_given_up() -> None:
    async def test(pool: Pool) -> None:
        fit = asyncio.create_task(pool.answer(SLOW, LARGE))
        for _ in range(3):
            await busy(pool, 1)
            os.kill(pids(pool)[0], signal.SIGKILL)
            await until(lambda: not any(worker.fits for worker in pool._workers))
        with pytest.raises(WorkerLostError):
            await fit
        assert await pool.answer(QUICK, SMALL)

    with_pool(test)


def test_one_fit_more_than_may_wait_is_refused() -> None:
    async def test(pool: Pool) -> None:
        fits = [await begun(pool, SLOW, LARGE)]
        fits += [asyncio.create_task(pool.answer(QUICK, SMALL)) for _ in range(4)]
        await until(lambda: len(pool._queue) == 4)
        with pytest.raises(QueueFullError):
            await pool.answer(QUICK, SMALL)
        fits[0].cancel()
        assert all(await asyncio.gather(*fits[1:]))

    with_pool(test)


def test_of_many_large_fits_no_more_wait_than_may() -> None:
    async def test(pool: Pool) -> None:
        fits = [asyncio.create_task(pool.answer(SLOW, LARGE)) for _ in range(20)]
        await until(lambda: sum(fit.done() for fit in fits) == 15)
        assert len(pool._queue) == 4
        for fit in fits:
            fit.cancel()
        assert {type(error) for error in await asyncio.gather(*fits, return_exceptions=True)} == {
            QueueFullError,
            asyncio.CancelledError,
        }

    with_pool(test)


def test_a_worker_that_cannot_start_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    start, failures = Pool._start, [BlockingIOError(), EOFError()]

    def sometimes(pool: Pool) -> object:
        if failures:
            raise failures.pop()
        return start(pool)

    async def test(pool: Pool) -> None:
        assert await pool.answer(QUICK, SMALL)

    monkeypatch.setattr(Pool, "_start", sometimes)
    with_pool(test)


def test_a_fit_left_before_it_was_sent_is_not_sent() -> None:
    async def test(pool: Pool) -> None:
        before = pids(pool)
        leaving = asyncio.create_task(pool.answer(SLOW, LARGE))
        await asyncio.sleep(0)
        leaving.cancel()
        assert await pool.answer(QUICK, SMALL)
        assert pids(pool) == before

    with_pool(test)


def test_a_slow_fit_in_company_does_not_take_the_others_with_it() -> None:
    async def test(pool: Pool) -> None:
        slow, quick = await asyncio.gather(
            pool.answer(SLOW, SMALL), pool.answer(QUICK, SMALL), return_exceptions=True
        )
        assert isinstance(slow, FitTimeoutError)
        assert isinstance(quick, bytes)

    with_pool(test, wall_clock_seconds=0.7)


def test_small_fits_that_come_together_are_not_refused() -> None:
    async def test(pool: Pool) -> None:
        assert all(await asyncio.gather(*(pool.answer(QUICK, SMALL) for _ in range(AHEAD + 4))))

    with_pool(test)


def test_a_fit_waits_no_longer_than_it_may() -> None:
    async def test(pool: Pool) -> None:
        running = await begun(pool, SLOW, LARGE)
        began = perf_counter()
        with pytest.raises(QueueFullError):
            await pool.answer(QUICK, SMALL)
        assert 0.2 < perf_counter() - began < 2
        running.cancel()

    with_pool(test, wait_seconds=0.3)


def test_a_fit_over_the_wall_clock_is_ended() -> None:
    async def test(pool: Pool) -> None:
        with pytest.raises(FitTimeoutError):
            await pool.answer(SLOW, LARGE)
        assert await pool.answer(QUICK, SMALL)

    with_pool(test, wall_clock_seconds=0.5)


def test_leaving_ends_every_process_and_tells_who_waits() -> None:
    left: list[int] = []
    fits: list[asyncio.Task[bytes]] = []

    async def test(pool: Pool) -> None:
        fits.extend(asyncio.create_task(pool.answer(SLOW, LARGE)) for _ in range(3))
        await busy(pool, 1)
        left.extend(pids(pool))
        await pool.__aexit__()
        for fit in fits:
            with pytest.raises(ShuttingDownError):
                await fit
        with pytest.raises(ShuttingDownError):
            await pool.answer(QUICK, SMALL)
        await until(lambda: not any(alive(pid) for pid in left))

    with_pool(test)


def test_the_way_through_the_pool_does_not_import_torch_here() -> None:
    script = (
        "import sys, service.workers.pool; "
        "sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.usefixtures("patient")
def test_small_fits_go_to_one_warm_worker_while_it_keeps_up() -> None:
    async def test(pool: Pool) -> None:
        first = await begun(pool, SECOND, SMALL)
        behind = [asyncio.create_task(pool.answer(QUICK, SMALL)) for _ in range(8)]
        await asyncio.sleep(0.01)
        assert sorted(len(worker.fits) for worker in pool._workers) == [0, 9]
        await asyncio.gather(first, *behind)

    with_pool(test, workers=2)


@pytest.mark.usefixtures("patient")
def test_small_fits_that_are_too_many_for_one_worker_wake_another() -> None:
    async def test(pool: Pool) -> None:
        first = await begun(pool, SECOND, SMALL)
        many = [asyncio.create_task(pool.answer(QUICK, SMALL)) for _ in range(2 * AHEAD)]
        await until(lambda: sum(fit.done() for fit in many) >= MESSAGE_FITS)
        assert not first.done()
        await asyncio.gather(first, *many)

    with_pool(test, workers=2)


def test_a_worker_that_does_not_reply_is_not_given_more() -> None:
    async def test(pool: Pool) -> None:
        first = await begun(pool, SECOND, SMALL)
        await asyncio.sleep(2 * PATIENCE_SECONDS)
        assert await pool.answer(QUICK, SMALL)
        assert not first.done()
        await first

    with_pool(test, workers=2)


def test_fits_of_some_milliseconds_are_shared_out() -> None:
    async def test(pool: Pool) -> None:
        fits = [asyncio.create_task(pool.answer(SECOND, 0.9 * SMALL_SECONDS)) for _ in range(4)]
        await busy(pool, 2)
        assert [len(message) for worker in pool._workers for message in worker.messages] == [
            1,
            1,
            1,
            1,
        ]
        await asyncio.gather(*fits)

    with_pool(test, workers=2)


def test_a_large_fit_does_not_wait_behind_small_ones_while_a_worker_is_idle() -> None:
    async def test(pool: Pool) -> None:
        first = await begun(pool, SECOND, SMALL)
        leaving = asyncio.create_task(pool.answer(QUICK, SMALL))
        large = asyncio.create_task(pool.answer(QUICK, LARGE))
        await asyncio.sleep(0)
        leaving.cancel()
        assert await large
        assert not first.done()
        await first

    with_pool(test, workers=2)


@pytest.mark.usefixtures("patient")
def test_fits_that_were_not_begun_are_not_blamed_for_a_lost_worker() -> None:
    async def test(pool: Pool) -> None:
        first = await begun(pool, SECOND, SMALL)
        behind = [asyncio.create_task(pool.answer(QUICK, SMALL)) for _ in range(8)]
        await until(lambda: sum(len(worker.fits) for worker in pool._workers) == 9)
        tickets = [ticket for worker in pool._workers for ticket in worker.fits]
        os.kill(pids(pool)[0], signal.SIGKILL)
        assert all(await asyncio.gather(first, *behind))
        assert [ticket.losses for ticket in tickets] == [1] + [0] * 8

    with_pool(test)


@pytest.mark.parametrize("megabytes", [300, 320, 340, 370, 400])
def test_a_fit_beyond_a_workers_memory_is_refused_and_the_worker_goes_on(megabytes: int) -> None:
    """Wherever memory ends: among its steps, or while its answer is written."""
    huge = FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=1_000_000, record_every=1)

    async def test(pool: Pool) -> None:
        before = pids(pool)

        with pytest.raises(RefusedError, match="memory"):
            await pool.answer(huge, LARGE)

        assert json.loads(await pool.answer(QUICK, SMALL))["outcome"] == "completed"
        assert pids(pool) == before

    with_pool(test, worker_bytes=megabytes * 1024 * 1024)


def test_a_pool_that_is_closed_while_a_worker_fails_to_start_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where the signal that ends the service reaches what starts its workers too."""

    def fails(_: Pool) -> None:
        time.sleep(0.3)
        raise EOFError

    async def closed() -> None:
        async with (
            asyncio.timeout(5),
            Pool(PoolLimits(workers=1, waiting=4, wait_seconds=5.0, wall_clock_seconds=30.0)),
        ):
            await asyncio.sleep(0.1)

    monkeypatch.setattr(Pool, "_start", fails)

    asyncio.run(closed())
