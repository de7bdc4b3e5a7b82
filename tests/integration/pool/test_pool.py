import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from typing import Any

import pytest

from service.descent.questions.analysis import AnalysisSpec
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Stop, Synthetic, Validation
from service.descent.questions.points import Points
from service.descent.questions.setting import Question
from service.descent.questions.sweep import SweepSpec
from service.pool.interface import (
    FailedError,
    FitTimeoutError,
    RejectedError,
    ShuttingDownError,
    WorkerLostError,
)
from service.pool.pool import MAX_LOST_WORKERS, Pool
from service.worker.main import kind, replies
from tests.support.processes import (
    LARGE,
    QUICK,
    SECOND,
    SLOW,
    SMALL,
    begun,
    busy,
    data_bytes,
    parent_of,
    pids,
    send_workers,
    until,
    with_pool,
)

LECTURE: dict[str, Any] = {"synthetic": Synthetic(), "seed": 42, "lr": 1e-5, "steps": 10}
QUESTIONS: dict[str, Question] = {
    "in closed form": FitSpec(**LECTURE | {"steps": 2500}),
    "by the loop": FitSpec(**LECTURE | {"steps": 300, "solver": "loop"}),
    "in float32": FitSpec(**LECTURE | {"steps": 300, "solver": "loop", "precision": "float32"}),
    "diverging": FitSpec(**LECTURE | {"steps": 2000, "lr": 1e-4}),
    "points held out": FitSpec(
        **LECTURE | {"steps": 2500, "validation": Validation(0.3), "include": ("gradients",)}
    ),
    "stopped": FitSpec(**LECTURE | {"steps": 2500, "stop": Stop(gap=669.695)}),
    "a sweep": SweepSpec(synthetic=Synthetic(), seed=42, lrs=(1e-6, 1e-5), steps=10),
    "an analysis": AnalysisSpec(synthetic=Synthetic(), seed=42, steps=10),
}


def timeless(answer: bytes) -> bytes:
    """An answer without the time that it took."""
    return re.sub(rb'"elapsed_ms":[\d.]+', b"", answer)


def test_a_worker_answers_in_the_same_bytes_as_this_process() -> None:
    async def test(pool: Pool) -> None:
        different = []
        for name, question in QUESTIONS.items():
            (here,) = replies([question])
            if timeless(await pool.answer(question, LARGE)) != timeless(here.payload):
                different.append(name)
        assert different == []
        assert pool.kind == kind()

    with_pool(test)


def test_fits_keep_their_own_answers() -> None:
    async def test(pool: Pool) -> None:
        specs = [FitSpec(**LECTURE | {"seed": seed}) for seed in range(30)]
        answers = await asyncio.gather(*(pool.answer(spec, SMALL) for spec in specs))
        assert [json.loads(answer)["resolved"]["seed"] for answer in answers] == list(range(30))

    with_pool(test, workers=2)


def test_a_worker_says_why_it_refuses_and_hides_why_it_failed() -> None:
    async def test(pool: Pool) -> None:
        before = pids()
        with pytest.raises(RejectedError, match="scale"):
            await pool.answer(FitSpec(data=Points.of([1e100], [1]), seed=1, lr=0.1, steps=1), SMALL)
        with pytest.raises(FailedError, match=r"^$"):
            await pool.answer(FitSpec(seed=42, lr=1e-5, steps=10), SMALL)
        assert pids() == before

    with_pool(test)


def test_a_client_that_leaves_frees_its_worker() -> None:
    async def test(pool: Pool) -> None:
        (left,) = pids()
        leaving = await begun(pool, SLOW, LARGE)
        leaving.cancel()
        await until(lambda: left not in pids())
        assert await pool.answer(QUICK, SMALL)
        assert pool.replaced == {"died": 0, "killed": 1}

    with_pool(test)


def test_a_small_fit_that_is_left_does_not_cost_a_worker() -> None:
    async def test(pool: Pool) -> None:
        before = pids()
        leaving = await begun(pool, SECOND, SMALL)
        leaving.cancel()
        assert await pool.answer(QUICK, SMALL)
        assert pids() == before

    with_pool(test)


