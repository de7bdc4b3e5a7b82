"""The main loop of a worker: it reads messages of questions one after another and answers each as
bytes.
"""

import gc
import logging
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from socket import socket
from time import perf_counter
from typing import BinaryIO

import numpy as np
import torch
from orjson import dumps

from service import VERSION
from service.descent.errors import NotComputableError
from service.descent.methods.option import RuleError
from service.descent.questions.asked import Asked, fields_of, only, question_of
from service.descent.questions.fit import FitSpec
from service.descent.questions.options import Synthetic
from service.pool.frames import (
    LENGTH,
    SHARED,
    EventBytes,
    Reply,
    ReplyKind,
    Tally,
    pack_event,
    pack_reply,
    split,
    unpack_request,
)
from service.pool.memory import Content, received
from service.worker.answers import Answered, answer_alike, answering

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
Send = Callable[[EventBytes], None]
"""A function that sends an event of a stream on its way."""
TOO_BIG = b"The fit needs more memory than a worker has. Record fewer steps, or send fewer points."


def answer_requests(channel: socket, memory: socket) -> None:
    """Answer every request of the channel until it closes. Shared memory comes over a socket of its
    own.
    """
    torch.set_num_threads(1)
    gc.set_threshold(GARBAGE)
    # overflow needs no warning: divergence is an outcome that descent checks for
    np.seterr(over="ignore", invalid="ignore", divide="ignore")
    warm()
    channel.sendall(pack_reply(Reply(ReplyKind.READY, kind().encode())))
    with channel.makefile("rb") as requests:
        incoming = payloads(requests, memory)
        for payload in incoming:
            # no name holds the questions, which would take memory during the next message
            for frames in answers_to(unpack_request(payload, incoming), channel):
                channel.sendall(frames)


def answers_to(questions: Sequence[Asked], channel: socket) -> Iterable[bytes]:
    """Return the frames of the replies to the questions of one message, which may be joined. A
    stream that is alone sends its events on the way. Those of several streams would be mixed, so
    they are kept until their replies.
    """
    if len(questions) == 1:
        (reply,) = replies(questions, [lambda event: channel.sendall(pack_event(event))])
        return map(pack_reply, split(reply))
    kept: list[list[EventBytes]] = [[] for _ in questions]
    answers = replies(questions, [events.append for events in kept])
    frames = (
        frame
        for events, reply in zip(kept, answers, strict=True)
        for frame in (*map(pack_event, events), *map(pack_reply, split(reply)))
    )
    return [b"".join(frames)]


def payloads(channel: BinaryIO, memory: socket) -> Iterator[Content]:
    """Yield the payload of each frame until the channel closes."""
    while head := channel.read(LENGTH.size):
        if head == SHARED:
            yield received(memory)
        else:
            (size,) = LENGTH.unpack(head)
            yield channel.read(size)


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


def replies(questions: Sequence[Asked], sends: Sequence[Send] | None = None) -> list[Reply]:
    """Return the answers to the questions of one message. Fits that are alike are computed
    together. The events of each question are sent by its own function, or not at all.
    """
    sends = sends or [lambda _: None] * len(questions)
    stacks: dict[Hashable, list[int]] = defaultdict(list)
    for place, asked in enumerate(questions):
        stacks[asked.likeness or place].append(place)
    found: dict[int, Reply] = {}
    for places in stacks.values():
        alike = [questions[place] for place in places]
        found.update(zip(places, replies_alike(alike, sends[places[0]]), strict=True))
    return [found[place] for place in range(len(questions))]


def replies_alike(alike: Sequence[Asked], send: Send) -> list[Reply]:
    """Return the answers to fits that are alike, or to one question, which may send events. If one
    of several fits has no answer, each is computed alone.
    """
    specs = [spec for spec in map(question_of, alike) if isinstance(spec, FitSpec)]
    if len(specs) > 1:
        try:
            return together(alike, specs)
        except (NotComputableError, MemoryError):
            pass  # of one of them
        except Exception:
            log.exception("stack_failed")
    return [reply for asked in alike for reply in reply_parts(asked, send) if reply]


def together(alike: Sequence[Asked], specs: Sequence[FitSpec]) -> list[Reply]:
    """Return the answers to fits that are alike. Raises an error if one of them has no answer."""
    began = perf_counter()
    np.empty(SPARE_BYTES, np.uint8)
    answers = answer_alike(specs)
    seconds = (perf_counter() - began) / len(alike)
    return [
        reply_with(asked, answered, seconds) for asked, answered in zip(alike, answers, strict=True)
    ]


def reply_parts(asked: Asked, send: Send) -> Iterator[Reply | None]:
    """Yield None after each part of the computation of an answer, and the reply in the end."""
    seconds, parts = 0.0, answering(question_of(asked))
    try:
        while True:
            began = perf_counter()
            np.empty(SPARE_BYTES, np.uint8)
            part = next(parts)
            seconds += perf_counter() - began
            if isinstance(part, Answered):
                yield reply_with(asked, part, seconds)
                return
            if part:
                send(part)
            yield None
    except NotComputableError as error:
        yield Reply(ReplyKind.REJECTED, str(error).encode())
    except RuleError as error:
        broken = (error.code, f"{error}.", error.pointer, error.limit, error.given)
        yield Reply(ReplyKind.INVALID, dumps(broken))
    except Exception as error:
        if lacks_memory(error):
            yield Reply(ReplyKind.REJECTED, TOO_BIG)
            return
        log.exception("fit_failed")
        yield Reply(ReplyKind.FAILED)


def lacks_memory(error: Exception) -> bool:
    """Return whether an error means that there is not enough memory: a MemoryError, or the
    RuntimeError of torch, which has no type of its own for the memory of the CPU.
    """
    return isinstance(error, MemoryError) or "DefaultCPUAllocator" in str(error)


def reply_with(asked: Asked, answered: Answered, seconds: float) -> Reply:
    """Return the reply to a question. Raises MemoryError if there is not enough to write it."""
    content = answered.content
    if not isinstance(content, bytes):
        members = only(content | {"elapsed_ms": round(1000 * seconds, 3)}, fields_of(asked))
        np.empty(NUMBER_BYTES * answered.numbers, np.uint8)
        content = dumps(members)
    return Reply(ReplyKind.ANSWER, content, Tally(answered.outcome, answered.steps, seconds))
