"""Which client a request belongs to, by its connection and by `X-Forwarded-For`."""

from collections.abc import Iterator
from http import HTTPStatus

import httpx
import pytest

from tests.support.server import LONG, PATIENCE_SECONDS, Server, serving

SMALL = {"synthetic": {}, "lr": 1e-5}
LONGER = LONG | {"steps": 600_000, "record_every": 600_000}
"""A fit that still runs if the machine stops the test for some seconds."""
SETTINGS = {
    "COASTER_MAX_FITS_PER_CLIENT": "1",
    "COASTER_MAX_FIT_SECONDS": "1000",
    "COASTER_MAX_WAIT_SECONDS": "60",
}
"""The worker may still have the fit that the client of another test has left."""
BEN, ANN, AMY, EVA, IDA = (f"203.0.113.{number}" for number in range(1, 6))
"""Clients. A fit that its client has left may count for some time, so each has one."""


@pytest.fixture(scope="module")
def alone() -> Iterator[Server]:
    """A service without a proxy, where each client may have one fit."""
    with serving("--workers", "1", ready=True, **SETTINGS) as server:
        yield server


@pytest.fixture(scope="module")
def proxied() -> Iterator[Server]:
    """The same service, whose proxies are on this machine and in 10.0.0.0/8."""
    with serving(
        *("--workers", "1"),
        ready=True,
        COASTER_TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8",
        **SETTINGS,
    ) as server:
        yield server


def status_during_a_fit(server: Server, client_of_fit: str, forwarded_for: str) -> int:
    """Return the status of a small fit with this header while a stream of this client is open."""
    with httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as client:
        headers = {"X-Forwarded-For": client_of_fit}
        with client.stream("POST", "/fit/stream", json=LONGER, headers=headers) as stream:
            assert stream.status_code == HTTPStatus.OK
            next(stream.iter_raw())
            headers = {"X-Forwarded-For": forwarded_for}
            return client.post("/fit", json=SMALL, headers=headers).status_code


def test_without_a_trusted_proxy_the_header_makes_no_other_client(alone: Server) -> None:
    assert status_during_a_fit(alone, ANN, BEN) == HTTPStatus.TOO_MANY_REQUESTS


def test_behind_a_trusted_proxy_the_header_names_the_client(proxied: Server) -> None:
    assert status_during_a_fit(proxied, ANN, BEN) == HTTPStatus.OK


@pytest.mark.parametrize(
    ("client", "forwarded_for"),
    [(AMY, f"{BEN}, {AMY}"), (EVA, f"{BEN}, {EVA}, 10.0.0.3"), (IDA, f"{IDA}:4711")],
    ids=["a name that the client has sent", "two proxies", "a port"],
)
def test_what_a_client_writes_in_the_header_makes_it_no_other_client(
    proxied: Server, client: str, forwarded_for: str
) -> None:
    """A proxy appends the address of its client to the header."""
    status = status_during_a_fit(proxied, client, forwarded_for)

    assert status == HTTPStatus.TOO_MANY_REQUESTS
