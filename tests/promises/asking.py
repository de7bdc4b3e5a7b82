"""Clients that ask for the same again and again, and write down what each answer was, and how soon
it came.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

PAUSE_SECONDS = 0.25
FIT = {"synthetic": {}, "seed": 42, "lr": 1e-5, "steps": 10}


@dataclass(frozen=True)
class Answer:
    """What was asked, when, in seconds of the monotonic clock, and what came of it; status 0:
    nothing.
    """

    call: str
    began: float
    seconds: float
    status: int
    content: Any
    headers: Mapping[str, str]

    @property
    def good(self) -> bool:
        """Whether it is what was asked for."""
        return self.status in {200, 202}

    @property
    def clean(self) -> bool:
        """Whether it says clearly that the database does not work, and to come again."""
        return (
            self.status == 503
            and self.content["code"] == "store_unavailable"
            and int(self.headers["retry-after"]) >= 1
        )


class Answers(list[Answer]):
    """In the order in which they came."""

    def of(self, *calls: str, between: tuple[float, float]) -> list[Answer]:
        """Those of some calls that were asked for in some time."""
        return [
            answer
            for answer in self
            if answer.call in calls and between[0] <= answer.began < between[1]
        ]


@contextmanager
def asking(url: str, job: str) -> Iterator[Answers]:
    """Meanwhile everything is asked for: a new job, a job that has ended, a cancel of it, and a
    fit.
    """
    answers, enough = Answers(), threading.Event()
    calls = {
        "create": ("POST", "/jobs"),
        "look": ("GET", job),
        "cancel": ("POST", job + "/cancel"),
        "fit": ("POST", "/fit"),
    }

    def ask(call: str) -> None:
        with httpx.Client(base_url=url, timeout=10) as client:
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
