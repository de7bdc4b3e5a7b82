import json
import socket
from time import perf_counter, sleep

import httpx

from tests.server import LONG, Server, serving


def leave_in_mid_fit(server: Server) -> None:
    """Sends a long fit, and closes the connection while it runs."""
    body = json.dumps(LONG).encode()
    url = httpx.URL(server.url)
    with socket.create_connection((url.host, url.port or 80)) as connection:
        head = (
            "POST /fit HTTP/1.1\r\n"
            "Host: x\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n"
            "\r\n"
        )
        connection.sendall(head.encode() + body)
        sleep(0.2)


def test_a_client_that_leaves_frees_its_worker_twenty_times_of_twenty() -> None:
    with serving("--workers", "1") as server:
        for _ in range(20):
            leave_in_mid_fit(server)
            began = perf_counter()
            assert (
                httpx.post(server.url + "/fit", json={"synthetic": {}, "lr": 1e-5}).status_code
                == 200
            )
            assert perf_counter() - began < 1


def test_a_client_that_stays_is_answered_after_the_watch_began(client: httpx.Client) -> None:
    answer = client.post("/fit", json=LONG | {"steps": 5_000})

    assert answer.json()["steps"] == 5_000
