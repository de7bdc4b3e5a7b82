"""Frames, each a length and a payload, which the pool and a worker exchange over one socket."""

import pickle
from collections.abc import Sequence
from enum import IntEnum
from struct import Struct
from typing import Literal, get_args

from service.descent.answers.results import Outcome
from service.descent.questions.setting import Question
from service.descent.readonly import readonly

EventType = Literal["started", "steps", "done", "failed"]
TYPES: tuple[EventType, ...] = get_args(EventType)
LENGTH = Struct("<Q")
EVENT = Struct("<Bq")
OUTCOMES: tuple[Outcome | None, ...] = (None, *get_args(Outcome))
TALLY = Struct("<BQd")


class ReplyKind(IntEnum):
    """The kind of a frame from a worker."""

    READY = 0
    ANSWER = 1
    REFUSED = 2
    FAILED = 3
    EVENT = 4


@readonly
class Tally:
    """The figures of an answer that are counted: its outcome, if it has one, and its steps."""

    outcome: Outcome | None = None
    steps: int = 0
    seconds: float = 0.0
    """The time that the worker spent on the answer."""


@readonly
class Reply:
    """A frame from a worker.

    READY comes once, when the worker is warm, and its payload names the kind of the worker. Then
    the worker answers each fit in the order of the request. It sends the EVENTs of the fit if that
    is a stream, and then one frame that ends the fit. Only an ANSWER has a tally.
    """

    kind: ReplyKind
    payload: bytes = b""
    tally: Tally | None = None


@readonly
class EventBytes:
    """An event as a worker sends it."""

    type: EventType
    last: int
    """The number of the last step in the event, or -1 before any step."""
    body: bytes
    """The JSON of the event, an object with its `type`."""


def pack_request(questions: Sequence[Question]) -> bytes:
    """Return questions as one frame."""
    return _frame(pickle.dumps(questions, pickle.HIGHEST_PROTOCOL))


def unpack_request(payload: bytes) -> Sequence[Question]:
    """Return the questions of a frame. Pickle never reads the bytes of a client."""
    questions: Sequence[Question] = pickle.loads(payload)  # noqa: S301 - both ends are this service
    return questions


def pack_reply(reply: Reply) -> bytes:
    """Return a reply as one frame."""
    head = bytes([reply.kind])
    if reply.tally:
        outcome = OUTCOMES.index(reply.tally.outcome)
        head += TALLY.pack(outcome, reply.tally.steps, reply.tally.seconds)
    return _frame(head + reply.payload)


def unpack_reply(payload: bytes) -> Reply:
    """Return the reply of a frame."""
    kind = ReplyKind(payload[0])
    if kind is not ReplyKind.ANSWER:
        return Reply(kind, payload[1:])
    outcome, steps, seconds = TALLY.unpack_from(payload, 1)
    return Reply(kind, payload[1 + TALLY.size :], Tally(OUTCOMES[outcome], steps, seconds))


def pack_event(event: EventBytes) -> bytes:
    """Return an event as one frame."""
    head = EVENT.pack(TYPES.index(event.type), event.last)
    return pack_reply(Reply(ReplyKind.EVENT, head + event.body))


def unpack_event(payload: bytes) -> EventBytes:
    """Return the event of a reply."""
    kind, last = EVENT.unpack_from(payload)
    return EventBytes(TYPES[kind], last, payload[EVENT.size :])


def _frame(payload: bytes) -> bytes:
    return LENGTH.pack(len(payload)) + payload


class Frames:
    """A decoder that splits a stream of bytes into payloads, wherever the stream is cut."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, received: bytes) -> list[bytes]:
        """Return the payloads that are now complete."""
        self._buffer += received
        payloads = []
        start = 0
        while len(self._buffer) >= start + LENGTH.size:
            (length,) = LENGTH.unpack_from(self._buffer, start)
            end = start + LENGTH.size + length
            if len(self._buffer) < end:
                break
            payloads.append(bytes(self._buffer[start + LENGTH.size : end]))
            start = end
        del self._buffer[:start]
        return payloads
