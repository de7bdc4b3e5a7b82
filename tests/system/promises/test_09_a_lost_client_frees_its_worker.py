import json
import socket
from collections.abc import Callable
from time import perf_counter

import httpx
import pytest

from tests.support.load import until_busy
from tests.support.raw import post
from tests.support.server import PATIENCE_SECONDS, address, serving

pytestmark = pytest.mark.shares

NEXT = {"synthetic": {}, "lr": 1e-5, "steps": 800, "record_every": 800, "solver": "loop"}
"""A fit that is too long for the reserved worker: it waits for the worker that the client left."""
ENDLESS = NEXT | {"steps": 9_999_999, "record_every": 9_999_999}
"""A fit that takes a quarter of an hour: until it ends, no other fit of its client is computed."""
SETTINGS = {"COASTER_MAX_STREAMS": "1", "COASTER_MAX_FIT_SECONDS": "10000"}


def leave(url: str, path: str) -> None:
    """Ask for an endless fit and close the connection once a worker makes it."""
    with socket.create_connection(address(url)) as connection:
        connection.sendall(post(path, json.dumps(ENDLESS).encode()))
        until_busy(url)


@pytest.mark.parametrize("path", ["/fit", "/fit/stream"])
@pytest.mark.parametrize(
    "times", [pytest.param(3, marks=pytest.mark.quick), pytest.param(20, marks=pytest.mark.long)]
)
def test_the_next_fit_is_answered_though_a_client_left_an_endless_one(
    path: str, times: int, tell: Callable[[str], None], *, timed: bool
) -> None:
    seconds = []
    with (
        serving("--workers", "1", ready=True, **SETTINGS) as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as client,
    ):
        for _ in range(times):
            leave(server.url, path)
            began = perf_counter()
            assert client.post("/fit", json=NEXT).status_code == 200
            seconds.append(perf_counter() - began)
        assert client.post("/fit/stream", json=NEXT).status_code == 200

    tell(
        f"{path} left {times} times: the next fit is answered after "
        f"{1000 * max(seconds):.0f} ms at most"
    )
    if timed:
        assert max(seconds) < 1
