"""What is written leaves at once and in its order, and a client that does not read it is
disconnected.
"""

import asyncio
from collections.abc import Iterable

import pytest

from service.connections.transport import READER_BYTES, READER_SECONDS, Outgoing
from tests.support.time import INSTANT, instant, settled


class Sent(asyncio.Transport):
    """A transport that writes down what reaches it."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[bytes | str] = []
        self.closing = False
        self.left = 0

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.calls.append(b"".join(list_of_data))

    def get_write_buffer_size(self) -> int:
        return self.left

    def write_eof(self) -> None:
        self.calls.append("eof")

    def close(self) -> None:
        self.calls.append("close")
        self.closing = True

    def abort(self) -> None:
        self.calls.append("abort")
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing


@instant
async def test_parts_leave_together() -> None:
    sent = Sent()

    Outgoing(sent, asyncio.get_running_loop()).writelines((b"head", b"body"))

    assert sent.calls == [b"headbody"]


@instant
async def test_each_write_leaves_at_once() -> None:
    sent = Sent()
    transport = Outgoing(sent, asyncio.get_running_loop())

    transport.write(b"one")
    transport.write(b"two")

    assert sent.calls == [b"one", b"two"]


@instant
async def test_to_a_connection_that_is_lost_nothing_is_written() -> None:
    sent = Sent()
    transport = Outgoing(sent, asyncio.get_running_loop())

    transport.abort()
    transport.write(b"last")

    assert sent.calls == ["abort"]


@pytest.mark.parametrize(
    ("left", "cut"),
    [
        ([200_000, 0], False),
        ([200_000, 200_000 - READER_BYTES, 200_000 - 2 * READER_BYTES, 0], False),
        ([200_000, 200_000 - READER_BYTES + 1], True),
        ([200_000, 200_000 - READER_BYTES, 200_000 - READER_BYTES], True),
        ([10, 10], True),
    ],
)
def test_a_reader_who_takes_next_to_nothing_is_cut(left: list[int], cut: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """In 30 seconds a reader takes 64 kB, or all that is left."""

    @instant
    async def test() -> None:
        sent = Sent()
        sent.left = left[0]
        Outgoing(sent, asyncio.get_running_loop()).write(bytes(left[0]))
        await settled()

        for sent.left in left[1:]:
            assert "abort" not in sent.calls
            await asyncio.sleep(READER_SECONDS)

        assert ("abort" in sent.calls) == cut

    test()
    assert (READER_SECONDS, READER_BYTES) == (30, 64 * 1024)


@instant
async def test_a_reader_is_looked_at_after_thirty_seconds() -> None:
    sent = Sent()
    sent.left = 10
    Outgoing(sent, asyncio.get_running_loop()).write(bytes(10))

    await asyncio.sleep(READER_SECONDS * 0.999)
    assert "abort" not in sent.calls
    await asyncio.sleep(READER_SECONDS * 0.001 + INSTANT)

    assert "abort" in sent.calls


@instant
async def test_what_is_written_meanwhile_does_not_win_time() -> None:
    sent = Sent()
    transport = Outgoing(sent, asyncio.get_running_loop())
    for sent.left in range(10, 100, 10):
        transport.write(bytes(10))
        await asyncio.sleep(READER_SECONDS / 10)
    assert "abort" not in sent.calls

    await asyncio.sleep(READER_SECONDS / 10 + INSTANT)

    assert "abort" in sent.calls


@instant
async def test_a_reader_is_looked_at_once_in_thirty_seconds() -> None:
    """It takes enough in the first three seconds, and then nothing."""
    sent = Sent()
    transport = Outgoing(sent, asyncio.get_running_loop())
    sent.left = 200_000
    transport.write(bytes(200_000))
    await asyncio.sleep(READER_SECONDS / 10)
    sent.left = 100_010
    transport.write(bytes(10))

    await asyncio.sleep(READER_SECONDS * 1.8)
    assert "abort" not in sent.calls
    await asyncio.sleep(READER_SECONDS / 10 + INSTANT)

    assert "abort" in sent.calls


@instant
async def test_a_reader_who_takes_as_much_as_is_written_is_not_cut() -> None:
    sent = Sent()
    transport = Outgoing(sent, asyncio.get_running_loop())
    sent.left = 200_000

    for _ in range(100):
        transport.write(bytes(20_000))
        await asyncio.sleep(READER_SECONDS / 10)

    assert "abort" not in sent.calls


@instant
async def test_what_a_reader_has_taken_before_is_not_counted_again() -> None:
    sent = Sent()
    transport = Outgoing(sent, asyncio.get_running_loop())
    transport.write(bytes(1_000_000))
    await settled()
    sent.left = 10

    transport.write(bytes(10))
    await asyncio.sleep(READER_SECONDS + 2 * INSTANT)

    assert "abort" in sent.calls


@instant
async def test_a_reader_who_takes_all_is_not_watched() -> None:
    sent = Sent()
    Outgoing(sent, asyncio.get_running_loop()).write(b"all of it")
    await settled()
    sent.left = 10

    await asyncio.sleep(10 * READER_SECONDS)

    assert sent.calls == [b"all of it"]


@instant
async def test_a_reader_who_has_taken_all_is_not_watched_any_more() -> None:
    sent = Sent()
    sent.left = 10
    Outgoing(sent, asyncio.get_running_loop()).write(bytes(10))
    await settled()
    sent.left = 0
    await asyncio.sleep(READER_SECONDS)
    sent.left = 10

    await asyncio.sleep(10 * READER_SECONDS)

    assert "abort" not in sent.calls


@instant
async def test_all_else_is_asked_of_the_transport_itself() -> None:
    sent = Sent()
    sent.left = 7

    assert Outgoing(sent, asyncio.get_running_loop()).get_write_buffer_size() == 7
