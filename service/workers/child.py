"""Inside a worker: messages of fits, one after the other, answered as bytes."""

import gc
import logging
from collections.abc import Mapping, Sequence
from socket import socket
from time import perf_counter

import numpy as np
import torch
from pydantic_core import to_json

from service.descent.errors import NotComputableError
from service.descent.events import Event
from service.descent.fit import collect, run
from service.descent.result import Fit, History
from service.descent.spec import FitSpec, Resolved, Synthetic
from service.workers.frames import LENGTH, Kind, Reply, pack_reply, unpack_request

log = logging.getLogger(__name__)


def serve(channel: socket) -> None:
    """Answers every request of the channel until it closes."""
    torch.set_num_threads(1)
    np.seterr(over="ignore", invalid="ignore")  # descent looks at what overflows: divergence is an outcome
    warm()
    channel.sendall(pack_reply(Reply(Kind.READY)))
    with channel.makefile("rb") as requests:
        while length := requests.read(LENGTH.size):
            specs = unpack_request(requests.read(*LENGTH.unpack(length)))
            channel.sendall(b"".join(map(pack_reply, replies(specs))))


def warm() -> None:
    """The lecture's fit by both solvers: the first caller does not pay for first uses."""
    replies([FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=10, solver=solver) for solver in ("loop", "exact")])
    gc.freeze()


def replies(specs: Sequence[FitSpec]) -> list[Reply]:
    """The answers to the fits of one message. They advance side by side: what is in the processor's cache serves them all."""
    courses = [Course(spec) for spec in specs]
    under_way = courses
    while under_way:
        under_way = [course for course in under_way if course.advance()]
    return [course.reply for course in courses]


class Course:
    """One fit on its way, event by event, to its reply."""

    def __init__(self, spec: FitSpec) -> None:
        self.reply = Reply(Kind.FAILED)
        self._events = run(spec)
        self._told: list[Event] = []
        self._seconds = 0.0

    def advance(self) -> bool:
        """Goes on to the next event or, after the last, to the reply; False where that is made."""
        began = perf_counter()
        try:
            if event := next(self._events, None):
                self._told.append(event)
                self._seconds += perf_counter() - began
                return True
            fit = collect(self._told)
            self._told.clear()
            self.reply = Reply(Kind.ANSWER, as_json(fit, self._seconds + perf_counter() - began))
        except NotComputableError as error:
            self.reply = Reply(Kind.REFUSED, str(error).encode())
        except Exception:
            log.exception("fit_failed")
        return False


def as_json(fit: Fit, seconds: float) -> bytes:
    """A result and the time it took."""
    known = {"scaled": vars(fit.scaled), "best": vars(fit.best), "optimum": vars(fit.optimum)}  # as dicts they serialise a third faster
    parts = {**present(fit), **known, "resolved": present(fit.resolved), "elapsed_ms": round(1000 * seconds, 3)}
    if fit.history:
        parts["history"] = present(fit.history)
    return to_json(parts)


def present(value: Fit | Resolved | History) -> Mapping[str, object]:
    """The fields that there are: what does not apply is left out, not null."""
    return {name: field for name, field in vars(value).items() if field is not None}
