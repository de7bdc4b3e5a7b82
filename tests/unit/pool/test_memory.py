import os
from collections.abc import Iterator
from pickle import PickleBuffer
from socket import socket, socketpair

import pytest

from service.descent.questions.series import SeriesChoices, SeriesQuestion
from service.descent.questions.table import File
from service.pool.frames import SHARED, pack_request
from service.pool.memory import Mapping, SharedMemory, received, send


@pytest.fixture
def channel() -> Iterator[tuple[socket, socket]]:
    ours, theirs = socketpair()
    with ours, theirs:
        yield ours, theirs


def mapped(*parts: bytes) -> Mapping:
    memory = SharedMemory()
    for part in parts:
        memory.write(memoryview(part))
    return Mapping(memory)


def test_shared_memory_has_what_was_written() -> None:
    assert mapped(b"one", b"", b"two")[:] == b"onetwo"


def test_shared_memory_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        mapped(b"one")[0] = 0


def test_another_process_reads_shared_memory_after_the_first_has_let_it_go(
    channel: tuple[socket, socket],
) -> None:
    ours, theirs = channel

    send(mapped(b"one"), ours)
    send(mapped(b"two"), ours)

    assert [received(theirs)[:], received(theirs)[:]] == [b"one", b"two"]


def test_shared_memory_is_closed_with_its_last_mapping() -> None:
    mapping = mapped(b"one")
    descriptor = mapping.memory.descriptor
    os.fstat(descriptor)

    del mapping

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_a_file_in_shared_memory_is_not_sent_but_shared() -> None:
    content = mapped(b"one")
    question = SeriesQuestion(
        choices=SeriesChoices(seed=1),
        points=File("npy", [PickleBuffer(content)]),
        max_seconds=10.0,
    )

    pieces, shared = pack_request([question])

    assert pieces[1:] == [SHARED]
    assert shared == [content]
