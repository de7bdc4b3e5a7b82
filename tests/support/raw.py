"""A client that sends bytes as they are: no library would."""

import json
import socket
from contextlib import closing, suppress
from pathlib import Path

from service.api.problems import Code
from tests.support.server import PATIENCE_SECONDS, Server, address, until

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
    return socket.create_connection(address(server.url), timeout=PATIENCE_SECONDS)


def answers(server: Server, *parts: bytes) -> bytes:
    """All that comes back until the service ends the connection. Each part is sent when the service
    has read the one before, unless it has ended the connection by then.
    """
    with closing(connected(server)) as connection:
        with suppress(OSError):
            for part in parts:
                until(lambda: taken(connection))
                connection.sendall(part)
        return rest(connection)


def taken(connection: socket.socket) -> bool:
    """Return whether the service has read all that was sent: no kernel queue holds any of it."""
    ours, theirs = connection.getsockname()[1], connection.getpeername()[1]
    queues = [line.split()[1:5] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    queued = 0
    for local, remote, _, sizes in queues:
        unacknowledged, unread = (int(size, 16) for size in sizes.split(":"))
        if (_port(local), _port(remote)) == (ours, theirs):
            queued += unacknowledged
        elif (_port(local), _port(remote)) == (theirs, ours):
            queued += unread
    return queued == 0


def _port(address: str) -> int:
    return int(address.partition(":")[2], 16)


def rest(connection: socket.socket) -> bytes:
    """All that still comes until the service ends the connection."""
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
    assert status == problem["status"] == Code(problem["code"]).status
    return status, problem["code"]
