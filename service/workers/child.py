"""Inside a worker: fits, one after the other, answered as bytes."""

import gc
import logging
from collections.abc import Iterable, Iterator, Mapping
from socket import socket
from time import perf_counter

import numpy as np
import torch
from pydantic_core import to_json

from service.descent.errors import NotComputableError
from service.descent.fit import collect, run
from service.descent.result import Fit, History
from service.descent.spec import FitSpec, Resolved, Synthetic
from service.workers.frames import LENGTH, Kind, Reply, pack_reply, unpack_request

GATHER_SECONDS = 0.005

log = logging.getLogger(__name__)


def serve(channel: socket) -> None:
    """Answers every request of the channel until it closes."""
    torch.set_num_threads(1)
    np.seterr(over="ignore", invalid="ignore")  # descent looks at what overflows: divergence is an outcome
    warm()
    channel.sendall(pack_reply(Reply(Kind.READY)))
    with channel.makefile("rb") as requests:
        while length := requests.read(LENGTH.size):
            for replies in gathered(map(reply, unpack_request(requests.read(*LENGTH.unpack(length))))):
                channel.sendall(b"".join(map(pack_reply, replies)))


def gathered(replies: Iterable[Reply]) -> Iterator[list[Reply]]:
    """Replies that came within some milliseconds, together: each send wakes the pool."""
    waiting: list[Reply] = []
    due = perf_counter() + GATHER_SECONDS
    for each in replies:
        waiting.append(each)
        if perf_counter() > due:
            yield waiting
            waiting, due = [], perf_counter() + GATHER_SECONDS
    yield waiting


def warm() -> None:
    """The lecture's fit by both solvers: the first caller does not pay for first uses."""
    for solver in ("loop", "exact"):
        answer(FitSpec(synthetic=Synthetic(), seed=42, lr=1e-5, steps=10, solver=solver))
    gc.freeze()


def reply(spec: FitSpec) -> Reply:
    """The answer to one fit, or why there is none."""
    try:
        return Reply(Kind.ANSWER, answer(spec))
    except NotComputableError as error:
        return Reply(Kind.REFUSED, str(error).encode())
    except Exception:
        log.exception("fit_failed")
        return Reply(Kind.FAILED)


def answer(spec: FitSpec) -> bytes:
    """The result as JSON."""
    began = perf_counter()
    fit = collect(run(spec))
    elapsed_ms = round(1000 * (perf_counter() - began), 3)
    known = {"scaled": vars(fit.scaled), "best": vars(fit.best), "optimum": vars(fit.optimum)}  # as dicts they serialise a third faster
    parts = {**present(fit), **known, "resolved": present(fit.resolved), "elapsed_ms": elapsed_ms}
    if fit.history:
        parts["history"] = present(fit.history)
    return to_json(parts)


def present(value: Fit | Resolved | History) -> Mapping[str, object]:
    """The fields that there are: what does not apply is left out, not null."""
    return {name: field for name, field in vars(value).items() if field is not None}
