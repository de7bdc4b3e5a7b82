"""Predicted and measured CPU seconds of requests, in a process that computes as a worker does.

    python -m tests.system.promises.predictions COUNT SEED

Prints a line of JSON for each known class and for COUNT random requests.
"""

import json
import os
import sys

from service.pool.forkserver import ONE_THREAD

os.environ |= ONE_THREAD

from collections.abc import Iterator
from random import Random
from time import process_time

import numpy as np
import torch

from service.descent.methods.option import RuleError
from service.descent.questions.asked import AnyQuestion
from service.descent.questions.budget import affordable
from service.worker.main import replies, warm
from tests.support.costly import KNOWN, question, request

MOST_SECONDS = 0.4
"""The predicted seconds up to which a random request is measured: most are far below."""
TIMES = 3
"""How often a request that seems to take too long is measured: neighbours make it look slower."""


def taken(asked: AnyQuestion) -> float:
    """Return the CPU seconds in which a worker answers a question."""
    began = process_time()
    replies([asked])
    return process_time() - began


def measured(name: str, asked: AnyQuestion) -> dict[str, object]:
    """Return the name, the predicted and the measured seconds of a question."""
    predicted, seconds = asked.seconds, taken(asked)
    for _ in range(TIMES - 1):
        if within(predicted, seconds):
            break
        seconds = min(seconds, taken(asked))
    return {"name": name, "predicted": predicted, "taken": seconds}


def within(predicted: float, taken: float) -> bool:
    """Return whether the promise is kept."""
    return taken <= 2 * predicted + 0.02


def random_questions(count: int, random: Random) -> Iterator[tuple[str, AnyQuestion]]:
    """Yield legal questions that are not too expensive to be measured."""
    while count:
        path, body = request(random)
        try:
            asked = question(path, body)
            affordable(asked, MOST_SECONDS)
        except RuleError:
            continue
        yield f"{path} {json.dumps(body)}", asked
        count -= 1


def write(line: dict[str, object]) -> None:
    """Write a line of JSON."""
    sys.stdout.write(f"{json.dumps(line)}\n")


def main() -> None:
    torch.set_num_threads(1)
    np.seterr(over="ignore", invalid="ignore", divide="ignore")
    warm()
    count, seed = map(int, sys.argv[1:])
    for name, (path, body) in KNOWN.items():
        write(measured(name, question(path, body)))
    for name, asked in random_questions(count, Random(seed)):
        write(measured(name, asked))


if __name__ == "__main__":
    main()
