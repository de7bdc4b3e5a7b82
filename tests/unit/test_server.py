"""What the API process asks of the system, with a system that only remembers what it is asked."""

import asyncio
import socket
from types import SimpleNamespace

import pytest

from service import server
from service.server import (
    OTHER_FILES,
    TRIM_SECONDS,
    UPLOAD_FILES,
    WORKER_FILES,
    AddressError,
    FilesError,
    check_address,
    give_back_memory,
    possible_connections,
)
from tests.support.time import INSTANT, instant, now

WORKERS, UPLOADS = 6, 24
OTHERS = OTHER_FILES + WORKER_FILES * WORKERS + UPLOAD_FILES * UPLOADS
"""The number of files that are reserved."""


def files(monkeypatch: pytest.MonkeyPatch, soft: int, hard: int) -> list[tuple[int, int]]:
    """Let the system have these limits of files. Return the list of the limits that are set."""
    limits: list[tuple[int, int]] = []
    system = SimpleNamespace(
        RLIMIT_NOFILE="files",
        getrlimit=lambda _: (soft, hard),
        setrlimit=lambda _, limit: limits.append(limit),
    )
    monkeypatch.setattr(server, "resource", system)
    return limits


@pytest.mark.parametrize(
    ("soft", "hard", "room", "possible"),
    [
        (1024, 1_000_000, 4096 + OTHERS, 4096),
        (1024, 2000, 2000, 2000 - OTHERS),
        (OTHERS + 1, OTHERS + 1, OTHERS + 1, 1),
        (100_000, 1_000_000, 100_000, 4096),
    ],
    ids=["as many as needed", "no more than possible", "very few", "no fewer than before"],
)
def test_there_is_room_for_every_connection_and_the_other_files(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, room: int, possible: int
) -> None:
    limits = files(monkeypatch, soft, hard)

    assert possible_connections(4096, WORKERS, UPLOADS) == possible

    assert limits == [(room, hard)]


def test_a_process_that_may_not_open_enough_files_for_its_workers_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = files(monkeypatch, OTHERS, OTHERS)

    with pytest.raises(FilesError) as refused:
        possible_connections(4096, WORKERS, UPLOADS)

    assert str(refused.value) == (
        f"The process may open {OTHERS} files, but it needs {OTHERS} for {WORKERS} workers, "
        f"{UPLOADS} uploads and the database, and one for each connection: raise `ulimit -n`, or "
        "lower COASTER_WORKERS, COASTER_JOB_WORKERS and COASTER_MAX_HELD_BYTES."
    )
    assert limits == []


@instant
async def test_memory_is_given_back_every_second() -> None:
    trimmed: list[tuple[float, int]] = []
    library = SimpleNamespace(malloc_trim=lambda pad: trimmed.append((now(), pad)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("service.server.ctypes.CDLL", lambda _: library)
        giving_back = asyncio.create_task(give_back_memory())
        await asyncio.sleep(3 * TRIM_SECONDS + INSTANT)
        giving_back.cancel()

    assert trimmed == [(1, 0), (2, 0), (3, 0)]


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
