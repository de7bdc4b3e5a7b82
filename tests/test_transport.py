"""What is written in one turn of the event loop leaves together, in its order, and nothing of it is
lost.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from unittest.mock import Mock

import pytest

from service.transport import READER_BYTES, outgoing


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


def calls(use: Callable[[asyncio.Transport], None]) -> list[bytes | str]:
    """What reaches the transport of such a use, when the turn has ended."""
    sent = Sent()

    async def turn() -> None:
        use(outgoing(sent, asyncio.get_running_loop()))
        await asyncio.sleep(0)

    asyncio.run(turn())
    return sent.calls


def writing(*pieces: bytes) -> Callable[[asyncio.Transport], None]:
    def write(transport: asyncio.Transport) -> None:
        for piece in pieces:
            transport.write(piece)

    return write


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([b"head"], [b"head"]),
        ([b"head", b"body"], [b"headbody"]),
        ([b"head", b"body", b"more"], [b"headbody", b"more"]),
        ([b"head", b"body", b"more", b"end"], [b"headbody", b"moreend"]),
    ],
)
def test_two_writes_of_a_turn_leave_together(pieces: list[bytes], expected: list[bytes]) -> None:
    assert calls(writing(*pieces)) == expected


def test_writes_of_two_turns_leave_apart() -> None:
    sent = Sent()

    async def turns() -> None:
        transport = outgoing(sent, asyncio.get_running_loop())
        for piece in (b"one", b"two"):
            transport.write(piece)
            await asyncio.sleep(0)

    asyncio.run(turns())

    assert sent.calls == [b"one", b"two"]


def test_what_is_held_leaves_before_the_end() -> None:
    def ending(transport: asyncio.Transport) -> None:
        transport.write(b"last")
        transport.write_eof()

    def closing(transport: asyncio.Transport) -> None:
        transport.write(b"last")
        transport.close()

    assert calls(ending) == [b"last", "eof"]
    assert calls(closing) == [b"last", "close"]


def test_to_a_connection_that_is_lost_nothing_is_written() -> None:
    def lost(transport: asyncio.Transport) -> None:
        transport.write(b"last")
        transport.abort()

    assert calls(lost) == ["abort"]


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
    sent, looks = Sent(), list[Callable[[], None]]()
    loop = Mock(
        call_soon=lambda send: send(),
        call_later=lambda _, look, taken: looks.append(partial(look, taken)),
    )
    sent.left = left[0]
    outgoing(sent, loop).write(bytes(200_000))

    for sent.left in left[1:]:
        looks.pop()()

    assert ("abort" in sent.calls) == cut
    assert looks == []


def test_a_reader_who_takes_all_is_not_watched() -> None:
    loop = Mock(call_soon=lambda send: send())
    outgoing(Sent(), loop).write(b"all of it")

    loop.call_later.assert_not_called()
