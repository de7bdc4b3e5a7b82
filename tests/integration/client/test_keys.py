from collections.abc import Iterator
from pathlib import Path

import pytest

from coaster_client import Coaster, UnauthorizedError
from coaster_client.command import main
from tests.support.keys import key_file
from tests.support.server import Server, serving


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """Yield a service that requires a key, and the key."""
    file, keys = key_file(tmp_path_factory.mktemp("keys"), ["ann"])
    with serving("--workers", "1", COASTER_API_KEYS_FILE=str(file)) as server:
        yield server, keys["ann"]


def test_a_client_with_a_key_is_answered(guarded: tuple[Server, str]) -> None:
    server, key = guarded

    with Coaster(server.url, key) as coaster:
        assert coaster.fit(synthetic={}, seed=42).converged


def test_a_client_without_a_key_is_unauthorized(guarded: tuple[Server, str]) -> None:
    server, _ = guarded

    with Coaster(server.url) as coaster, pytest.raises(UnauthorizedError):
        coaster.fit(synthetic={}, seed=42)


def test_the_command_takes_the_key_from_the_environment(
    guarded: tuple[Server, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, key = guarded
    (tmp_path / "points.csv").write_text("0,1\n1,3\n2,4\n")
    monkeypatch.setenv("COASTER_API_KEY", key)

    assert main(["fit", str(tmp_path / "points.csv"), "--url", server.url]) == 0