def test_a_killed_worker_is_replaced_and_its_fit_made_again() -> None:
    async def test(pool: Pool) -> None:
        (killed,) = pids()
        fit = await begun(pool, SECOND, LARGE)
        os.kill(killed, signal.SIGKILL)
        assert json.loads(await fit)["steps"] == 10_000
        assert killed not in pids()
        assert pool.replaced == {"died": 1, "killed": 0}

    with_pool(test)


def test_a_stopped_worker_is_replaced_and_its_small_fits_are_made_again() -> None:
    async def test(pool: Pool) -> None:
        send_workers(signal.SIGSTOP)
        specs = [FitSpec(**LECTURE | {"seed": seed}) for seed in range(6)]
        answers = await asyncio.gather(*(pool.answer(spec, SMALL) for spec in specs))
        assert [json.loads(answer)["resolved"]["seed"] for answer in answers] == list(range(6))
        assert pool.replaced == {"died": 0, "killed": 1}

    with_pool(test)


def test_a_pool_closes_although_the_forkserver_is_stopped() -> None:
    async def test(pool: Pool) -> None:
        (pid,) = pids()
        os.kill(parent_of(pid), signal.SIGSTOP)
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.1)
        assert not pool.ready

    with_pool(test)


def test_a_fit_that_loses_three_workers_is_given_up() -> None:
    async def test(pool: Pool) -> None:
        fit = asyncio.create_task(pool.answer(SLOW, LARGE))
        for number in range(MAX_LOST_WORKERS):
            await busy(pool, 1)
            (worker,) = pids()
            os.kill(worker, signal.SIGKILL)
            await until(lambda losses=number + 1: pool.replaced["died"] == losses)  # type: ignore[misc]  # mypy infers no type for its default
        with pytest.raises(WorkerLostError):
            await fit
        assert await pool.answer(QUICK, SMALL)

    with_pool(test)


def test_a_fit_over_the_wall_clock_is_ended_with_its_process() -> None:
    async def test(pool: Pool) -> None:
        (slow,) = pids()
        with pytest.raises(FitTimeoutError):
            await pool.answer(SLOW, LARGE)
        await until(lambda: slow not in pids())
        await until(lambda: pool.replaced == {"died": 0, "killed": 1})

    with_pool(test, wall_clock_seconds=0.5)


def test_the_end_of_a_pool_ends_every_process_and_fails_every_fit() -> None:
    fits: list[asyncio.Task[bytes]] = []

    async def test(pool: Pool) -> None:
        fits.extend(asyncio.create_task(pool.answer(SLOW, LARGE)) for _ in range(3))
        await busy(pool, 2)
        assert len(pids()) == 2

    with_pool(test, workers=2)

    assert [type(fit.exception()) for fit in fits] == [ShuttingDownError] * 3
    assert pids() == []


def test_a_worker_has_the_niceness_and_the_memory_that_the_pool_gives_it() -> None:
    async def test(_: Pool) -> None:
        (worker,) = pids()
        assert os.getpriority(os.PRIO_PROCESS, worker) == min(19, 3 + os.nice(0))
        assert data_bytes(worker) == (2**29, 2**29)

    with_pool(test, niceness=3, worker_bytes=2**29)


def test_the_way_through_the_pool_does_not_import_torch_here() -> None:
    script = (
        "import sys, service.pool.pool; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("megabytes", [300, 320, 340, 370, 400])
def test_a_fit_beyond_a_workers_memory_is_refused_and_the_worker_goes_on(megabytes: int) -> None:
    """Wherever memory ends: among its steps, or while its answer is written."""
    huge = FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=1_000_000, record_every=1)

    async def test(pool: Pool) -> None:
        before = pids()

        with pytest.raises(RejectedError, match="memory"):
            await pool.answer(huge, LARGE)

        assert json.loads(await pool.answer(QUICK, SMALL))["outcome"] == "completed"
        assert pids() == before

    with_pool(test, worker_bytes=megabytes * 1024 * 1024)
