import os
import signal
import subprocess
import sys
import time

import pytest

from service.pool.activity import Activity, activity_of
from tests.support.server import until


def test_a_process_that_computes_is_busy_and_uses_cpu_time() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        until(lambda: used(process.pid) > 0.05)
        found = activity_of(process.pid)
        process.kill()

    assert found is not None
    assert found.busy


def test_a_process_that_is_stopped_is_not_busy_and_uses_no_cpu_time() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        until(lambda: used(process.pid) > 0.05)
        process.send_signal(signal.SIGSTOP)
        until(
            lambda: activity_of(process.pid) == Activity(busy=False, cpu_seconds=used(process.pid))
        )
        before = activity_of(process.pid)
        time.sleep(0.05)
        after = activity_of(process.pid)
        process.kill()

    assert before == after


@pytest.mark.parametrize("pid", [None, -1])
def test_what_is_no_process_has_no_activity(pid: int | None) -> None:
    assert activity_of(pid) is None


def test_this_process_has_used_as_much_cpu_time_as_it_says() -> None:
    times = os.times()

    assert used(os.getpid()) == pytest.approx(times.user + times.system, abs=0.1)


def used(pid: int) -> float:
    """The CPU time that a process has used, in seconds."""
    found = activity_of(pid)
    assert found is not None
    return found.cpu_seconds
