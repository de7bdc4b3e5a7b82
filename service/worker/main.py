"""The main loop of a worker: it reads messages of questions one after another and answers each as
bytes.
"""

import gc
import logging
from collections.abc import Callable, Iterable, Sequence
from socket import socket
from time import perf_counter

import numpy as np
import torch
from orjson import dumps

from service import VERSION
from service.descent.answers.results import Intervals
from service.descent.errors import NotComputableError
from service.descent.methods.models.parameters import Layer, Network
from service.descent.questions.excerpt import Asked, only
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Synthetic
from service.pool.frames import (
    LENGTH,
    EventBytes,
    Reply,
    ReplyKind,
    Tally,
    pack_event,
    pack_reply,
    unpack_request,
)
from service.worker.answers import Answered, Parts, answer

log = logging.getLogger(__name__)

SPARE_BYTES = 4_000_000
"""The bytes that must be free before each part of an answer: numpy crashes if it cannot allocate
its own small buffers (npyiter_allocate_buffers). From 4 MiB on, it would make a system call to
allocate them.
"""
NUMBER_BYTES = 100
"""The bytes that must be free for each number of an answer. A number takes 25 bytes as written.
orjson, which also crashes without memory, doubles its buffer while it still holds the old one.
"""
GARBAGE = 50_000
"""The number of objects made since the last search for garbage that starts the next. A fit makes no
reference cycles, so all its objects are freed without a search.
"""
LONG = {dict, list, tuple, Network, Layer, Intervals}
"""The types whose values can contain lists of numbers."""
TOO_BIG = b"The fit needs more memory than a worker has. Record fewer steps, or send fewer points."


def answer_requests(channel: socket) -> None:
    """Answer every request of the channel until it closes."""
    torch.set_num_threads(1)
    gc.set_threshold(GARBAGE)
    # overflow needs no warning: divergence is an outcome that descent checks for
    np.seterr(over="ignore", invalid="ignore", divide="ignore")
    warm()
    channel.sendall(pack_reply(Reply(ReplyKind.READY, kind().encode())))

    def send(event: EventBytes) -> None:
        channel.sendall(pack_event(event))

    with channel.makefile("rb") as requests:
        while length := requests.read(LENGTH.size):
            questions = unpack_request(requests.read(*LENGTH.unpack(length)))
            # No name holds the courses, or they would take memory during the next message.
            channel.sendall(b"".join(map(Course.frames, completed(questions, send))))


def kind() -> str:
    """Return the kind of this worker. Workers of one kind give answers equal to the last bit."""
    return (
        f"coaster {VERSION}, torch {torch.__version__} {torch.backends.cpu.get_cpu_capability()}, "
        f"numpy {np.__version__}"
    )


def warm() -> None:
    """Make the lecture's fit with both solvers, so that the first request does not wait for
    one-time initialisation.
    """
    replies(
        [
            FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=10, solver=solver)
            for solver in ("loop", "exact")
        ]
    )
    gc.freeze()


def replies(
    questions: Sequence[Asked], send: Callable[[EventBytes], None] = lambda _: None
) -> list[Reply]:
    """Return the answers to the questions of one message."""
    return [course.reply for course in completed(questions, send)]


def completed(questions: Sequence[Asked], send: Callable[[EventBytes], None]) -> Sequence["Course"]:
    """Compute the questions of one message. They advance in turn, so that they share what is in the
    processor's cache. Only a stream that is alone sends its events on the way. Others keep them, as
    the events of several streams would be mixed.
    """
    courses = [Course(question, send if len(questions) == 1 else None) for question in questions]
    under_way = courses
    while under_way:
        under_way = [course for course in under_way if course.advance()]
    return courses


class Course:
    """The computation of one question, part by part. The events of a stream are sent on the way, or
    kept until the reply if there is no function that sends them.
    """

    def __init__(self, question: Asked, send: Callable[[EventBytes], None] | None) -> None:
        self._kept: list[EventBytes] = []
        self.reply = Reply(ReplyKind.FAILED)
        self._answer = answer(question)
        self._send = send or self._kept.append
        self._seconds = 0.0

    def advance(self) -> bool:
        """Compute the next part, or the reply in the end. Return whether there are more parts."""
        try:
            began = perf_counter()
            np.empty(SPARE_BYTES, np.uint8)
            part = next(self._answer)
            self._seconds += perf_counter() - began
            if not isinstance(part, Answered):
                if part:
                    self._send(part)
                return True
            content = part.content
            if not isinstance(content, bytes):
                content = as_json(content, self._seconds, part.fields)
            tally = Tally(part.outcome, part.steps, self._seconds)
            self.reply = Reply(ReplyKind.ANSWER, content, tally)
        except NotComputableError as error:
            self.reply = Reply(ReplyKind.REJECTED, str(error).encode())
        except MemoryError:
            self.reply = Reply(ReplyKind.REJECTED, TOO_BIG)
        except Exception:
            log.exception("fit_failed")
        return False

    def frames(self) -> bytes:
        """Return the kept events and the reply as frames."""
        return b"".join([*map(pack_event, self._kept), pack_reply(self.reply)])


def as_json(parts: Parts, seconds: float, fields: frozenset[str] | None = None) -> bytes:
    """Return an answer and its computing time in milliseconds as JSON, or only these members of it.

    Raises MemoryError if there is not enough memory to write it.
    """
    members = only(parts | {"elapsed_ms": round(1000 * seconds, 3)}, fields)
    np.empty(NUMBER_BYTES * count_numbers(members), np.uint8)
    return dumps(members)


def count_numbers(value: object) -> int:
    """Return how many numbers the lists that can be long contain: columns, networks, intervals."""
    if isinstance(value, dict):
        parts: Iterable[object] = value.values()
    elif not isinstance(value, list | tuple):
        parts = vars(value).values()
    elif not value or isinstance(value[0], float | int):
        return len(value)
    else:
        parts = value
    return sum([count_numbers(part) for part in parts if type(part) in LONG])
