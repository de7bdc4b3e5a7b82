"""What the API process asks of the system, with a system that only remembers what it is asked."""

import asyncio
import socket
from types import SimpleNamespace

import pytest

from service import server
from service.server import (
    OTHER_FILES,
    TRIM_SECONDS,
    AddressError,
    check_address,
    give_back_memory,
    possible_connections,
)
from tests.support.time import INSTANT, instant, now


@pytest.mark.parametrize(
    ("soft", "hard", "room", "possible"),
    [
        (1024, 1_000_000, 4096 + OTHER_FILES, 4096),
        (1024, 2000, 2000, 2000 - OTHER_FILES),
        (64, 64, 64, 16),
        (100_000, 1_000_000, 100_000, 4096),
    ],
    ids=["as many as needed", "no more than possible", "very few", "no fewer than before"],
)
def test_there_is_room_for_every_connection_and_some_files(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, room: int, possible: int
) -> None:
    limits: list[tuple[int, int]] = []
    system = SimpleNamespace(
        RLIMIT_NOFILE="files",
        getrlimit=lambda _: (soft, hard),
        setrlimit=lambda _, limit: limits.append(limit),
    )
    monkeypatch.setattr(server, "resource", system)

    assert possible_connections(4096) == possible

    assert limits == [(room, hard)]
    assert OTHER_FILES == 512


@instant
async def test_memory_is_given_back_every_five_seconds() -> None:
    trimmed: list[tuple[float, int]] = []
    library = SimpleNamespace(malloc_trim=lambda pad: trimmed.append((now(), pad)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.server.ctypes.CDLL", lambda _: library)
        giving_back = asyncio.create_task(give_back_memory())
        await asyncio.sleep(3 * TRIM_SECONDS + INSTANT)
        giving_back.cancel()

    assert trimmed == [(5, 0), (10, 0), (15, 0)]


@instant
async def test_where_memory_cannot_be_given_back_nothing_is_done() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.server.ctypes.CDLL", lambda _: SimpleNamespace())
        await give_back_memory()


async def test_an_address_that_is_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressError) as refused:
            await check_address("127.0.0.1", port)

    assert str(refused.value) == (
        f"The service cannot listen on 127.0.0.1:{port}: address already in use."
    )


async def test_a_free_address_is_free_afterwards() -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        address = found.getsockname()

    await check_address(*address)

    socket.create_server(address).close()
