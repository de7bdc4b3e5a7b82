"""One replica behind deploy/gateway.conf. tests/system/compose has several, and their names."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.raw import rest
from tests.support.server import PATIENCE_SECONDS, Server, address
from tests.system.deploy.nginx import TOO_LARGE, as_gateway

UNUSED = "http://127.0.0.1:9"
"""An address at which no replica answers."""


@pytest.fixture(scope="module")
def gateway(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with as_gateway(server.url, tmp_path_factory.mktemp("nginx")) as address:
        yield address


def test_a_fit_is_answered(gateway: str) -> None:
    body = {"synthetic": {}, "lr": 1e-5}

    assert httpx.post(f"{gateway}/fit", json=body, timeout=PATIENCE_SECONDS).status_code == 200


def test_a_body_is_rejected_by_its_head(gateway: str) -> None:
    """The body never comes, so that a gateway that collects it first would wait."""
    with socket.create_connection(address(gateway), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(TOO_LARGE)
        answer = rest(connection)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"body_too_large"' in answer


def test_a_replica_that_does_not_answer_is_a_problem(tmp_path: Path) -> None:
    with as_gateway(UNUSED, tmp_path) as gateway:
        answer = httpx.post(f"{gateway}/fit", json={}, timeout=PATIENCE_SECONDS)

    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
