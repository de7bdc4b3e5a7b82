"""The pool's end alone: the test plays the process at the other end of the socket, and says what it
says when it wants to.
"""

import asyncio
from collections.abc import Awaitable, Callable
from multiprocessing import get_context
from socket import socket, socketpair

from service.descent.parts import Synthetic
from service.descent.spec import StreamSpec
from service.workers.frames import Kind, Reply, Tally, Told, pack_reply, pack_told
from service.workers.stream import MAX_BYTES, Stream
from service.workers.ticket import Ticket
from service.workers.worker import Worker
from tests.workers.pools import LARGE, QUICK, SMALL, until

LECTURE = StreamSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=10)
ANSWER = pack_reply(Reply(Kind.ANSWER, b"{}", Tally()))
STEPS = b"x" * (MAX_BYTES // 20)


def with_worker(test: Callable[[Worker, socket], Awaitable[None]]) -> None:
    """Runs a test with a worker that is ready, and the socket that it hears."""

    async def run() -> None:
        ours, theirs = socketpair()
        process = get_context("forkserver").Process()
        with theirs:
            made = await asyncio.get_running_loop().create_connection(
                lambda: Worker(process, lambda: None), sock=ours
            )
            worker = made[1]
            theirs.sendall(pack_reply(Reply(Kind.READY)))
            await until(lambda: worker.ready)
            try:
                await test(worker, theirs)
            finally:
                worker.kill()
                await worker.lost.wait()

    asyncio.run(run())


def stream() -> Stream:
    return Stream(LECTURE, LARGE, 30.0, asyncio.get_running_loop().create_future())


def events(first: int, last: int) -> bytes:
    return b"".join(pack_told(Told("steps", step, STEPS)) for step in range(first, last))


async def told(worker: Worker, theirs: socket, watched: Stream, steps: int) -> None:
    """Events that the pool has read and nobody has taken."""
    worker.send([watched])
    for step in range(steps):
        theirs.sendall(events(step, step + 1))
        await until(lambda heard=step + 1: len(watched._told) == heard)  # type: ignore[misc]  # mypy infers no type for its default


def test_a_worker_that_ends_a_stream_nobody_reads_is_heard_by_the_next() -> None:
    """What fills the stream comes in one piece with the end of the fit."""

    async def test(worker: Worker, theirs: socket) -> None:
        unread, quick = (
            stream(),
            Ticket(QUICK, SMALL, 30.0, asyncio.get_running_loop().create_future()),
        )
        await told(worker, theirs, unread, 19)
        theirs.sendall(events(19, 21) + ANSWER)
        await until(lambda: worker.idle)

        worker.send([quick])
        theirs.sendall(ANSWER)

        assert await asyncio.wait_for(quick.answer, 2) == b"{}"

    with_worker(test)


def test_a_worker_is_not_heard_while_too_much_is_kept() -> None:
    async def test(worker: Worker, theirs: socket) -> None:
        unread = stream()
        await told(worker, theirs, unread, 21)
        theirs.sendall(events(21, 22))
        await asyncio.sleep(0.1)
        assert len(unread._told) == 21

        for _ in range(11):
            await anext(unread)

        await until(lambda: len(unread._told) == 11)

    with_worker(test)


def test_what_comes_after_a_stream_was_closed_is_heard_and_forgotten() -> None:
    async def test(worker: Worker, theirs: socket) -> None:
        left = stream()
        await told(worker, theirs, left, 21)
        left.close()

        theirs.sendall(events(21, 22))
        await asyncio.sleep(0.05)
        theirs.sendall(events(22, 23) + ANSWER)

        async with asyncio.timeout(2):
            await until(lambda: worker.idle)

    with_worker(test)
