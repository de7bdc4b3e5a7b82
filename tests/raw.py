"""A client that sends bytes as they are: no library would."""

import json
import socket
import time
from contextlib import closing

from service.api.problems import KINDS
from tests.promises.listeners import address
from tests.server import Server

GET = b"GET /livez HTTP/1.1\r\nHost: coaster\r\n"
POST = b"POST /fit HTTP/1.1\r\nHost: coaster\r\nContent-Type: application/json\r\n"
FIT = b'{"synthetic": {}, "seed": 1}'


def post(path: str, body: bytes) -> bytes:
    """A whole request."""
    head = (
        f"POST {path} HTTP/1.1\r\n"
        "Host: coaster\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "\r\n"
    )
    return head.encode() + body


def connected(server: Server) -> socket.socket:
    return socket.create_connection(address(server.url), timeout=10)


def answers(server: Server, *parts: bytes, pause: float = 0.0) -> bytes:
    """All that comes back until the service ends the connection."""
    with closing(connected(server)) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received


def refusal(answer: bytes) -> tuple[int, str]:
    """The status and the code of a problem, which is whole."""
    head, _, content = answer.partition(b"\r\n\r\n")
    problem = json.loads(content)
    assert b"Content-Type: application/problem+json" in head
    assert f"X-Request-ID: {problem['request_id']}".encode() in head
    status = int(head.split()[1])
    assert status == problem["status"] == KINDS[problem["code"]].status
    return status, problem["code"]
