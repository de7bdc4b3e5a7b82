import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

import httpx
import pytest

from tests.promises.processes import resident_bytes
from tests.server import LONG, descendants, serving
from tests.streams import sse

ROOT = Path(__file__).parents[2]


def refused(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service"]
    return subprocess.run(
        command,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_the_api_process_does_not_import_torch() -> None:
    script = (
        "import sys, service.app; sys.exit(bool({'torch', 'numpy', 'scipy'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def seconds_to_livez() -> float:
    began = time.perf_counter()
    with serving("--workers", "1", ready=False) as server, urlopen(server.url + "/livez") as answer:
        assert answer.status == 200
        return time.perf_counter() - began


def test_it_answers_livez_within_a_second_of_its_start() -> None:
    """The fastest of three: what else the machine does is not the service's time."""
    assert min(seconds_to_livez() for _ in range(3)) < 1


def test_a_fit_that_comes_before_the_workers_are_warm_is_answered() -> None:
    with serving("--workers", "1", ready=False) as server:
        assert httpx.get(server.url + "/readyz").status_code == 503
        assert (
            httpx.post(
                server.url + "/fit", json={"synthetic": {}, "lr": 1e-5}, timeout=10
            ).status_code
            == 200
        )


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_all_its_processes_when_told_to(how: signal.Signals) -> None:
    with serving("--workers", "2") as server:
        processes = server.children()
        assert len(processes) >= 3
        server.process.send_signal(how)
        assert server.process.wait(8) == 0
        _all_end(processes)


def test_a_fit_that_outlasts_the_end_is_told_so() -> None:
    with (
        serving("--workers", "1", COASTER_SHUTDOWN_SECONDS="1") as server,
        ThreadPoolExecutor() as threads,
    ):
        answer = threads.submit(httpx.post, server.url + "/fit", json=LONG, timeout=10)
        time.sleep(0.5)
        server.process.terminate()
        assert (answer.result().status_code, answer.result().json()["code"]) == (
            503,
            "shutting_down",
        )
        assert server.process.wait(8) == 0


def test_it_ends_when_told_to_before_it_has_begun() -> None:
    for delay in (0.1, 0.3, 0.6, 0.9, 1.2):
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "--port", "0"], stderr=subprocess.DEVNULL
        )
        time.sleep(delay)
        process.terminate()
        # at first nothing listens to signals
        assert process.wait(8) in ({0, -signal.SIGTERM} if delay == 0.1 else {0})


def test_no_worker_outlives_a_service_that_was_killed() -> None:
    with serving("--workers", "2") as server:
        processes = server.children()
        with httpx.Client() as client, pytest.raises(httpx.ReadTimeout):
            client.post(server.url + "/fit", json=LONG, timeout=0.3)
        server.process.kill()
        server.process.wait(5)
        _all_end(processes)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_fit_in_hand_is_answered_before_the_end_where_all_processes_are_told_to_end(
    how: signal.Signals,
) -> None:
    with serving("--workers", "1") as server, ThreadPoolExecutor() as threads:
        answer = threads.submit(
            httpx.post, server.url + "/fit", json=LONG | {"steps": 15_000}, timeout=10
        )
        time.sleep(0.5)
        assert not answer.done()
        for pid in (server.pid, *server.children()):
            os.kill(pid, how)
        assert answer.result().status_code == 200
        assert server.process.wait(8) == 0
        assert "Traceback" not in server.log()


def test_a_fit_in_hand_is_answered_before_the_end() -> None:
    with serving("--workers", "1") as server:
        with ThreadPoolExecutor() as threads:
            answer = threads.submit(
                httpx.post, server.url + "/fit", json=LONG | {"steps": 15_000}, timeout=10
            )
            time.sleep(0.5)
            assert not answer.done()
            server.process.terminate()
            assert answer.result().status_code == 200
        assert server.process.wait(8) == 0


def test_streams_that_are_open_at_the_end_are_told_so_last() -> None:
    with (
        serving("--workers", "2") as server,
        httpx.Client(timeout=20) as client,
        ExitStack() as opened,
    ):
        processes = server.children()
        streams = [
            opened.enter_context(client.stream("POST", server.url + "/fit/stream", json=LONG))
            for _ in range(2)
        ]
        server.process.terminate()
        for stream in streams:
            started, *_, failed = sse(stream.read())
            assert started.content["type"] == "started"
            assert failed.content["problem"]["code"] == "shutting_down"
        assert server.process.wait(8) == 0
        _all_end(processes)


def test_a_stream_is_read_to_its_end_whichever_worker_dies() -> None:
    body = LONG | {"steps": 10_000, "record_every": 1}
    with (
        serving("--workers", "1") as server,
        httpx.stream("POST", server.url + "/fit/stream", json=body, timeout=20) as answer,
    ):
        content = answer.iter_raw()
        first = next(content)
        for pid in server.workers():
            os.kill(pid, signal.SIGKILL)
        events = sse(first + b"".join(content))
    steps = [event.content for event in events if event.content["type"] == "steps"]
    assert [event.content["type"] for event in events].count("started") == 1
    assert sum(len(event["loss"]) for event in steps) == 10_001
    assert [event["first"] for event in steps[1:]] == [
        event["first"] + len(event["loss"]) for event in steps[:-1]
    ]
    assert events[-1].content["type"] == "done"


MANY = LONG | {"solver": "exact", "steps": 399_000, "record_every": 1}
"""A stream of some 40 MB."""


def test_slow_readers_are_cut_and_cost_no_memory() -> None:
    """One reads again when he was given up, one never does: that takes twice the patience of ten
    seconds. His window is small.
    """
    small = httpx.HTTPTransport(socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)])
    with (
        serving("--workers", "2", COASTER_MAX_STREAMS="2", COASTER_LOG_LEVEL="debug") as server,
        httpx.Client(base_url=server.url, transport=small, timeout=20) as never,
        httpx.Client(base_url=server.url, timeout=20) as again,
    ):
        memory = [resident_bytes(server.pid)]

        def given_up(readers: int) -> bool:
            memory.append(resident_bytes(server.pid))
            return server.log().count("worker_lost") == readers

        with (
            never.stream("POST", "/fit/stream", json=MANY),
            again.stream("POST", "/fit/stream", json=MANY) as stream,
        ):
            assert (
                httpx.post(server.url + "/fit/stream", json=MANY).json()["code"]
                == "too_many_streams"
            )
            _until(lambda: given_up(2), seconds=15)
            assert sse(stream.read())[-1].content["problem"]["code"] == "slow_reader"
            _until(
                lambda: [line["status"] for line in server.events("request")].count(200) == 2,
                seconds=15,
            )
            assert max(memory) - memory[0] < 15_000_000
            assert (
                httpx.post(server.url + "/fit/stream", json=MANY | {"steps": 10}).status_code == 200
            )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COASTER_WORKERS", "0"),
        ("COASTER_WORKERS", "many"),
        ("COASTER_MAX_BODY_BYTES", "0"),
        ("COASTER_WORKER", "2"),
        ("COASTER_PORT", "70000"),
    ],
)
def test_a_setting_without_sense_ends_the_start_with_a_sentence(name: str, value: str) -> None:
    ended = refused(**{name: value})

    assert ended.returncode == 2
    assert name in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_in_use_ends_the_start() -> None:
    with serving("--workers", "1", ready=False) as server:
        command = [sys.executable, "-m", "service", "--port", server.url.rsplit(":", 1)[1]]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    assert ended.returncode != 0
    assert "in use" in ended.stderr


def _until(true: Callable[[], bool], *, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _all_end(processes: list[int]) -> None:
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in processes):
        assert time.monotonic() < deadline, [descendants(pid) for pid in processes]
        time.sleep(0.05)
