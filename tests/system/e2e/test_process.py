import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import httpx
import pytest

from tests.support.kernel import handles, resident_bytes
from tests.support.load import until_busy
from tests.support.paths import ROOT
from tests.support.raw import post
from tests.support.server import (
    LONG,
    PATIENCE_SECONDS,
    Server,
    address,
    descendants,
    serving,
    until,
)
from tests.support.streams import sse

SECONDS = LONG | {"steps": 5000}
"""A fit that the service has the time to end."""
ENDLESS = LONG | {"steps": 9_999_999, "record_every": 9_999_999}
"""A fit of a quarter of an hour."""
MANY = LONG | {"solver": "exact", "steps": 399_000, "record_every": 1}
"""A stream of some 40 MB."""
SERVANTS = 3
"""Processes below a service that has begun to start workers: two helpers, and a worker."""


def patient() -> AbstractContextManager[Server]:
    """Return a service that has the time to end a fit, however slow the machine is."""
    return serving("--workers", "1", COASTER_SHUTDOWN_SECONDS="60", COASTER_MAX_FIT_SECONDS="600")


def refused(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service"]
    return subprocess.run(
        command,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_the_api_process_does_not_import_torch() -> None:
    script = (
        "import sys, service.app; sys.exit(bool({'torch', 'numpy', 'scipy'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_it_lives_before_its_workers_are_warm_and_answers_a_fit_when_they_are() -> None:
    with serving("--workers", "1", ready=False, COASTER_MAX_WAIT_SECONDS="60") as server:
        before = [
            httpx.get(server.url + path, timeout=PATIENCE_SECONDS).status_code
            for path in ("/livez", "/readyz")
        ]
        fit = httpx.post(
            server.url + "/fit", json={"synthetic": {}, "lr": 1e-5}, timeout=PATIENCE_SECONDS
        )

    assert before == [200, 503]
    assert fit.status_code == 200


def test_it_ends_with_all_its_processes_when_it_is_interrupted() -> None:
    with serving("--workers", "2") as server:
        processes = server.children()
        assert len(processes) >= 3
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(PATIENCE_SECONDS) == 0
        _all_end(processes)


def test_a_fit_that_outlasts_the_end_is_told_so() -> None:
    with (
        serving(
            "--workers", "1", COASTER_SHUTDOWN_SECONDS="1", COASTER_MAX_FIT_SECONDS="10000"
        ) as server,
        ThreadPoolExecutor() as threads,
    ):
        answer = threads.submit(
            httpx.post, server.url + "/fit", json=ENDLESS, timeout=PATIENCE_SECONDS
        )
        until_busy(server.url)
        server.process.terminate()
        assert (answer.result().status_code, answer.result().json()["code"]) == (
            503,
            "shutting_down",
        )
        assert server.process.wait(PATIENCE_SECONDS) == 0


def handles_signals(pid: int) -> bool:
    return handles(pid, signal.SIGTERM)


def has_a_child(pid: int) -> bool:
    return bool(descendants(pid))


def has_workers(pid: int) -> bool:
    return len(descendants(pid)) >= SERVANTS


@pytest.mark.parametrize("begun", [handles_signals, has_a_child, has_workers])
def test_it_ends_when_told_to_while_it_starts(begun: Callable[[int], bool], tmp_path: Path) -> None:
    process = started(tmp_path)
    until(lambda: begun(process.pid))

    process.terminate()

    assert process.wait(PATIENCE_SECONDS) == 0


def test_it_ends_when_told_to_before_python_has_begun(tmp_path: Path) -> None:
    process = started(tmp_path)

    process.terminate()

    # nothing handles signals at first
    assert process.wait(PATIENCE_SECONDS) in {0, -signal.SIGTERM}


def started(folder: Path) -> subprocess.Popen[bytes]:
    """Start a service without waiting for anything."""
    environment = os.environ | {"COASTER_DATABASE_URL": f"sqlite:///{folder}/jobs.db"}
    command = [sys.executable, "-m", "service", "--port", "0"]
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def test_no_worker_outlives_a_service_that_was_killed() -> None:
    with serving("--workers", "2") as server, socket.create_connection(address(server.url)) as one:
        processes = server.children()
        one.sendall(post("/fit", json.dumps(LONG).encode()))
        until_busy(server.url)
        server.process.kill()
        server.process.wait(PATIENCE_SECONDS)
        _all_end(processes)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_fit_in_hand_is_answered_before_the_end_where_all_processes_are_told_to_end(
    how: signal.Signals,
) -> None:
    with (
        patient() as server,
        ThreadPoolExecutor() as threads,
    ):
        answer = threads.submit(
            httpx.post, server.url + "/fit", json=SECONDS, timeout=PATIENCE_SECONDS
        )
        until_busy(server.url)
        for pid in (server.pid, *server.children()):
            os.kill(pid, how)
        assert answer.result().status_code == 200
        assert server.process.wait(PATIENCE_SECONDS) == 0
        assert "Traceback" not in server.log()


def test_a_fit_in_hand_is_answered_before_the_end() -> None:
    with (
        patient() as server,
        ThreadPoolExecutor() as threads,
    ):
        answer = threads.submit(
            httpx.post, server.url + "/fit", json=SECONDS, timeout=PATIENCE_SECONDS
        )
        until_busy(server.url)
        server.process.terminate()
        assert answer.result().status_code == 200
        assert server.process.wait(PATIENCE_SECONDS) == 0


def test_streams_that_are_open_at_the_end_are_told_so_last() -> None:
    with (
        serving("--workers", "2") as server,
        httpx.Client(timeout=PATIENCE_SECONDS) as client,
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
        assert server.process.wait(PATIENCE_SECONDS) == 0
        _all_end(processes)


def test_a_stream_is_read_to_its_end_whichever_worker_dies() -> None:
    body = LONG | {"steps": 4000, "record_every": 1}
    with (
        patient() as server,
        httpx.stream(
            "POST", server.url + "/fit/stream", json=body, timeout=PATIENCE_SECONDS
        ) as answer,
    ):
        content = answer.iter_raw()
        first = next(content)
        for pid in server.workers():
            os.kill(pid, signal.SIGKILL)
        events = sse(first + b"".join(content))
    steps = [event.content for event in events if event.content["type"] == "steps"]
    assert [event.content["type"] for event in events].count("started") == 1
    assert sum(len(event["loss"]) for event in steps) == 4001
    assert [event["first"] for event in steps[1:]] == [
        event["first"] + len(event["loss"]) for event in steps[:-1]
    ]
    assert events[-1].content["type"] == "done"


def test_slow_readers_are_cut_and_cost_no_memory() -> None:
    """Two readers stop: one reads again after the service has given it up, the other never does.

    The second is disconnected after twice the patience of ten seconds. Its window is small.
    """
    small = httpx.HTTPTransport(socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)])
    with (
        serving("--workers", "2", COASTER_MAX_STREAMS="2", COASTER_LOG_LEVEL="debug") as server,
        httpx.Client(base_url=server.url, transport=small, timeout=PATIENCE_SECONDS) as never,
        httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as again,
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
                httpx.post(server.url + "/fit/stream", json=MANY, timeout=PATIENCE_SECONDS).json()[
                    "code"
                ]
                == "too_many_streams"
            )
            until(lambda: given_up(2))
            assert sse(stream.read())[-1].content["problem"]["code"] == "slow_reader"
            until(lambda: [line["status"] for line in server.events("request")].count(200) == 2)
            assert max(memory) - memory[0] < 15_000_000
            assert (
                httpx.post(
                    server.url + "/fit/stream", json=MANY | {"steps": 10}, timeout=PATIENCE_SECONDS
                ).status_code
                == 200
            )


def test_a_port_in_use_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = refused(
            COASTER_PORT=str(port), COASTER_DATABASE_URL=f"sqlite:///{tmp_path}/jobs.db"
        )

    sentence = f"The service cannot listen on 127.0.0.1:{port}: address already in use."
    assert (ended.returncode, ended.stderr) == (1, f"coaster: {sentence}\n")
    assert list(tmp_path.iterdir()) == []


def _all_end(processes: list[int]) -> None:
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes))
