import os
import subprocess
import sys
from pathlib import Path
from time import monotonic, process_time

import pytest

from service.pool.deadlines import LOOK_SECONDS, STILL_LOOKS, CpuClock, WallClock, cpu_seconds
from service.pool.interface import FitTimeoutError, PoolError, WorkerStoppedError
from tests.support.time import instant, now, passed

MINUTE = LOOK_SECONDS * STILL_LOOKS
PID = 7


class Process:
    """The CPU time of a process, and the reason for which its deadline ended it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.share = 0.0
        """The CPU seconds that the process gets in each second."""
        self.ended: list[tuple[float, PoolError | None]] = []
        monkeypatch.setattr("service.pool.deadlines.cpu_seconds", lambda _: self.share * now())

    def overdue(self, reason: PoolError | None) -> None:
        self.ended.append((now(), reason))


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Process:
    return Process(monkeypatch)


def ended_by(process: Process, reason: type[PoolError], *, at: float) -> bool:
    """Whether the process was ended once, at this time and for this reason."""
    [(when, why)] = process.ended
    return isinstance(why, reason) and when == pytest.approx(at, abs=0.01)


@instant
async def test_the_wall_clock_ends_a_message_after_its_seconds(process: Process) -> None:
    WallClock(4.0).begin(PID, process.overdue)

    await passed(5.0)

    assert process.ended == [(4.0, None)]


@instant
async def test_a_message_that_is_answered_is_not_ended(process: Process) -> None:
    for clock in WallClock(4.0), CpuClock(4.0):
        clock.begin(PID, process.overdue)
        clock.end()

    await passed(2 * MINUTE)

    assert process.ended == []


@instant
async def test_cpu_time_ends_a_message_that_has_a_core_for_itself(process: Process) -> None:
    process.share = 1.0
    CpuClock(4.0).begin(PID, process.overdue)

    await passed(5.0)

    assert ended_by(process, FitTimeoutError, at=4.0)


@instant
async def test_a_message_that_gets_a_tenth_of_a_core_has_ten_times_as_long(
    process: Process,
) -> None:
    process.share = 0.1
    CpuClock(4.0).begin(PID, process.overdue)

    await passed(50.0)

    assert ended_by(process, FitTimeoutError, at=40.0)


@instant
async def test_a_process_without_cpu_time_counts_as_stopped_after_a_minute(
    process: Process,
) -> None:
    CpuClock(100.0).begin(PID, process.overdue)

    await passed(2 * MINUTE)

    assert ended_by(process, WorkerStoppedError, at=MINUTE)


@instant
async def test_a_process_that_goes_on_within_the_minute_does_not_count_as_stopped(
    process: Process,
) -> None:
    CpuClock(100.0).begin(PID, process.overdue)
    await passed(MINUTE - 1.0)
    process.share = 0.01
    await passed(LOOK_SECONDS)
    process.share = 0.0

    await passed(MINUTE - LOOK_SECONDS)

    assert process.ended == []


def test_the_cpu_time_of_a_process_is_what_it_has_worked() -> None:
    before, began = cpu_seconds(os.getpid()), process_time()
    while process_time() < began + 0.1:
        pass

    assert cpu_seconds(os.getpid()) - before == pytest.approx(0.1, abs=0.03)


def test_the_cpu_time_of_a_process_with_a_strange_name_is_known(tmp_path: Path) -> None:
    program = tmp_path / "a) b 1 2 3"
    program.symlink_to(sys.executable)
    with subprocess.Popen([program, "-c", "input()"], stdin=subprocess.PIPE) as strange:
        seconds = cpu_seconds(strange.pid)
        strange.kill()

    assert 0 <= seconds < 60


def test_a_process_that_has_ended_has_no_cpu_time() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()

    assert cpu_seconds(ended.pid) == 0.0


def test_a_system_that_does_not_show_cpu_time_is_judged_by_its_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.pool.deadlines.PROC", tmp_path / "none")

    before = monotonic()

    assert before <= cpu_seconds(PID) <= monotonic()
