"""Clients that repeat their requests and write down each answer and the time it took."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.support.server import PATIENCE_SECONDS

PAUSE_SECONDS = 0.25
FIT = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}


@dataclass(frozen=True)
class Answer:
    """An answer to a call that began at a time of the monotonic clock; status 0: there was none."""

    call: str
    began: float
    seconds: float
    status: int
    content: Any
    headers: Mapping[str, str]

    @property
    def good(self) -> bool:
        """Whether the call succeeded."""
        return self.status in {200, 202}

    @property
    def clean(self) -> bool:
        """Whether it says that the database does not work and when to retry."""
        return (
            self.status == 503
            and self.content["code"] == "store_unavailable"
            and int(self.headers["retry-after"]) >= 1
        )


class Answers(list[Answer]):
    """Answers in the order in which they came."""

    def of(self, *calls: str, between: tuple[float, float]) -> list[Answer]:
        """Return the answers to some calls that began within some time."""
        return [
            answer
            for answer in [*self]
            if answer.call in calls and between[0] <= answer.began < between[1]
        ]


@contextmanager
def asking(url: str, job: str) -> Iterator[Answers]:
    """Meanwhile create jobs, look at a job that has ended, cancel it, and fit; each repeatedly."""
    answers, enough = Answers(), threading.Event()
    calls = {
        "create": ("POST", "/jobs"),
        "look": ("GET", job),
        "cancel": ("POST", job + "/cancel"),
        "fit": ("POST", "/fit"),
    }

    def ask(call: str) -> None:
        with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
            while not enough.wait(PAUSE_SECONDS):
                answers.append(_answer(client, call, *calls[call]))

    threads = [threading.Thread(target=ask, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        enough.set()
        for thread in threads:
            thread.join()


def _answer(client: httpx.Client, call: str, method: str, path: str) -> Answer:
    began = time.monotonic()
    body = FIT if call in {"create", "fit"} else None
    try:
        answer = client.request(method, path, json=body, headers={"Idempotency-Key": uuid4().hex})
    except httpx.HTTPError as error:
        return Answer(call, began, time.monotonic() - began, 0, repr(error), {})
    return Answer(
        call, began, time.monotonic() - began, answer.status_code, answer.json(), answer.headers
    )
