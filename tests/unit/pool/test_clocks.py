import subprocess
import sys
from pathlib import Path

import pytest

from service.pool.activity import Activity
from service.pool.clocks import CpuClock, WallClock
from tests.support.time import instant, passed

PID = 7


@instant
async def test_the_wall_clock_counts_all_time() -> None:
    clock = WallClock(4.0)
    clock.begin(PID)

    await passed(3.0)

    assert clock.left == pytest.approx(1.0, abs=0.01)


@instant
async def test_each_message_has_all_of_its_time() -> None:
    clock = WallClock(4.0)
    clock.begin(PID)
    await passed(3.0)

    clock.begin(PID)

    assert clock.left == pytest.approx(4.0, abs=0.01)


def test_cpu_time_counts_from_the_beginning_of_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    used = [Activity(busy=True, cpu_seconds=seconds) for seconds in (10.0, 13.0)]
    monkeypatch.setattr("service.pool.clocks.activity_of", lambda _: used.pop(0))
    clock = CpuClock(4.0)

    clock.begin(PID)

    assert clock.left == pytest.approx(1.0, abs=0.01)


def test_a_process_that_has_ended_is_not_out_of_time() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    clock = CpuClock(4.0)

    clock.begin(ended.pid)

    assert clock.left == pytest.approx(4.0, abs=0.01)


@instant
async def test_a_system_that_does_not_show_cpu_time_is_judged_by_its_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.pool.clocks.PROC", tmp_path / "none")
    clock = CpuClock(4.0)
    clock.begin(PID)

    await passed(3.0)

    assert clock.left == pytest.approx(1.0, abs=0.01)
