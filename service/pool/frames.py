"""Frames, each a length and a payload, which the pool and a worker exchange over one socket. Large
files are in shared memory, whose file descriptors go over another one.
"""

import pickle
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from pickle import PickleBuffer
from struct import Struct
from typing import Literal, get_args

from service.descent.answers.results import Outcome
from service.descent.questions.asked import Asked
from service.descent.readonly import readonly
from service.pool.memory import Content, Mapping

EventType = Literal["reading", "started", "steps", "rows", "done", "failed"]
TYPES: tuple[EventType, ...] = get_args(EventType)
LENGTH = Struct("<Q")
SHARED = LENGTH.pack(2**64 - 1)
"""The length of a frame whose payload is in shared memory instead."""
DONE = b'{"type":"done","result":'
"""The beginning of the last event of a stream. The answer follows, and a brace."""
PART_BYTES = 64 * 1024
"""The size in bytes of the parts of a large answer. Each is sent as a reply of its own, so that the
API process never copies or joins the whole answer.
"""


class ReplyKind(IntEnum):
    """The kind of a reply."""

    READY = 0
    ANSWER = 1
    REJECTED = 2
    FAILED = 3
    INVALID = 4
    PART = 5


@readonly
class Tally:
    """The figures of an answer that are counted: its outcome, if it has one, and its steps."""

    outcome: Outcome | None = None
    steps: int = 0
    seconds: float = 0.0
    """The time that the worker spent on the answer."""


@readonly
class Reply:
    """A message of a worker about itself or about a fit.

    READY comes once, when the worker is warm, and its payload names the kind of the worker. Then
    the worker answers each fit in the order of the request. It sends the events of the fit if that
    is a stream, and then one reply that ends the fit. The other parts of a large ANSWER come
    before it, as replies of the kind PART. Only an ANSWER has a tally.
    """

    kind: ReplyKind
    payload: bytes = b""
    tally: Tally | None = None


@readonly
class EventBytes:
    """An event as a worker sends it."""

    type: EventType
    last: int
    """The number of the last step or row in the event, or -1 before any step."""
    body: bytes
    """The JSON of the event, an object with its `type`."""

    @classmethod
    def done(cls, last: int, *answer: bytes) -> "EventBytes":
        """Return the last event of a stream, with the answer, which may be in parts."""
        return cls("done", last, b"".join((DONE, *answer, b"}")))


def pack(message: object) -> bytes:
    """Return a message as one frame. Pickle writes plain values much faster than objects."""
    payload = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(payload)) + payload


def pack_request(questions: Sequence[Asked]) -> tuple[list[bytes | memoryview], list[Mapping]]:
    """Return questions as one frame, and the parts of their files as further frames, in pieces, and
    the shared memory of the parts that are there. Pickle leaves the files where they are: nothing
    copies them.
    """
    files: list[PickleBuffer] = []
    payload = pickle.dumps(questions, pickle.HIGHEST_PROTOCOL, buffer_callback=files.append)
    pieces: list[bytes | memoryview] = [LENGTH.pack(len(payload)) + payload]
    shared = []
    for file in files:
        content = file.raw()
        if isinstance(content.obj, Mapping):
            shared.append(content.obj)
            pieces.append(SHARED)
        else:
            pieces += [LENGTH.pack(len(content)), content]
    return pieces, shared


def unpack_request(payload: Content, files: Iterable[Content] = ()) -> Sequence[Asked]:
    """Return the questions of a frame. The parts of their files are taken from `files` as they are
    needed. Pickle never reads the bytes of a client.
    """
    questions: Sequence[Asked] = pickle.loads(payload, buffers=files)  # noqa: S301 - both ends are this service
    return questions


def split(reply: Reply) -> Iterator[Reply]:
    """Yield the parts of a large reply, and then the reply with the last of them."""
    last = max(0, len(reply.payload) - 1) // PART_BYTES * PART_BYTES
    for start in range(0, last, PART_BYTES):
        yield Reply(ReplyKind.PART, reply.payload[start : start + PART_BYTES])
    yield Reply(reply.kind, reply.payload[last:], reply.tally) if last else reply


def pack_reply(reply: Reply) -> bytes:
    """Return a reply as one frame."""
    tally = vars(reply.tally).values() if reply.tally else ()
    return pack((int(reply.kind), reply.payload, *tally))


def pack_event(event: EventBytes) -> bytes:
    """Return an event as one frame."""
    return pack((event.type, event.last, event.body))


def unpack_reply(payload: bytes) -> Reply | EventBytes:
    """Return the reply or the event of a frame."""
    kind, *rest = pickle.loads(payload)  # noqa: S301 - a worker wrote it
    if kind in TYPES:
        return EventBytes(kind, *rest)
    body, *tally = rest
    return Reply(ReplyKind(kind), body, Tally(*tally) if tally else None)


def complete(received: bytearray) -> list[bytes]:
    """Remove the complete frames from what was received, and return their payloads."""
    payloads = []
    while len(received) >= LENGTH.size:
        (length,) = LENGTH.unpack_from(received)
        end = LENGTH.size + length
        if len(received) < end:
            break
        with memoryview(received) as view:
            payloads.append(bytes(view[LENGTH.size : end]))
        del received[:end]
    return payloads
